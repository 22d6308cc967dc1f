import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { firstIndex, Pending } from './pending.ts'
import { integer, seeded } from './seeded.ts'
import { auditLogText, eventText, type Facts, facts } from './tines-records.ts'
import type { SimulatedVendor, VendorLog } from './vendor.ts'

/** Where the documents leave it open how a tenant behaves, or where versions differ. */
export interface TinesOptions {
  /** `events` by default. */
  readonly feed?: 'events' | 'audit_logs'
  /** The order of the records; newest first by default, which other clients rely on for audit logs. */
  readonly order?: 'newest' | 'oldest'
  /** A version before `since` and `until`: they are ignored, events are a bare list, `meta` has no `next_page_number`. */
  readonly oldVersion?: boolean
  /** The first id is above it. Ids above 2^53 show who rounds them. */
  readonly idsAbove?: bigint
}

export interface SimulatedTines extends SimulatedVendor {
  open(seed: number): TinesLog
}

export interface TinesLog extends VendorLog {
  /** Deletes a record, as a user or the retention does. */
  remove(id: string): void
}

const API_KEY = 'tines-demo-key'

/** "Keep events and logs": 7 days unless a story says otherwise. It does not apply to audit logs. */
const RETENTION_MS = 7 * 86_400_000

const DEFAULT_PER_PAGE = 20
const MOST_PER_PAGE = 500

/** Tines' `GET /api/v1/events` or `/audit_logs`: exclusive `since_id`, inclusive `until_id`, 20 a page unless told. */
export function simulatedTines(options: TinesOptions = {}): SimulatedTines {
  const { feed = 'events', order = 'newest', oldVersion = false, idsAbove = 1_785_421_734n } = options
  return {
    type: 'tines',
    settings: { apiKey: { secret: 'tines/api-key' }, feed },
    secrets: { 'tines/api-key': API_KEY },
    open: (seed) => new Log(seed, { feed, order, oldVersion, idsAbove }),
  }
}

interface Row extends Facts {
  readonly id: bigint
  readonly atMs: number
  readonly raw: string
}

class Log implements TinesLog {
  readonly #options: Required<TinesOptions>
  readonly #random: () => number
  readonly #pending = new Pending<Row>()
  /** What readers see, by id. */
  readonly #rows: Row[] = []
  readonly #removed = new Set<bigint>()
  /** Whether times rise with ids, so that a time can be found by bisection. */
  #inOrderOfTime = true
  #lastId: bigint

  constructor(seed: number, options: Required<TinesOptions>) {
    this.#random = seeded(seed)
    this.#options = options
    this.#lastId = options.idsAbove
  }

