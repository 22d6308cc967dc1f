import { Fault } from '../../shared/contracts/fault.ts'
import type { HttpResponse } from '../../shared/contracts/http.ts'

/** A `Date` header has whole seconds and was written before the answer arrived. */
const LEAST_SKEW_MS = 10_000

/**
 * The vendor's clock minus ours, in milliseconds, as an answer's `Date` tells it; 0 where they differ by no more than reading
 * stays behind the clock, or where nothing is told. A slow clock of ours loses nothing, but a fast one would close windows in which
 * the vendor is still writing.
 */
export function clockSkewMs({ headers }: HttpResponse, settleMs: number, now: Date): number {
  const skewMs = Date.parse(headers.date ?? '') - now.getTime()
  return Math.abs(skewMs) > Math.max(settleMs, LEAST_SKEW_MS) ? skewMs : 0
}

/**
 * Stops a run that goes by the wrong clock, before anything of the answer is used; the next run goes by the vendor's.
 *
 * @throws Fault `clock-skewed` when the skew is not the one that the run assumed
 */
export function checkClock(skewMs: number, assumedMs: number, settleMs: number): void {
  if (Math.abs(skewMs - assumedMs) <= Math.max(settleMs, LEAST_SKEW_MS)) return
  const seconds = Math.round((skewMs - assumedMs) / 1000)
  const text = `Cannot read by our clock: found the vendor's ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`
  throw new Fault(
    'clock-skewed',
    `${text}, wanted ${settleMs / 1000} s at most; windows go by the vendor's from now on`,
  )
}
