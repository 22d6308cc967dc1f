import { z } from 'zod'
import type { Gap, SourceEvent, Timestamp } from './event.ts'
import { Fault } from './fault.ts'
import type { Page, Span, Step } from './source.ts'
import { earlier, fromMs, later, timestamp, toMs } from './time.ts'

/** A token as the vendor gives it. `"null"` as text would start a walk that never ends. */
export const streamToken = z.string().regex(/^(?!null$)\S+$/, 'must be a token')

/** The schema of a stored position. */
export const stream = z.strictObject({
  reached: timestamp,
  /** Where the lane begins: a vendor whose `since` is coarse shows events before it. */
  from: timestamp,
  next: z.union([z.strictObject({ since: timestamp }), z.strictObject({ token: streamToken })]),
  /** Present while a walk is open: `reached` after it. */
  asOf: timestamp.optional(),
  /** The latest time of an event, to go on from when the token is rejected. */
  lastEventAt: timestamp.optional(),
  /**
   * Present after a token was rejected, until a page was read by time: the time of an event that the vendor had shown. If it is
   * not shown again, the vendor has dropped it, and with it whatever came next.
   */
  known: timestamp.optional(),
  /** Since when the token has shown nothing, and the token that the first of these empty pages offered. */
  idle: z.strictObject({ since: timestamp, offered: streamToken }).optional(),
})

/** The position of a source that is followed by an opaque token, and entered, or entered again, by time. */
export type Stream = z.infer<typeof stream>

/** A page of a stream: the token that follows it, and whether the vendor has more already. */
export interface StreamPage extends Page {
  readonly next: string
  readonly more: boolean
}

/** A token that has shown nothing for longer than this is replaced, before it may expire. */
const IDLE_MS = 86_400_000

/** Opens the next walk, or keeps the open one. */
export function openStream(saved: Stream | undefined, span: Span): Stream {
  if (saved === undefined) return { reached: span.from, from: span.from, next: { since: span.from }, asOf: span.to }
  return saved.asOf === undefined ? { ...saved, asOf: span.to } : saved
}

/**
 * What follows from a page. A walk ends when the vendor has no more.
 *
 * @throws Fault `stuck` when the vendor says "more" and gives the same token again
 */
export function advanceStream(at: Stream, page: StreamPage): Step<Stream> {
  refuseSameToken('token' in at.next ? at.next.token : undefined, page)
  const events = page.events.filter(({ time }) => toMs(time) >= toMs(at.from))
  const { known, ...rest } = at
  const isTold = page.events.length > 0 || !page.more
  const position = follow(isTold ? rest : at, page)
  const gap = known !== undefined && isTold ? dropped(known, page.events, position.reached) : undefined
  return { events, position, more: page.more, ...(gap && { gap }) }
}

/** What a vendor whose `since` begins, without a word, at the oldest event that it still has, no longer shows. */
function dropped(known: Timestamp, shown: readonly SourceEvent[], reached: Timestamp): Gap | undefined {
  const oldest = shown.map(({ time }) => time).reduce(earlier, shown[0]?.time ?? later(reached, known))
  return toMs(oldest) > toMs(known) ? { from: known, to: fromMs(toMs(oldest)), reason: 'retention' } : undefined
}

/** @throws Fault `stuck` when the page says "more" and its token is the one that it was asked for with */
export function refuseSameToken(asked: string | undefined, page: StreamPage): void {
  if (!page.more || page.next !== asked) return
  throw new Fault('stuck', 'Cannot turn the page: found more events behind the same token, wanted the next token')
}

/** The position after the token was rejected: by time, from the last event on. Undefined when there was no token. */
export function rewindStream({ idle: _, ...at }: Stream): Stream | undefined {
  if (!('token' in at.next)) return undefined
  const { lastEventAt } = at
  return { ...at, next: { since: lastEventAt ?? at.from }, ...(lastEventAt !== undefined && { known: lastEventAt }) }
}

/**
 * After a page without events the token stays: what is still being generated may yet appear behind it. When it has shown
 * nothing for a day, it is replaced by the one that was offered a day ago.
 */
function follow({ asOf, idle, ...at }: Stream, page: StreamPage): Stream {
  const next = { token: page.next }
  const seen = { ...at, ...lastEventOf(at, page) }
  if (page.more) return { ...seen, next, asOf }
  const ended = { ...seen, reached: later(at.reached, asOf ?? at.reached) }
  if (page.events.length + page.malformed.length > 0) return { ...ended, next }

  const offered = { since: ended.reached, offered: page.next }
  if (idle === undefined) return { ...ended, idle: offered }
  if (toMs(ended.reached) - toMs(idle.since) <= IDLE_MS) return { ...ended, idle }
  return { ...ended, next: { token: idle.offered }, idle: offered }
}

/** Times at rest are in one format, whatever the vendor's is. */
function lastEventOf(
  { lastEventAt }: Pick<Stream, 'lastEventAt'>,
  { events }: StreamPage,
): Pick<Stream, 'lastEventAt'> {
  const times = events.map(({ time }) => toMs(time))
  if (lastEventAt !== undefined) times.push(toMs(lastEventAt))
  return times.length === 0 ? {} : { lastEventAt: fromMs(times.reduce((a, b) => Math.max(a, b))) }
}
