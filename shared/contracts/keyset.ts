import { z } from 'zod'
import type { SourceEvent, Timestamp } from './event.ts'
import { idOrder, provenOrder, unreadBeside } from './page-order.ts'
import type { Span, Step } from './source.ts'
import { earlier, later, shift, timestamp, toMs } from './time.ts'

/** An id as decimal digits: compared as a whole number of any size. */
const id = z.string().regex(/^\d+$/)

/** Ids above `after` and up to `upTo`, both as the vendor's own filters mean them; a missing bound is open. */
const range = z.strictObject({
  after: id.optional(),
  upTo: id.optional(),
  /** The times of the nearest records below and above, as far as they were seen. */
  between: z.tuple([timestamp.nullable(), timestamp.nullable()]).optional(),
  /** True for a single id whose record is too large: it is put off until all others are read. */
  alone: z.literal(true).optional(),
})

/** The highest id that was seen, of an event that had happened by `at`. */
const mark = z.strictObject({ at: timestamp, id })

const walk = z.strictObject({
  /** `reached` after this walk. */
  asOf: timestamp,
  /** Present when the walk begins or ends at a time and not at an id: `[from, until)`. */
  from: timestamp.optional(),
  until: timestamp.optional(),
  /** What is left to read; the last is asked for next. */
  unread: z.array(range).min(1),
  /** The highest id seen of an event that had happened by `asOf`. */
  top: id.optional(),
})

/** The schema of a stored position. */
export const keyset = z.strictObject({
  reached: timestamp,
  trail: z.array(mark),
  walk: walk.optional(),
  /** Ids above the beginning of the trail that were passed over because their records are too large. */
  passedOver: z.array(id).optional(),
  /** The order of answers, once it has shown to be by id. */
  order: idOrder.optional(),
})

/**
 * The position of a source whose filters take ids that only grow. A walk reads a closed range of ids by narrowing it from
 * whichever end the vendor answers first, never by page number, so that neither inserts nor deletions shift anything.
 *
 * `trail` are the ids that earlier walks had arrived at: a new walk begins at the one of `overlap` ago, because a lower id
 * may become visible after a higher one.
 */
export type Keyset = z.infer<typeof keyset>

export type Walk = z.infer<typeof walk>
export type Range = z.infer<typeof range>

/** How far the order of times may differ from the order of ids where a time ends a walk. */
export const DISORDER_MS = 300_000

/** The trail has about this many marks for each overlap, however often the source is polled. */
const MARKS_PER_OVERLAP = 8

/** Opens the next walk, or keeps the open one. */
export function openWalk(saved: Keyset | undefined, span: Span): Keyset {
  if (saved?.walk !== undefined) return saved
  const reached = saved?.reached ?? span.from
  const asOf = span.to
  if (span.bounded) return { reached, trail: [], walk: { asOf, from: reached, until: span.to, unread: [{}] } }

  const start = saved === undefined ? reached : shift(reached, -span.overlapMs)
  const trail = thinned(saved?.trail ?? [], toMs(start), span.overlapMs / MARKS_PER_OVERLAP)
  const [first] = trail
  const known = first !== undefined && toMs(first.at) <= toMs(start)
  const order = saved?.order === undefined ? {} : { order: saved.order }
  if (known) {
    const passedOver = (saved?.passedOver ?? []).filter((id) => BigInt(id) > BigInt(first.id))
    const kept = passedOver.length === 0 ? {} : { passedOver }
    return { reached, trail, ...kept, ...order, walk: { asOf, unread: except(passedOver, first.id) } }
  }
  return { reached, trail, ...order, walk: { asOf, from: later(span.from, start), unread: [{}] } }
}

/** The ids above `after` but for some, in the order of the ids; the last part is open. */
function except(passedOver: readonly string[], after: string): Range[] {
  const bounds = [...passedOver.map(BigInt)].sort((a, b) => (a < b ? -1 : 1))
  const starts = [after, ...bounds.map(String)]
  return starts
    .map((start, index) => {
      const next = bounds[index]
      return next === undefined ? { after: start } : { after: start, upTo: String(next - 1n) }
    })
    .filter((range) => !isEmpty(range))
}

/** The walk and the range that the next request is for. @throws TypeError when none is open: the caller skipped `begin` */
export function openWalkOf(at: Keyset): { walk: Walk; next: Range } {
  const next = at.walk?.unread.at(-1)
  if (at.walk === undefined || next === undefined) {
    throw new TypeError('No walk is open: begin() comes before request() and advance()')
  }
  return { walk: at.walk, next }
}

/**
 * What follows from a page.
 *
 * @param complete true when the range holds nothing but this page
 */
