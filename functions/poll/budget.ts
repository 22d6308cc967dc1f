import type { Timestamp } from '../../shared/contracts/event.ts'
import { floorTo, shift } from '../../shared/contracts/time.ts'
import type { Health } from '../../shared/source-state.ts'

const MINUTE_MS = 60_000

/** The requests of a source in the current minute. It is saved with the source, so it holds across runs and lanes. */
export type Budget = NonNullable<Health['budget']>

/** The budget with one more request in it. */
export function spend(budget: Budget | undefined, now: Date): Budget {
  const minute = floorTo(now.toISOString(), MINUTE_MS)
  return { minute, used: budget?.minute === minute ? budget.used + 1 : 1 }
}

/** When the next request may be made; undefined when at once. */
export function exhaustedUntil(budget: Budget | undefined, perMinute: number, now: Date): Timestamp | undefined {
  const minute = floorTo(now.toISOString(), MINUTE_MS)
  if (budget === undefined || budget.minute !== minute || budget.used < perMinute) return undefined
  return shift(minute, MINUTE_MS)
}
