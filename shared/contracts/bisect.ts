import type { Timestamp } from './event.ts'
import { floorTo, fromMicros, fromMs, shift, toMicros } from './time.ts'

/** A stretch of a log that is still to be read, `[from, to)`. */
export interface Stretch {
  readonly from: Timestamp
  readonly to: Timestamp
  /** True once the vendor has shown times finer than a millisecond: then it is cut, and bounded, in microseconds. */
  readonly fine?: true | undefined
}

/**
 * Cuts a stretch whose page was full, for a vendor that offers no way to the next page. It trusts no order.
 *
 * The cut is the middle, unless all events of the page lie on one side of it; then it lies beside them. So a part can
 * answer with the very page that led to it only when all its events share one instant, which then stands alone.
 *
 * @param seen the times of the events on the page; times outside the stretch are ignored
 * @returns the parts in the order to read them in, what was seen first, so that few parts wait at a time; undefined
 *   when the stretch is a single step and cannot be cut
 */
export function bisect(stretch: Stretch, seen: readonly Timestamp[]): Stretch[] | undefined {
  const times = seen.map(toMicros)
  const fine = stretch.fine ?? (times.some((time) => time % 1000 !== 0) || undefined)
  const step = stepMicros(fine)
  const [from, to] = [toMicros(stretch.from), toMicros(stretch.to)]
  if (to - from <= step) return undefined

  const inside = times.filter((time) => time >= from && time < to)
  const first = inside.length === 0 ? from : Math.min(...inside)
  const last = inside.length === 0 ? to - step : Math.max(...inside)
  return bounds(from, to, first, last, step).map(([a, b]) =>
    fine ? { from: fromMicros(a), to: fromMicros(b), fine } : { from: fromMs(a / 1000), to: fromMs(b / 1000) },
  )
}

function bounds(from: number, to: number, first: number, last: number, step: number): [number, number][] {
  if (first === last) {
    const parts: [number, number][] = [
      [first, first + step],
      [from, first],
      [first + step, to],
    ]
    return parts.filter(([a, b]) => a < b)
  }
  const middle = from + Math.floor((to - from) / step / 2) * step
  const cut = Math.min(Math.max(middle, first + step), last)
  const parts: [number, number][] = [
    [from, cut],
    [cut, to],
  ]
  return middle < first + step ? parts.reverse() : parts
}

/** True when a stretch is a single step and all these times lie in it: it holds as many events as a page can show. */
export function isCrowd(stretch: Stretch, seen: readonly Timestamp[]): boolean {
  const [from, to] = [toMicros(stretch.from), toMicros(stretch.to)]
  return to - from === stepMicros(stretch.fine) && seen.every((time) => toMicros(time) >= from && toMicros(time) < to)
}

/** The millisecond in which a single step lies. */
export function instantOf({ from }: Stretch): { from: Timestamp; to: Timestamp } {
  const start = floorTo(from, 1)
  return { from: start, to: shift(start, 1) }
}

/** The instant one step before a stretch: for a vendor that takes a lower bound to mean "strictly after". */
export function justBefore({ from, fine }: Stretch): Timestamp {
  return fine ? fromMicros(toMicros(from) - stepMicros(fine)) : shift(from, -1)
}

/** The smallest step between two bounds: a finer one than the vendor's own times might be rounded over an event. */
function stepMicros(fine: true | undefined): number {
  return fine ? 1 : 1000
}
