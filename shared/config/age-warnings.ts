import type { Timestamp } from '../contracts/event.ts'
import { toMs } from '../contracts/time.ts'
import type { DestinationConfig } from './destination-config.ts'
import { durationText } from './duration-text.ts'

/**
 * What to know before events from a time on are sent: which destinations do not take the older ones as they are, and what becomes of
 * them there.
 *
 * @param from the time of the oldest event; `earliest` for as old as the vendor has any; `now` for none but new ones
 * @returns one line for each such destination, without a full stop
 */
export function ageWarnings(
  from: Timestamp | 'earliest' | 'now',
  destinations: readonly DestinationConfig[],
  now: Date,
): string[] {
  if (from === 'now') return []
  const ageMs = from === 'earliest' ? Number.POSITIVE_INFINITY : now.getTime() - toMs(from)
  return destinations.flatMap(({ id, destination, own }) => {
    const limit = destination.ageLimit?.(own)
    if (limit === undefined || ageMs <= limit.maxAgeMs) return []
    return [
      `destination ${id} does not take events older than ${durationText(limit.maxAgeMs)} as they are: ${limit.effect}`,
    ]
  })
}
