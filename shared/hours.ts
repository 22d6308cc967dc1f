import type { Missing } from './completeness.ts'
import type { Timestamp } from './contracts/event.ts'
import { earlier, floorTo, fromMs, later, toMs } from './contracts/time.ts'
import { type Interval, overlap, without } from './interval.ts'
import type { FinishedWalk } from './source-state.ts'

const HOUR_MS = 3_600_000

/** The evidence for one hour of events, by the events' own time. */
export interface Hour {
  readonly hour: Timestamp
  /** Distinct events that the vendor showed, however often; remembered for 90 days. */
  readonly read: number
  /** Those of them that were put into the queue; the others are wanted by no destination. */
  readonly enqueued: number
  /** True when everything in the hour has been read, as far as the hour lies in the interval. */
  readonly closed: boolean
  /** All of it has been read once more since, by sweeps and backfills that ended at this time or later; undefined when not. */
  readonly sweptAt: Timestamp | undefined
}

/** The counted ids of one ledger item. */
interface Chunk {
  readonly bucket: Timestamp
  readonly ids: Uint8Array
  readonly queued: number
}

/**
 * Every hour that an interval touches, in order.
 *
 * @param interval `[from, to)`
 * @param chunks the source's ledger of these hours
 * @param missing the parts of the interval that are not complete
 * @param walks finished sweeps and backfills that reach into the interval, of what is being read now
 * @param idBytes the length of an id in the ledger
 */
export function hoursOf(
  interval: Interval,
  chunks: readonly Chunk[],
  missing: readonly Missing[],
  walks: readonly FinishedWalk[],
  idBytes: number,
): Hour[] {
  const byHour = Map.groupBy(chunks, ({ bucket }) => toMs(bucket))
  const first = toMs(floorTo(interval.from, HOUR_MS))
  const latestFirst = walks.toSorted((a, b) => toMs(b.at) - toMs(a.at))
  return Array.from({ length: Math.ceil((toMs(interval.to) - first) / HOUR_MS) }, (_, index) => {
    const hourMs = first + index * HOUR_MS
    const [hour, end] = [fromMs(hourMs), fromMs(hourMs + HOUR_MS)]
    const part = { from: later(interval.from, hour), to: earlier(interval.to, end) }
    return {
      hour,
      ...count(byHour.get(hourMs) ?? [], idBytes),
      closed: !missing.some((hole) => overlap(hole, part) !== undefined),
      sweptAt: sweptAt(part, latestFirst),
    }
  })
}

/** An id may have been written twice, after a crash; and at first wanted by nobody. */
function count(chunks: readonly Chunk[], idBytes: number): Pick<Hour, 'read' | 'enqueued'> {
  const [read, enqueued] = [new Set<string>(), new Set<string>()]
  for (const { ids, queued } of chunks) {
    const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
    for (let index = 0; index < bytes.length / idBytes; index++) {
      const id = bytes.toString('latin1', index * idBytes, (index + 1) * idBytes)
      read.add(id)
      if (index < queued) enqueued.add(id)
    }
  }
  return { read: read.size, enqueued: enqueued.size }
}

function sweptAt(part: Interval, latestFirst: readonly FinishedWalk[]): Timestamp | undefined {
  let left = [part]
  for (const walk of latestFirst) {
    left = left.flatMap((interval) => without(interval, [walk]))
    if (left.length === 0) return walk.at
  }
  return undefined
}
