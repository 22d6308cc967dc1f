import { Fault } from '../../shared/contracts/fault.ts'

/** A `Date` header has whole seconds and was written before the answer arrived. */
const LEAST_SKEW_MS = 10_000

/**
 * Compares the vendor's clock, as an answer's `Date` tells it, with the one that the run goes by. A slow clock of ours loses nothing, but
 * a fast one would close windows in which the vendor is still writing. Half of what reading stays behind the clock may be used
 * up by a difference; once one is assumed, it takes as much again to change it, so that nothing swings at the edge.
 *
 * @param date the answer's `Date` header
 * @param assumedMs the vendor's clock minus ours, as the run assumes it
 * @param requestedAt the `Date` was written between this and now: a slow answer is not a slow clock
 * @returns another difference that the next run has to assume, 0 for none; undefined while the assumption holds
 */
export function newSkewMs(
  date: string | undefined,
  assumedMs: number,
  settleMs: number,
  requestedAt: Date,
  now: Date,
): number | undefined {
  const dateMs = Date.parse(date ?? '')
  const writtenMs = Math.min(Math.max(dateMs - assumedMs, requestedAt.getTime()), now.getTime())
  const skewMs = dateMs - writtenMs
  const toleratedMs = Math.max(settleMs / 2, LEAST_SKEW_MS)
  if (Number.isNaN(skewMs) || Math.abs(skewMs - assumedMs) <= toleratedMs) return undefined
  return Math.abs(skewMs) <= toleratedMs ? 0 : skewMs
}

/** Ends a run that goes by the wrong clock before anything of the answer is used. */
export function clockSkewed(skewMs: number): Fault {
  const found = `the vendor's ${Math.abs(Math.round(skewMs / 1000))} s ${skewMs < 0 ? 'behind' : 'ahead'}`
  const text = `Cannot read by the clock assumed so far: found ${skewMs === 0 ? 'the same as the vendor has' : found}`
  return new Fault('clock-skewed', `${text}, wanted less of a difference; windows go by the vendor's from now on`)
}
