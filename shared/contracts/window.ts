import { z } from 'zod'
import type { Timestamp } from './event.ts'
import type { Span } from './source.ts'
import { earlier, shift, timestamp, toMs } from './time.ts'

/**
 * The position of a source that is read in closed windows: `reached` moves only when a window is complete, because the order
 * of the events inside is not trusted. The window's bounds and its pager are saved, so any later run continues in mid-window.
 */
export interface Windowed<Pager> {
  /** Everything before this instant has been read. */
  readonly reached: Timestamp
  /** The open window, `[from, to)` in intent; a vendor with inclusive bounds also shows the edge, which the ledger sorts out. */
  readonly window?: { readonly from: Timestamp; readonly to: Timestamp; readonly pager: Pager } | undefined
}

/** The schema of a stored windowed position. */
export function windowed<Pager>(pager: z.ZodType<Pager>): z.ZodType<Windowed<Pager>> {
  const window = z.strictObject({ from: timestamp, to: timestamp, pager })
  return z.strictObject({ reached: timestamp, window: window.optional() }) as z.ZodType<Windowed<Pager>>
}

/**
 * Opens the next window, or keeps the open one.
 *
 * @param first the pager of a window's first page
 * @param longestMs a backlog is cut into windows of this length, so that `reached` moves while it is worked off
 */
export function openWindow<Pager>(
  saved: Windowed<Pager> | undefined,
  span: Span,
  first: (from: Timestamp, to: Timestamp) => Pager,
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

/** The window that is being read. @throws TypeError when none is open: the caller skipped `begin` */
export function openOf<Pager>(at: Windowed<Pager>): { from: Timestamp; to: Timestamp; pager: Pager } {
  if (at.window === undefined) throw new TypeError('No window is open: begin() comes before request() and advance()')
  return at.window
}
