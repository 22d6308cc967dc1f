import type { z } from 'zod'
import type { Gap, MalformedRecord, SourceEvent, Timestamp } from './event.ts'
import type { FaultKind } from './fault.ts'
import type { HttpRequest, HttpResponse, Secrets } from './http.ts'

/** What a lane is about to read. All times are UTC with milliseconds. */
export interface Span {
  /** Where the lane begins when it has no position yet. */
  readonly from: Timestamp
  /** The upper bound of a walk opened now: the clock minus `settle` on the live lane, the lane's end on the others. */
  readonly to: Timestamp
  /** How far behind the position a new walk on the live lane begins; 0 on bounded lanes. */
  readonly overlapMs: number
  /** True on a sweep or a backfill, which end at `to`; false on the live lane, which never ends. */
  readonly bounded: boolean
}

/** One answer of the vendor, taken apart. A source adds what it needs to find the next page. */
export interface Page {
  readonly events: readonly SourceEvent[]
  readonly malformed: readonly MalformedRecord[]
}

/** What follows from a page. */
export interface Step<Position> {
  /** The events of the page that belong to this lane, in the page's order. Those already delivered are dropped by the core. */
  readonly events: readonly SourceEvent[]
  /** Where the next request starts; saved after the events are safe in the queue. */
  readonly position: Position
  /** False when the walk is complete. An empty page with `more` is legal; `more` with an unmoved position is a fault. */
  readonly more: boolean
  /** An interval that this page proved to be out of reach. */
  readonly gap?: Gap
}

/** What is known of a vendor, with the source of each number in the comment beside it. */
export interface SourceTraits {
  /** How far the upper bound stays behind the clock, so that slow commits are in. */
  readonly settleMs: number
  /** How far a new walk reaches back behind the last one. The ledger drops the repeats. */
  readonly overlapMs: number
  /** The re-read that finds later events still, and how far it reaches; undefined where the vendor cannot be re-read. */
  readonly sweep: { readonly everyMs: number; readonly backMs: number } | undefined
  /** How long the vendor keeps events; undefined where it is not documented. Being away for longer is a gap. */
  readonly retentionMs: number | undefined
  /** Requests per minute that pollhook allows itself, well under the vendor's limit. */
  readonly requestsPerMinute: number
  /** Records per page: asked for at first, and the least asked for when a page is too big or too slow. */
  readonly pageSize: { readonly initial: number; readonly least: number }
}

/**
 * A vendor's log as a pure description: no I/O, no loop, no clock, no state. The poller owns those.
 *
 * `begin` opens a walk, then for each page `request` → (answer) → `parse` → `advance`, until `more` is false.
 * Everything needed to go on after a crash is in the position, which is saved after every page.
 *
 * @typeParam Config the source's own fields, as its schema gives them
 * @typeParam Position what is saved; JSON that `position` accepts
 * @typeParam Answer the page with whatever the source needs to advance
 */
export interface Source<Config, Position, Answer extends Page = Page> {
  /** The value of `type` in a configuration, and the first segment of every event type. */
  readonly type: string
  /** The source's own fields as a strict object; `shared/config` adds the common ones. */
  readonly config: z.ZodObject
  /** A stored value that fails it stops the source with a fault; it is never reset on the quiet. */
  readonly position: z.ZodType<Position>
  readonly traits: SourceTraits
  /** Where the configuration decides how long events are kept: instead of `traits.retentionMs`. */
  retentionMs?(config: Config): number | undefined
  /** The vendor's names of all events that the configuration can give; absent or undefined where they are not all known. */
  types?(config: Config): readonly string[] | undefined
  /** The part of the configuration that decides *what* is read: the tenant, the feed, the filters. */
  identity(config: Config): Readonly<Record<string, unknown>>
  /** Opens the next walk, or returns `saved` unchanged when a walk is open. */
  begin(saved: Position | undefined, span: Span, config: Config): Position
  /** The instant before which everything has been read, for lag, retention and completeness. */
  reached(at: Position): Timestamp
  /** The request for a position. @param pageSize at most this many records */
  request(at: Position, config: Config, pageSize: number): HttpRequest
  /** The headers that carry the credential. Called for every attempt, last, on the final URL. */
  authorize(request: HttpRequest, config: Config, secrets: Secrets, now: Date): Readonly<Record<string, string>>
  /**
   * Takes a 2xx answer apart.
   *
   * @param at the position it was asked for with, for a source that asks for more than one kind of thing
   * @throws Fault `unexpected-answer` on any other shape
   */
  parse(response: HttpResponse, config: Config, at?: Position): Answer
  /** @param pageSize what the request asked for: a shorter page can mean the end */
  advance(at: Position, page: Answer, pageSize: number): Step<Position>
  /** The position to go on from after the vendor rejected a page token; undefined: an operator must decide. */
  rewind(at: Position): Position | undefined
  /**
   * The way around a page that is too large although it is the smallest one can ask for: narrower positions at first, and past the
   * record, with a gap, once it stands alone. Absent or undefined: there is none, and the source stops there.
   *
   * @param pageSize the smallest one, which the page was asked for with
   */
  around?(at: Position, pageSize: number): Omit<Step<Position>, 'events'> | undefined
  /** The vendor's own reading of an error answer; undefined leaves it to the status. */
  classify?(response: HttpResponse, at: Position): FaultKind | undefined
}

/** Any source, with its types forgotten: what the registry holds and the poller drives. Values pass its schemas first. */
// biome-ignore lint/suspicious/noExplicitAny: a registry of differently typed sources cannot be written without it
export type AnySource = Source<any, any, any>
