import type { Gap, Timestamp } from './contracts/event.ts'
import { toMs } from './contracts/time.ts'
import { type Interval, overlap, without } from './interval.ts'
import type { FinishedWalk, Lane } from './source-state.ts'

/** A part of an interval whose events may not all have been taken, `[from, to)`, and why. */
export interface Missing {
  readonly from: Timestamp
  readonly to: Timestamp
  readonly why: 'not-read' | Gap['reason']
}

/** The answer to "did we get everything between these two instants?" */
export interface Completeness {
  readonly complete: boolean
  /** In the order of their beginnings; empty when complete. */
  readonly missing: readonly Missing[]
  /** From the interval's beginning up to here, events that appeared late have been looked for; undefined when not yet. */
  readonly sweptTo: Timestamp | undefined
}

/**
 * Whether a source's events of `[from, to)` are all in the queue or beyond it: the interval was read to its end, live or by a
 * backfill, and no gap lies in it. It says nothing of events that the vendor has not shown yet; `sweptTo` says how far those were
 * looked for.
 *
 * @param lanes as saved in the source's state
 * @param gaps as recorded for the source
 * @param walks sweeps and backfills that have come to their ends, as far back as that is remembered
 */
export function completeness(
  lanes: Readonly<Record<string, Lane>>,
  gaps: readonly Gap[],
  from: Timestamp,
  to: Timestamp,
  walks: readonly FinishedWalk[] = [],
): Completeness {
  const { live, sweep, ...backfills } = lanes
  const backfilled = Object.values(backfills)
    .filter((lane) => lane.fingerprint === live?.fingerprint)
    .map(readBy)
  const read = [...(live === undefined ? [] : [readBy(live)]), ...backfilled]
  const lost = gaps.flatMap((gap) => {
    const part = overlap(gap, { from, to })
    const left = part === undefined ? [] : without(part, CLOSED_BY_READING.includes(gap.reason) ? read : [])
    return left.map((interval) => ({ ...interval, why: gap.reason }))
  })
  const unread = without({ from, to }, [...read, ...lost]).map((interval) => ({
    ...interval,
    why: 'not-read' as const,
  }))
  const missing = [...unread, ...lost].sort((a, b) => toMs(a.from) - toMs(b.from))
  return {
    complete: missing.length === 0,
    missing,
    sweptTo: sweptTo({ from, to }, [...walks, ...(sweep === undefined ? [] : [readBy(sweep)])]),
  }
}

/** Gaps that reading can close: what a vendor dropped or cannot show stays lost, these were only not read at the time. */
const CLOSED_BY_READING: readonly Gap['reason'][] = ['position-rejected', 'configuration-changed', 'skipped']

/** What a lane has read: the part before `reached`. */
function readBy({ from, reached }: Lane): Interval {
  return { from, to: reached ?? from }
}

/** The end of the part at the interval's beginning that was read once more. */
function sweptTo(interval: Interval, walks: readonly Interval[]): Timestamp | undefined {
  const [unswept] = without(interval, walks)
  if (unswept === undefined) return interval.to
  return toMs(unswept.from) > toMs(interval.from) ? unswept.from : undefined
}
