import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Secrets } from '../../shared/contracts/http.ts'
import type { Message } from '../../shared/message.ts'
import type { Tally } from './tally.ts'

/** A message as the queue gave it. */
export interface Received {
  /** The queue's id: the same on every receipt. */
  readonly messageId: string
  readonly body: string
  readonly sentAt: Date
  readonly firstReceivedAt: Date
  /** How often it was received, this time included. */
  readonly receives: number
  /** True where the messages behind it in its queue wait until it is done. */
  readonly isOrdered: boolean
}

/** Since when a message has been tried. One that keeps its order was not, as long as it stood behind others. */
export function triedSince({
  isOrdered,
  sentAt,
  firstReceivedAt,
}: Pick<Received, 'isOrdered' | 'sentAt' | 'firstReceivedAt'>): Date {
  return isOrdered ? firstReceivedAt : sentAt
}

/** What all messages of an invocation share. */
export interface Invocation {
  /** When the function will be stopped. */
  readonly deadline: Date
  readonly tally: Tally
  /** The secrets of each destination, once read. */
  readonly secrets: Map<DestinationConfig, Promise<Secrets>>
}

/** A message on its way to its destination. */
export interface Job {
  readonly received: Received
  readonly invocation: Invocation
  readonly message: Message
  readonly config: DestinationConfig
  /** The one request that finds out whether the destination is back: with secrets past any cache. */
  readonly isProbe: boolean
  /** How old the message is at a time, as far as it counts: without what it spent on hold. */
  readonly ageMs: (at: Date) => number
}
