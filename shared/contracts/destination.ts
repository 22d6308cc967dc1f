import type { z } from 'zod'
import type { Auth } from './auth.ts'
import type { Timestamp } from './event.ts'
import type { HttpRequest, HttpResponse, Secrets } from './http.ts'

/** An event on its way out. */
export interface OutgoingEvent {
  /** `evt_…`, the same on every attempt, for ever. */
  readonly id: string
  /** `<source type>.<vendor type>`, only characters of `[A-Za-z0-9_.]`. */
  readonly type: string
  readonly time: Timestamp
  /** The vendor's record as the vendor wrote it: JSON text. With a `form`, the event in that form. */
  readonly raw: string
  /** Present when the configuration asks for a normal form: then `raw` is a whole document of that schema. */
  readonly form?: NormalForm
}

/** A schema that consumers agreed on: OCSF 1.8.0 (https://schema.ocsf.io) or ECS 9 (https://www.elastic.co/docs/reference/ecs). */
export type NormalForm = 'ocsf' | 'ecs'

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
 * - `accepted`: the receiver has the events but may still lose them; it is asked later, by the receipt, whether they are safe. A receipt
 *   must stand for these events alone, also after the receiver has restarted: confirmed for others, they would be lost
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
      /** True where the receiver did not get as far as those to retry, by the fault of those that it refused: they go at once. */
      readonly unread?: boolean
    }
  | { readonly kind: 'accepted'; readonly receipt: string }

/**
 * A kind of receiver: builds a request and reads its answer. No I/O, no clock, no state.
 *
 * The core adds the configuration's `headers` and the credential, compresses, sends, and acts on the outcome. What is signed is
 * what is sent: serialise once, sign those characters.
 */
export interface Destination<Config> {
  /** The value of `type` in a configuration. */
  readonly type: string
  /**
   * The destination's own fields as a strict object; `shared/config` adds the common ones. A type that cannot do without `url`
   * declares it here, and so makes it required; what the functions below take as `config` has it in any case, if it was given.
   */
  readonly config: z.ZodObject
  /** How events are cut into messages unless the configuration says otherwise. `maxBytes` counts the vendors' records. */
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number }
  /**
   * The most events that one request can carry in this configuration; absent or undefined where any number fits. A `batch`
   * that asks for more is a mistake in the configuration.
   */
  maxEventsPerRequest?(config: Config): number | undefined
  /** Names the requests that an event may be part of: events of different groups never share one. Absent where all may. */
  group?(event: OutgoingEvent, config: Config): string
  /** Whether bodies are compressed unless the configuration says otherwise. Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** How its requests are authorised; absent or undefined where the configuration's `auth` and `headers` say it. */
  auth?(config: Config): Auth | undefined
  /** Absent or undefined where events of any age are taken as they are. */
  ageLimit?(config: Config): AgeLimit | undefined
  /**
   * True where the receiver itself stores an event once, however often it is sent, because the request names the event's id in the
   * receiver's own way. Then what is left of an ambiguous answer can be sent again without a second thought.
   */
  readonly storesOnce: boolean
  /**
   * True where the order of requests, and of the events in each, means something to the receiver: no answer is `partial` or `accepted`, so
   * that no event is taken before one that stood in front of it. Only such a type can be asked to keep the order.
   */
  readonly keepsOrder?: true
  /** Absent where an answer is final. */
  readonly confirmation?: Confirmation<Config>
  request(delivery: Delivery, config: Config, secrets: Secrets, now: Date): HttpRequest
  outcome(response: HttpResponse, delivery: Delivery, config: Config, now: Date): Outcome
}

/** A receiver does not take old events as they are. */
export interface AgeLimit {
  /** Older events, by their own time, are affected. */
  readonly maxAgeMs: number
  /** What becomes of them, as a clause: `Datadog shows them at the time of their arrival; their own time is in pollhook.time`. */
  readonly effect: string
}

/** How to find out whether accepted events are safe. */
export interface Confirmation<Config> {
  /** How long to wait before asking, and between two questions. */
  readonly everyMs: number
  /** Events whose receipt is not confirmed after this long are sent again. */
  readonly giveUpAfterMs: number
  request(receipt: string, config: Config, secrets: Secrets): HttpRequest
  /** `delivered`: safe. `refused`: never will be, or unknown: send again. `retry`: ask again. `hold`: the endpoint is wrong. */
  outcome(
    response: HttpResponse,
    receipt: string,
    config: Config,
  ): Outcome & { kind: 'delivered' | 'refused' | 'retry' | 'hold' }
}

/** Any destination, with its types forgotten: what the registry holds. Values pass its schema first. */
// biome-ignore lint/suspicious/noExplicitAny: a registry of differently typed destinations cannot be written without it
export type AnyDestination = Destination<any>
