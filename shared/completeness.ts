import type { Gap, Timestamp } from './contracts/event.ts'
import { earlier, later, toMs } from './contracts/time.ts'
import type { Lane } from './source-state.ts'

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
  /** Up to here, at most the interval's end, events that appeared late have been looked for again; undefined when not yet. */
  readonly sweptTo: Timestamp | undefined
}

interface Interval {
  readonly from: Timestamp
  readonly to: Timestamp
}

/**
 * Whether a source's events of `[from, to)` are all in the queue or beyond it: the interval was read to its end, live or by a
 * backfill, and no gap lies in it. It says nothing of events that the vendor has not shown yet; `sweptTo` says how far those were
 * looked for.
 *
 * @param lanes as saved in the source's state
 * @param gaps as recorded for the source
 */
export function completeness(
  lanes: Readonly<Record<string, Lane>>,
  gaps: readonly Gap[],
  from: Timestamp,
  to: Timestamp,
): Completeness {
  const { live, sweep, ...backfills } = lanes
  const backfilled = Object.values(backfills)
    .filter((lane) => lane.fingerprint === live?.fingerprint)
    .map(readBy)
  const read = [...(live === undefined ? [] : [readBy(live)]), ...backfilled]
  const unread = without({ from, to }, read).map((interval) => ({ ...interval, why: 'not-read' as const }))
  const lost = gaps.flatMap((gap) => {
    const part = overlap(gap, { from, to })
    if (part === undefined) return []
    // What only another configuration would have selected can be read after all; what a vendor dropped cannot.
    const left = gap.reason === 'configuration-changed' ? without(part, backfilled) : [part]
    return left.map((interval) => ({ ...interval, why: gap.reason }))
  })
  const missing = [...unread, ...lost].sort((a, b) => toMs(a.from) - toMs(b.from))
  return { complete: missing.length === 0, missing, sweptTo: sweptTo(sweep, from, to) }
}

/** What a lane has read: the part before `reached`. */
function readBy({ from, reached }: Lane): Interval {
  return { from, to: reached ?? from }
}

function sweptTo(sweep: Lane | undefined, from: Timestamp, to: Timestamp): Timestamp | undefined {
  if (sweep?.reached === undefined || toMs(sweep.reached) <= toMs(from)) return undefined
  return earlier(sweep.reached, to)
}

function overlap(a: Interval, b: Interval): Interval | undefined {
  const [from, to] = [later(a.from, b.from), earlier(a.to, b.to)]
  return toMs(from) < toMs(to) ? { from, to } : undefined
}

/** The parts of an interval that none of the others covers. */
function without(interval: Interval, others: readonly Interval[]): Interval[] {
  return others.reduce<Interval[]>(
    (left, other) =>
      left.flatMap((part) => {
        if (overlap(part, other) === undefined) return [part]
        const before = { from: part.from, to: earlier(part.to, other.from) }
        const after = { from: later(part.from, other.to), to: part.to }
        return [before, after].filter(({ from, to }) => toMs(from) < toMs(to))
      }),
    [interval],
  )
}
