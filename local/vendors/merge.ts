import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { integer, pick, seeded, uuid } from './seeded.ts'
import { between, type Row, readInstant, Timeline, writeInstant } from './timeline.ts'
import type { SimulatedVendor, VendorLog } from './vendor.ts'

/** What Merge's documents leave open. */
export interface MergeOptions {
  /** The order of events; newest first by default. */
  readonly order?: 'newest' | 'oldest'
  /** Whether `start_date` and `end_date` are part of the interval; strict by default. */
  readonly bounds?: 'strict' | 'inclusive'
  /** Whether `end_date` is obeyed; true. */
  readonly obeysEnd?: boolean
  /** What `next` is on the last page; null by default. */
  readonly end?: null | ''
  /** Which requests with a cursor, counted from 1, are answered 404, as if it could not be read; none by default. */
  readonly rejects?: (nth: number) => boolean
  /** How fine `created_at` is; microseconds by default. */
  readonly resolution?: 'microseconds' | 'milliseconds'
}

const ACCESS_KEY = 'xpnZ-VWx8lkqRjYJ3qhYGUDnvnWDWkFpPzcAYDm2mN6RjYJ3qh'
const PATH = /\/api\/(hris|ats|accounting|crm|ticketing|filestorage|chat|knowledgebase|email)\/v1\/audit-trail$/
/** More failing answers than this within 10 s, and Merge blocks the address. */
const MOST_FAILURES = 20
const FAILURES_WITHIN_MS = 10_000
/** A cursor skips no more rows of one instant than this (Django REST framework). */
const OFFSET_CUTOFF = 1_000

interface AuditRow extends Row {
  readonly type: string
  readonly email: string
  readonly raw: string
}

/** Merge's `GET /api/{category}/v1/audit-trail`, with the cursors of the Django REST framework that its documents show. */
export function simulatedMerge(options: MergeOptions = {}): SimulatedVendor {
  return {
    type: 'merge',
    settings: { apiKey: { secret: 'merge/api-key' } },
    secrets: { 'merge/api-key': ACCESS_KEY },
    open: (seed) => new MergeLog(seed, options),
  }
}

class MergeLog implements VendorLog {
  readonly #random: () => number
  readonly #options: MergeOptions
  readonly #timeline = new Timeline<AuditRow>()
  #serial = 0
  #cursorRequests = 0
  #failuresMs: number[] = []

  constructor(seed: number, options: MergeOptions) {
    this.#random = seeded(seed)
    this.#options = options
  }

  emit(at: Date, visibleAt = at): { id: string; raw: string } {
    const fraction = this.#options.resolution === 'milliseconds' ? 0 : integer(this.#random, 0, 999)
    const micros = at.getTime() * 1000 + fraction
    const serial = this.#serial++
    const id = uuid(this.#random)
    const row = record(id, writeInstant(micros, 'six'), this.#random, serial)
    this.#timeline.add({ micros, serial, ...row }, visibleAt.getTime())
    return { id, raw: row.raw }
  }

  answer(request: HttpRequest, now: Date): HttpResponse {
    const nowMs = now.getTime()
    this.#failuresMs = this.#failuresMs.filter((ms) => ms > nowMs - FAILURES_WITHIN_MS)
    const blocked = this.#failuresMs.length > MOST_FAILURES
    const response = blocked ? detail(403, 'Too many failing requests.') : this.#page(request, nowMs)
    if (response.status >= 400 && response.status !== 429) this.#failuresMs.push(nowMs)
    return response
  }

  #page(request: HttpRequest, nowMs: number): HttpResponse {
    const url = new URL(request.url)
    if (request.method !== 'GET' || !PATH.test(url.pathname)) return detail(404, 'Not found.')
    if (request.headers.authorization === undefined) return detail(401, 'Authentication credentials were not provided.')
    if (request.headers.authorization !== `Bearer ${ACCESS_KEY}`) return detail(401, 'Invalid token.')
    const rows = this.#matching(url.searchParams, nowMs)
    if ('status' in rows) return rows
    const text = url.searchParams.get('cursor')
    if (text === null) return this.#list(rows, pageSize(url.searchParams), { offset: 0 })
    const cursor = readCursor(text)
    if (cursor === undefined || this.#options.rejects?.(++this.#cursorRequests)) return detail(404, 'Invalid cursor')
    return this.#list(rows, pageSize(url.searchParams), cursor)
  }

  /** The rows that pass the filters, oldest first, or what is wrong with the filters. */
  #matching(parameters: URLSearchParams, nowMs: number): readonly AuditRow[] | HttpResponse {
    const { bounds = 'strict', obeysEnd = true } = this.#options
    const after = instant(parameters, 'start_date', Number.MIN_SAFE_INTEGER)
    const before = instant(parameters, 'end_date', Number.MAX_SAFE_INTEGER)
    if (after === undefined || before === undefined) return detail(400, 'Enter a valid date/time.')
    const rows = this.#timeline.at(nowMs)
    const from = bounds === 'strict' ? after + 1 : after
    const to = !obeysEnd ? Number.MAX_SAFE_INTEGER : bounds === 'strict' ? before : before + 1
    const { first, end } = between(rows, from, to)
    const [type, email] = [parameters.get('event_type'), parameters.get('user_email')]
    return rows
      .slice(first, end)
      .filter((row) => (type === null || row.type === type) && (email === null || row.email === email))
  }

  /** A page and a cursor to the next: an instant, and how many rows of the next page's first instant were shown already. */
  #list(matching: readonly AuditRow[], size: number, cursor: Cursor): HttpResponse {
    const newest = this.#options.order !== 'oldest'
    const { position } = cursor
    const open = matching.filter(
      ({ micros }) => position === undefined || (newest ? micros < position : micros > position),
    )
    const ordered = newest ? open.reverse() : open
    const page = ordered.slice(cursor.offset, cursor.offset + size)
    const following = ordered[cursor.offset + size]
    const end = this.#options.end ?? null
    const next = following === undefined ? end : writeCursor(nextCursor(page, following, cursor))
    const results = page.map(({ raw }) => raw).join(',')
    return json(200, `{"next":${JSON.stringify(next)},"previous":null,"results":[${results}]}`)
  }
}

