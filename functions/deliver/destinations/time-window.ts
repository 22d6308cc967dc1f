import type { Timestamp } from '../../../shared/contracts/event.ts'
import { toMs } from '../../../shared/contracts/time.ts'

/** How far from the receiver's clock an event's time may be. */
export interface TimeWindow {
  readonly pastMs: number
  /** Absent where nothing is known of a limit. */
  readonly futureMs?: number
}

/** For the way to the receiver, and for clocks that differ. */
const MARGIN_MS = 600_000

/** Whether a receiver takes an event with its own time. False from ten minutes before it would be too old. */
export function isWithin(
  { pastMs, futureMs = Number.POSITIVE_INFINITY }: TimeWindow,
  time: Timestamp,
  now: Date,
): boolean {
  const ageMs = now.getTime() - toMs(time)
  return ageMs <= pastMs - MARGIN_MS && ageMs >= -futureMs
}