  emit(at: Date, visibleAt = at): { id: string; raw: string } {
    const id = this.#lastId + BigInt(integer(this.#random, 1, 3))
    this.#lastId = id
    const known = facts(this.#random)
    const write = this.#options.feed === 'events' ? eventText : auditLogText
    const raw = write(id, at, known, this.#random)
    this.#pending.hold({ ...known, id, atMs: at.getTime(), raw }, visibleAt.getTime())
    return { id: String(id), raw }
  }

  remove(id: string): void {
    this.#removed.add(BigInt(id))
    const index = this.#rows.findIndex((row) => row.id === BigInt(id))
    if (index >= 0) this.#rows.splice(index, 1)
  }

  answer(request: HttpRequest, now: Date): HttpResponse {
    for (const row of this.#pending.release(now.getTime())) this.#show(row)
    const url = new URL(request.url)
    const { authorization, 'x-user-token': token } = request.headers
    if (authorization !== `Bearer ${API_KEY}` && token !== API_KEY) return refusal(401, 'unauthorized')
    const { feed, oldVersion } = this.#options
    if (request.method !== 'GET' || url.pathname !== `/api/v1/${feed}`) return refusal(404, 'not found')
    const query = readQuery(url.searchParams, feed, oldVersion)
    return typeof query === 'string' ? refusal(400, query) : this.#page(url, query, this.#matching(query, now))
  }

  #show(row: Row): void {
    if (this.#removed.has(row.id)) return
    const last = this.#rows.at(-1)
    const index = last === undefined || last.id < row.id ? this.#rows.length : this.#index(({ id }) => id > row.id)
    const [before, after] = [this.#rows[index - 1], this.#rows[index]]
    if ((before && before.atMs > row.atMs) || (after && after.atMs < row.atMs)) this.#inOrderOfTime = false
    if (after === undefined) this.#rows.push(row)
    else this.#rows.splice(index, 0, row)
  }

  /** What the query asks for, by id; nothing is copied unless a filter needs it. */
  #matching({ sinceId, untilId, afterMs, untilMs, wanted }: Query, now: Date): Range {
    const keptMs = this.#options.feed === 'events' ? now.getTime() - RETENTION_MS : Number.NEGATIVE_INFINITY
    const startMs = Math.max(afterMs, keptMs)
    const from = this.#index(({ id, atMs }) => id > sinceId && (!this.#inOrderOfTime || atMs > startMs))
    const end = untilId === undefined ? this.#rows.length : this.#index(({ id }) => id > untilId)
    const to = this.#inOrderOfTime
      ? Math.min(
          end,
          this.#index(({ atMs }) => atMs > untilMs),
        )
      : end
    if (this.#inOrderOfTime && wanted === undefined) return { rows: this.#rows, from, to: Math.max(from, to) }
    const isWanted = (row: Row) => row.atMs > startMs && row.atMs <= untilMs && (wanted?.(row) ?? true)
    const rows = this.#rows.slice(from, to).filter(isWanted)
    return { rows, from: 0, to: rows.length }
  }

  #index(holds: (row: Row) => boolean): number {
    const rows = this.#rows
    return firstIndex(rows.length, (index) => rows[index] !== undefined && holds(rows[index]))
  }

  #page(url: URL, { page, perPage }: Query, { rows, from, to }: Range): HttpResponse {
    const { feed, order, oldVersion } = this.#options
    const count = to - from
    const start = Math.min((page - 1) * perPage, count)
    const end = Math.min(start + perPage, count)
    const shown = order === 'newest' ? rows.slice(to - end, to - start).reverse() : rows.slice(from + start, from + end)
    const records = shown.map(({ raw }) => raw).join(',')
    if (oldVersion && feed === 'events') return answered(200, `[${records}]`)

    const pages = Math.ceil(count / perPage)
    const meta = {
      current_page: linkTo(url, page, perPage),
      previous_page: page > 1 ? linkTo(url, page - 1, perPage) : null,
      next_page: page < pages ? linkTo(url, page + 1, perPage) : null,
      ...(!oldVersion && { next_page_number: page < pages ? page + 1 : null }),
      per_page: perPage,
      pages,
      count,
    }
    return answered(200, `{"${feed}":[${records}],"meta":${JSON.stringify(meta)}}`)
  }
}

/** Rows `[from, to)`. */
interface Range {
  readonly rows: readonly Row[]
  readonly from: number
  readonly to: number
}

interface Query {
  readonly sinceId: bigint
  readonly untilId: bigint | undefined
  /** Exclusive. */
  readonly afterMs: number
  /** Inclusive. */
  readonly untilMs: number
  readonly wanted: ((row: Row) => boolean) | undefined
  readonly page: number
  readonly perPage: number
}

const COUNT = /^[1-9]\d{0,8}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const FORMS: Readonly<Record<string, RegExp>> = {
  ...{ page: COUNT, per_page: COUNT, since_id: /^\d+$/, until_id: /^\d+$/, team_id: COUNT, story_id: COUNT },
  ...{ since: TIME, until: TIME, after: TIME, before: TIME, include_groups: /^(true|false)$/ },
}

/** The parameters; a text says what is wrong with them. Those that a version or a feed does not know are ignored. */
function readQuery(parameters: URLSearchParams, feed: 'events' | 'audit_logs', oldVersion: boolean): Query | string {
  for (const [name, text] of parameters) if (FORMS[name]?.test(text) === false) return `${name} is invalid`
  const ofEvents = (name: string) => (feed === 'events' ? (parameters.get(name) ?? undefined) : undefined)
  if (ofEvents('include_groups') === 'true' && ofEvents('story_id') === undefined) {
    return 'include_groups is only valid with story_id'
  }
  const untilId = ofEvents('until_id')
  const time = (name: string) => (oldVersion && feed === 'events' ? null : parameters.get(name))
  const [after, until] = feed === 'events' ? [time('since'), time('until')] : [time('after'), time('before')]
  const untilMs = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
  return {
    sinceId: BigInt(ofEvents('since_id') ?? '0'),
    untilId: untilId === undefined ? undefined : BigInt(untilId),
    afterMs: after === null ? Number.NEGATIVE_INFINITY : Date.parse(after),
    // Events are "until this time", audit logs "created before" it.
    untilMs: feed === 'events' ? untilMs : untilMs - 1,
    wanted: feed === 'events' ? eventFilter(ofEvents('team_id'), ofEvents('story_id')) : auditLogFilter(parameters),
    page: Number(parameters.get('page') ?? '1'),
    perPage: Math.min(Number(parameters.get('per_page') ?? DEFAULT_PER_PAGE), MOST_PER_PAGE),
  }
}

function eventFilter(team: string | undefined, story: string | undefined): Query['wanted'] {
  if (team === undefined && story === undefined) return undefined
  return (row) => (team ?? String(row.team)) === String(row.team) && (story ?? String(row.story)) === String(row.story)
}

function auditLogFilter(parameters: URLSearchParams): Query['wanted'] {
  const all = (name: string) => [...parameters.getAll(name), ...parameters.getAll(`${name}[]`)]
  const [users, operations] = [all('user_id'), all('operation_name')]
  if (users.length === 0 && operations.length === 0) return undefined
  const fits = (list: readonly string[], value: string) => list.length === 0 || list.includes(value)
  return ({ user, operation }) => fits(users, String(user)) && fits(operations, operation)
}

function linkTo(url: URL, page: number, perPage: number): string {
  const target = new URL(url)
  target.searchParams.set('page', String(page))
  target.searchParams.set('per_page', String(perPage))
  return target.href
}

/** What an error's body looks like is not documented. */
function refusal(status: number, error: string): HttpResponse {
  return answered(status, JSON.stringify({ error }))
}

function answered(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}