interface Cursor {
  readonly position?: number
  readonly offset: number
}

function nextCursor(page: readonly AuditRow[], following: AuditRow, cursor: Cursor): Cursor {
  const last = page.findLastIndex(({ micros }) => micros !== following.micros)
  const marker = page[last]
  if (marker !== undefined) return { position: marker.micros, offset: page.length - 1 - last }
  return { ...cursor, offset: cursor.offset + page.length }
}

function writeCursor({ position, offset }: Cursor): string {
  const parameters = new URLSearchParams()
  if (offset > 0) parameters.set('o', String(offset))
  if (position !== undefined)
    parameters.set('p', writeInstant(position, 'six').replace('T', ' ').replace('Z', '+00:00'))
  return Buffer.from(parameters.toString()).toString('base64')
}

function readCursor(text: string): Cursor | undefined {
  const parameters = new URLSearchParams(Buffer.from(text, 'base64').toString())
  const [position, offset] = [parameters.get('p'), Number(parameters.get('o') ?? '0')]
  const micros = position === null ? undefined : readInstant(position.replace(' ', 'T'))
  const readable = Number.isInteger(offset) && offset >= 0 && (position === null ? offset > 0 : micros !== undefined)
  if (!readable) return undefined
  return { ...(micros !== undefined && { position: micros }), offset: Math.min(offset, OFFSET_CUTOFF) }
}

function instant(parameters: URLSearchParams, name: string, absent: number): number | undefined {
  const text = parameters.get(name)
  return text === null ? absent : readInstant(text)
}

/** Anything but a number is the default, and above the maximum is the maximum. */
function pageSize(parameters: URLSearchParams): number {
  const size = Number(parameters.get('page_size') ?? '30')
  return Number.isInteger(size) && size > 0 ? Math.min(size, 100) : 30
}

function record(id: string, createdAt: string, random: () => number, serial: number) {
  const email = pick(random, ['ada@example.com', 'jürgen@example.com', 'o\'brien+"audit"@example.com'])
  const type = pick(random, [
    'CHANGED_SCOPES',
    'INVITED_USER',
    'REGENERATED_PRODUCTION_API_KEY',
    'DELETED_LINKED_ACCOUNT',
  ])
  const role = pick(random, ['ADMIN', 'DEVELOPER', 'MEMBER', 'API', 'SYSTEM', 'MERGE_TEAM'])
  const description =
    `Organization-wide Scopes for model "hris.Employee" updated from Read to Read+Write \\ 変更 №${serial} — ` +
    'C:\\temp\\новый\u2028 ends here, and so that a page weighs what a page weighs, this goes on for a while longer.'
  const raw =
    `{"id":"${id}","user_name":"Ada \\u00d6zt\\u00fcrk","user_email":${JSON.stringify(email)},"role":"${role}",` +
    `"ip_address":"192.0.2.${serial % 256}","event_type":"${type}","event_description":${JSON.stringify(description)},` +
    `"created_at":"${createdAt}","linked_account":{"number":${9_007_199_254_740_993n + BigInt(serial)},"ratio":1.10}}`
  return { id, type, email, raw }
}

function detail(status: number, text: string): HttpResponse {
  return json(status, JSON.stringify({ detail: text }))
}

function json(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body }
}
