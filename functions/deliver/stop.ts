import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Attempted } from './attempt.ts'

/** How far a message came. */
export interface Ending {
  /** Whether the receiver answered anything. */
  readonly answered: boolean
  /** Whether it took or refused something: it is there, and knows us. */
  readonly judged: boolean
  /** Why events are left; undefined when all are delivered or in the dead-letter queue. */
  readonly stop: Stop | undefined
  /** The events that are left; absent where it is all of them. */
  readonly left?: readonly OutgoingEvent[]
}

/**
 * - `time`: nothing is wrong, and it goes on later; without `later`, as soon as there is a new invocation
 * - `retry`, `hold`: what the receiver's answer, or its absence, came to
 */
export type Stop =
  | { readonly kind: 'time'; readonly later?: Later }
  | {
      readonly kind: 'retry' | 'hold'
      readonly reason: string
      readonly notBefore?: Date | undefined
      readonly attempted: Attempted
    }

/**
 * - `queued`: there are as many requests already as the destination's rate allows; the message has a place for another try
 * - `crowded`: there are as many requests under way as the destination may get; nobody knows for how long
 * - `unconfirmed`: the receiver has accepted the events, and is asked then whether they are safe
 *
 * The reason is one sentence, for a dead letter.
 */
export type Later =
  | { readonly kind: 'queued' | 'unconfirmed'; readonly until: Date; readonly reason: string }
  | { readonly kind: 'crowded'; readonly reason: string }
