import type { z } from 'zod'
import type { Timestamp } from './event.ts'
import type { HttpRequest, HttpResponse, Secrets } from './http.ts'

/** An event on its way out. */
export interface OutgoingEvent {
  /** `evt_…`, the same on every attempt, for ever. */
  readonly id: string
  /** `<source type>.<vendor type>`, only characters of `[A-Za-z0-9_.]`. */
  readonly type: string
  readonly time: Timestamp
  /** The vendor's record as the vendor wrote it: JSON text. */
  readonly raw: string
}

/** What one request carries. */
export interface Delivery {
  /** The event's id when there is one event, else `msg_…`, derived from the ids of the events. */
  readonly id: string
  readonly source: { readonly id: string; readonly type: string }
  /** At least one. */
  readonly events: readonly OutgoingEvent[]
}

/**
 * What an answer means.
 *
 * - `delivered`: the receiver took it
 * - `retry`: later, by the schedule, and not before `notBefore`
 * - `hold`: the *endpoint* is wrong, not the event: nothing is used up, one probe at a time
 * - `refused`: the receiver says that this will never do. A batch is split until the bad event stands alone
 * - `partial`: by index into the delivery's events; those not named were delivered
 */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly reason: string; readonly notBefore?: Date | undefined }
  | { readonly kind: 'hold'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'partial'
      readonly retry: readonly number[]
      readonly refused: readonly { readonly index: number; readonly reason: string }[]
      readonly notBefore?: Date | undefined
    }

/**
 * A kind of receiver: builds a request and reads its answer. No I/O, no clock, no state.
 *
 * The core adds the configuration's `headers` and `auth`, sends, and acts on the outcome. What is signed is what is sent:
 * serialise once, sign those characters.
 */
export interface Destination<Config> {
  /** The value of `type` in a configuration. */
  readonly type: string
  /** The destination's own fields as a strict object; `shared/config` adds the common ones. */
  readonly config: z.ZodObject
  /** How events are cut into messages unless the configuration says otherwise. `maxBytes` counts the vendors' records. */
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number }
  /**
   * The most events that one request can carry in this configuration; absent or undefined where any number fits. A `batch`
   * that asks for more is a mistake in the configuration.
   */
  maxEventsPerRequest?(config: Config): number | undefined
  request(delivery: Delivery, config: Config, secrets: Secrets, now: Date): HttpRequest
  outcome(response: HttpResponse, delivery: Delivery, config: Config, now: Date): Outcome
}

/** Any destination, with its types forgotten: what the registry holds. Values pass its schema first. */
// biome-ignore lint/suspicious/noExplicitAny: a registry of differently typed destinations cannot be written without it
export type AnyDestination = Destination<any>
