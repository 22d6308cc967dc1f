import type { Timestamp } from './contracts/event.ts'
import { earlier, later, toMs } from './contracts/time.ts'

/** `[from, to)`. */
export interface Interval {
  readonly from: Timestamp
  readonly to: Timestamp
}

/** What two intervals have in common; undefined when nothing. */
export function overlap(a: Interval, b: Interval): Interval | undefined {
  const [from, to] = [later(a.from, b.from), earlier(a.to, b.to)]
  return toMs(from) < toMs(to) ? { from, to } : undefined
}

/** The parts of an interval that none of the others covers, in order. */
export function without(interval: Interval, others: readonly Interval[]): Interval[] {
  return others.reduce<Interval[]>(
    (left, other) =>
      left.flatMap((part) => {
        if (overlap(part, other) === undefined) return [part]
        const before = { from: part.from, to: earlier(part.to, other.from) }
        const after = { from: later(part.from, other.to), to: part.to }
        return [before, after].filter(({ from, to }) => toMs(from) < toMs(to))
      }),
    [{ from: interval.from, to: interval.to }],
  )
}
