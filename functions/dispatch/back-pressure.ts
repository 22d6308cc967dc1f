import { type Circuit, isBehind, takesNothing } from '../../shared/circuit.ts'
import { retentionOf } from '../../shared/config/retention.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { SourceState } from '../../shared/source-state.ts'
import { isActive, lagMs } from './due.ts'

/**
 * Messages in the delivery queue from which on it is deep, and very deep. SQS hides 120,000 messages at most at a time
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html), and those that wait for another
 * attempt are hidden nearly all the time: the others must not run out of room. In the queue that keeps the order hardly any are hidden,
 * but behind the first 120,000 SQS finds no group
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html).
 */
const DEEP_QUEUE = 10_000
const VERY_DEEP_QUEUE = 80_000

/** How far a source may fall behind while it waits, where it is not documented how long its vendor keeps events. */
const LONGEST_WAIT_MS = 24 * 3_600_000

/**
 * The destinations whose sources wait: in a deep queue those that take nothing, because everything that is read for them stays in
 * it; in a very deep one also those that are behind. The others take what they are sent, so to hold back their sources would make
 * no room.
 *
 * @param queueDepth messages in the delivery queues together
 */
export function choked(circuits: ReadonlyMap<string, Circuit>, queueDepth: number, now: Date): ReadonlySet<string> {
  if (queueDepth < DEEP_QUEUE) return new Set()
  const isChoked = queueDepth < VERY_DEEP_QUEUE ? takesNothing : isBehind
  return new Set([...circuits].filter(([, circuit]) => isChoked(circuit, now)).map(([id]) => id))
}

/**
 * How much of the time is used up for which a source may wait, or undefined when nothing holds it back. It waits below 1. Meanwhile
 * the vendor keeps its events, but only until half of the time is over that it keeps them: then the queue, which keeps them for 14
 * days, is the safer place. A source that has no position yet does not wait, because its beginning is where its first run is.
 *
 * @param choked the ids of destinations whose sources wait
 */
export function holdBack(
  config: SourceConfig,
  state: SourceState,
  choked: ReadonlySet<string>,
  now: Date,
): number | undefined {
  if (!isActive(config, state) || state.lanes.live === undefined) return undefined
  if (!config.destinations.some((id) => choked.has(id))) return undefined
  const retentionMs = retentionOf(config)
  return lagMs(config, state, now) / (retentionMs === undefined ? LONGEST_WAIT_MS : retentionMs / 2)
}