export function advanceWalk(at: Keyset, page: readonly SourceEvent[], complete: boolean): Step<Keyset> {
  const { walk, next } = openWalkOf(at)
  const events = page.filter(({ time }) => isWanted(walk, time))
  const { order: known, ...before } = at
  const order = provenOrder(page, known)
  const left = complete ? [] : rest(next, page, walk, order)
  const unread = [...walk.unread.slice(0, -1), ...left].map((range) => near(range, page))
  const top = highest([walk.top, ...page.filter(({ time }) => toMs(time) <= toMs(walk.asOf)).map((event) => event.id)])
  return {
    events,
    ...goOn({ ...before, ...(order && { order }) }, { ...walk, ...(top !== undefined && { top }) }, unread),
  }
}

/** What follows when a part of a walk is done: its other parts, or its end. */
export function goOn(at: Keyset, walk: Walk, unread: Range[]): Omit<Step<Keyset>, 'events'> {
  if (unread.length > 0) return { position: { ...at, walk: { ...walk, unread } }, more: true }
  const { walk: _, ...rest } = at
  const arrived = highest([walk.top, at.trail.at(-1)?.id])
  const trail = arrived === undefined ? at.trail : [...at.trail, { at: walk.asOf, id: arrived }]
  return { position: { ...rest, reached: later(at.reached, walk.asOf), trail }, more: false }
}

/** On a walk from an id everything is wanted, whatever its time: nothing above that id was read before. */
function isWanted({ from, until }: Walk, time: Timestamp): boolean {
  return (from === undefined || toMs(time) >= toMs(from)) && (until === undefined || toMs(time) < toMs(until))
}

/**
 * What the page leaves unread of the range it was asked for. An empty page that is not the end leaves it unmoved.
 *
 * Of two parts the narrower is read first: each is at most half as wide as the one before, so there are never many.
 */
function rest(asked: Range, page: readonly SourceEvent[], walk: Walk, order: Keyset['order']): Range[] {
  if (page.length === 0) return [asked]
  const { upTo, after } = unreadBeside(page, order)
  const left: Range[] = []
  if (upTo !== undefined && leavesBelow(page, walk)) left.push({ ...asked, upTo: String(upTo) })
  if (after !== undefined && leavesAbove(page, walk)) left.push({ ...asked, after: String(after) })
  return left.filter((range) => !isEmpty(range)).sort((a, b) => (isWider(a, b) ? -1 : 1))
}

/** False when the page proves that everything below it is too old. */
function leavesBelow(page: readonly SourceEvent[], { from }: Walk): boolean {
  return from === undefined || page.some(({ time }) => toMs(time) >= toMs(from) - DISORDER_MS)
}

/** False when the page proves that everything above it is too new. */
function leavesAbove(page: readonly SourceEvent[], { until, asOf }: Walk): boolean {
  return page.some(({ time }) => toMs(time) <= toMs(until ?? asOf) + DISORDER_MS)
}

/** The range with what a page tells of the times beside it. */
function near(range: Range, page: readonly SourceEvent[]): Range {
  let [below, above] = range.between ?? [null, null]
  for (const { id, time } of page) {
    if (range.after !== undefined && BigInt(id) <= BigInt(range.after))
      below = below === null ? time : later(below, time)
    if (range.upTo !== undefined && BigInt(id) > BigInt(range.upTo))
      above = above === null ? time : earlier(above, time)
  }
  return below === null && above === null ? range : { ...range, between: [below, above] }
}

function isEmpty({ after = '0', upTo }: Range): boolean {
  return upTo !== undefined && BigInt(upTo) <= BigInt(after)
}

/** A range without an upper end is the widest. */
function isWider(a: Range, b: Range): boolean {
  const width = ({ after = '0', upTo }: Range) => (upTo === undefined ? undefined : BigInt(upTo) - BigInt(after))
  const [first, second] = [width(a), width(b)]
  return second !== undefined && (first === undefined || first > second)
}

/** The marks from the last one at or before `startMs` on, not closer together than `spacingMs`; the last is always kept. */
function thinned(trail: Keyset['trail'], startMs: number, spacingMs: number): Keyset['trail'] {
  const start = trail.findLastIndex(({ at }) => toMs(at) <= startMs)
  const kept: Keyset['trail'] = []
  for (const mark of trail.slice(Math.max(0, start))) {
    const [previous, last] = kept.slice(-2)
    const crowded = previous !== undefined && last !== undefined && toMs(last.at) - toMs(previous.at) < spacingMs
    if (crowded) kept.pop()
    kept.push(mark)
  }
  return kept
}

function highest(ids: readonly (string | undefined)[]): string | undefined {
  let found: string | undefined
  for (const value of ids) {
    if (value !== undefined && (found === undefined || BigInt(value) > BigInt(found))) found = value
  }
  return found
}
