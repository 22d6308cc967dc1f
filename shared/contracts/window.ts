import { z } from 'zod'
import type { Timestamp } from './event.ts'
import type { Span, Step } from './source.ts'
import { earlier, floorTo, fromMs, shift, timestamp, toMs } from './time.ts'

/**
 * The position of a source that is read in closed windows: `reached` moves only when a window is complete, because the order
 * of the events inside is not trusted. The window's bounds and its pager are saved, so any later run continues in mid-window.
 */
export interface Windowed<Pager> {
  /** Everything before this instant has been read. */
  readonly reached: Timestamp
  /** The open window, `[from, to)` in intent; a vendor with inclusive bounds also shows the edge, which the ledger sorts out. */
  readonly window?: OpenWindow<Pager> | undefined
}

interface OpenWindow<Pager> extends Interval {
  readonly pager: Pager
  /** What is to be read after it, where a window was cut. */
  readonly rest?: readonly Interval[] | undefined
}

interface Interval {
  readonly from: Timestamp
  readonly to: Timestamp
}

/** The schema of a stored windowed position. */
export function windowed<Pager>(pager: z.ZodType<Pager>): z.ZodType<Windowed<Pager>> {
  const interval = z.strictObject({ from: timestamp, to: timestamp })
  const window = z.strictObject({ ...interval.shape, pager, rest: z.array(interval).min(1).optional() })
  return z.strictObject({ reached: timestamp, window: window.optional() }) as z.ZodType<Windowed<Pager>>
}

/** The pager of the first page of an interval. */
type First<Pager> = (from: Timestamp, to: Timestamp) => Pager

type Continuation<Pager> = Omit<Step<Windowed<Pager>>, 'events'>

/**
 * Opens the next window, or keeps the open one.
 *
 * @param first the pager of a window's first page
 * @param longestMs a backlog is cut into windows of this length, so that `reached` moves while it is worked off
 */
export function openWindow<Pager>(
  saved: Windowed<Pager> | undefined,
  span: Span,
  first: First<Pager>,
  longestMs: number,
): Windowed<Pager> {
  if (saved?.window !== undefined) return saved
  const reached = saved?.reached ?? span.from
  const from = saved === undefined ? reached : shift(reached, -span.overlapMs)
  const to = earlier(span.to, shift(reached, longestMs))
  return { reached, window: { from, to, pager: first(from, to) } }
}

/** The position after a page that was not the window's last. */
export function turnPage<Pager>(at: Windowed<Pager>, pager: Pager): Windowed<Pager> {
  return { reached: at.reached, window: { ...openOf(at), pager } }
}

/** The position after a window's last page. */
export function closeWindow<Pager>(at: Windowed<Pager>): Windowed<Pager> {
  const { to } = openOf(at)
  return { reached: toMs(to) > toMs(at.reached) ? to : at.reached }
}

/** What follows the last page of a window: the next part of one that was cut, or else its end. */
export function endWindow<Pager>(at: Windowed<Pager>, first: First<Pager>): Continuation<Pager> {
  const [next, ...rest] = openOf(at).rest ?? []
  if (next === undefined) return { position: closeWindow(at), more: false }
  return { position: partOf(at, next, rest, first), more: true }
}

/**
 * The way around a page that is too large: the window is halved, again and again, until the record stands in the shortest interval.
 * There the page is left out, or else the whole interval, and that is a gap: the same one whichever window it was found in.
 *
 * @param leastMs the shortest interval that the vendor tells from the next one
 * @param past the pager behind the page, where it can be told without having read it
 */
export function cutWindow<Pager>(
  at: Windowed<Pager>,
  first: First<Pager>,
  leastMs: number,
  past?: Pager,
): Continuation<Pager> {
  const { from, to, rest = [] } = openOf(at)
  if (toMs(to) - toMs(from) <= leastMs) {
    const end = shift(floorTo(shift(to, -1), leastMs), leastMs)
    const gap = { from: floorTo(from, leastMs), to: end, reason: 'too-large' } as const
    return past === undefined ? { ...endWindow(at, first), gap } : { position: turnPage(at, past), more: true, gap }
  }
  const middle = floorTo(fromMs((toMs(from) + toMs(to)) / 2), leastMs)
  const cut = toMs(middle) > toMs(from) ? middle : shift(middle, leastMs)
  return { position: partOf(at, { from, to: cut }, [{ from: cut, to }, ...rest], first), more: true }
}

function partOf<Pager>(
  { reached }: Windowed<Pager>,
  { from, to }: Interval,
  rest: readonly Interval[],
  first: First<Pager>,
): Windowed<Pager> {
  return { reached, window: { from, to, pager: first(from, to), ...(rest.length > 0 && { rest }) } }
}

/** The window that is being read. @throws TypeError when none is open: the caller skipped `begin` */
export function openOf<Pager>(at: Windowed<Pager>): OpenWindow<Pager> {
  if (at.window === undefined) throw new TypeError('No window is open: begin() comes before request() and advance()')
  return at.window
}
