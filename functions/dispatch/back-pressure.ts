import { retentionOf } from '../../shared/config/retention.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { SourceState } from '../../shared/source-state.ts'
import { lagMs } from './due.ts'

/**
 * Messages in the delivery queue from which on it is deep. SQS hides 120,000 messages at most at a time
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html), and those of a destination on
 * hold are hidden nearly all the time: the others must not run out of room.
 */
const DEEP_QUEUE = 10_000

/** How far a source may fall behind while it waits, where it is not documented how long its vendor keeps events. */
const LONGEST_WAIT_MS = 24 * 3_600_000

/**
 * Whether a source waits because one of its destinations is on hold and the queue is deep. Meanwhile the vendor keeps its events,
 * but only until half of the time is over that it keeps them: then the queue, which keeps them for 14 days, is the safer place.
 *
 * @param held the ids of destinations on hold
 * @param queueDepth messages in the delivery queue
 */
export function isHeldBack(
  config: SourceConfig,
  state: SourceState,
  held: ReadonlySet<string>,
  queueDepth: number,
  now: Date,
): boolean {
  if (queueDepth < DEEP_QUEUE || !config.destinations.some((id) => held.has(id))) return false
  const retentionMs = retentionOf(config)
  return lagMs(config, state, now) < (retentionMs === undefined ? LONGEST_WAIT_MS : retentionMs / 2)
}
