import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { pick, seeded, uuid } from './seeded.ts'
import { between, type Row, readInstant, Timeline, writeInstant } from './timeline.ts'
import type { SimulatedVendor, VendorLog } from './vendor.ts'

/** What Polytomic's documents leave open. */
export interface PolytomicOptions {
  /** Whether a full page comes with `pagination.next_page_token`, as the prose says and the schema does not; true. Or every page. */
  readonly tokens?: boolean | 'always'
  /** Which requests with a token, counted from 1, are answered 422, as if it had expired; none by default. */
  readonly rejects?: (nth: number) => boolean
  /** The order of events; newest first by default. */
  readonly order?: 'newest' | 'oldest' | 'none'
  /** How fine `created_at` is; microseconds by default. */
  readonly resolution?: 'microseconds' | 'milliseconds' | 'seconds'
  /** Whether `type` is obeyed; true. */
  readonly filters?: boolean
  readonly auth?: 'bearer' | 'basic'
  /** Types that the documents do not name; none by default. */
  readonly moreTypes?: readonly string[]
  /** The type of all events, instead of each in turn. */
  readonly onlyType?: string
  /** What `GET /api/events_types` answers; the list by default. */
  readonly types?: 'list' | 'forbidden' | 'list of nothing'
}

const API_KEY = '8e5dcfdd-d23d-4e6f-a136-119e1254847b'
const ORGANIZATION = 'c3b1a7d2-0f4e-4d6c-8a57-5b0b6f1f7e90'
const VERSIONS = ['2025-09-18', '2024-02-08', '2023-04-25', '2022-12-12', '2021-05-23']
const RETENTION_MICROS = 48 * 3_600_000_000
const STEP_MICROS = { microseconds: 1, milliseconds: 1_000, seconds: 1_000_000 }

const TYPES: readonly string[] = [
  ...['running', 'failed', 'canceled', 'completed', 'completed_with_errors'].map((status) => `sync.${status}`),
  ...['running', 'completed', 'canceled', 'failed', 'completed_with_error'].map((status) => `bulk_sync.${status}`),
]

interface EventRow extends Row {
  readonly id: string
  readonly type: string
  readonly raw: string
}

/** Polytomic's `GET /api/events`: strict bounds, ten events unless `limit` says otherwise, nothing older than 48 hours. */
export function simulatedPolytomic(options: PolytomicOptions = {}): SimulatedVendor {
  const { auth = 'bearer' } = options
  return {
    type: 'polytomic',
    settings: { apiKey: { secret: 'polytomic/api-key' }, ...(auth === 'basic' && { auth }) },
    secrets: { 'polytomic/api-key': API_KEY },
    open: (seed) => new PolytomicLog(seed, options),
  }
}

class PolytomicLog implements VendorLog {
  readonly #random: () => number
  readonly #options: PolytomicOptions
  readonly #timeline = new Timeline<EventRow>()
  #serial = 0
  #tokenRequests = 0

  constructor(seed: number, options: PolytomicOptions) {
    this.#random = seeded(seed)
    this.#options = options
  }

  emit(at: Date, visibleAt = at): { id: string; raw: string } {
    const step = STEP_MICROS[this.#options.resolution ?? 'microseconds']
    const exact = at.getTime() * 1000 + Math.floor(this.#random() * 1000)
    const micros = Math.floor(exact / step) * step
    const serial = this.#serial++
    // In turn, so that events of one instant are of many types.
    const types = this.#types()
    const type = this.#options.onlyType ?? types[serial % types.length] ?? 'sync.running'
    const id = uuid(this.#random)
    const raw = record(id, type, writeInstant(micros, 'fewest'), this.#random, serial)
    this.#timeline.add({ micros, serial, id, type, raw }, visibleAt.getTime())
    return { id, raw }
  }

  answer(request: HttpRequest, now: Date): HttpResponse {
    const url = new URL(request.url)
    const isOfTypes = url.pathname.endsWith('/api/events_types')
    const isKnown = isOfTypes || url.pathname.endsWith('/api/events')
    if (request.method !== 'GET' || !isKnown) return error(404, 'not_found', 'Not Found')
    if (request.headers.authorization !== this.#credential()) return error(401, 'unauthorized', 'Unauthorized')
    const version = request.headers['x-polytomic-version'] ?? '2025-09-18'
    if (!VERSIONS.includes(version)) return error(400, 'bad_request', `unknown API version ${version}`)
    if (isOfTypes) return this.#listTypes()
    const query = readQuery(url.searchParams)
    if (typeof query === 'string') return error(422, 'validation', query)
    const token = url.searchParams.get('page_token')
    if (token !== null && this.#options.rejects?.(++this.#tokenRequests)) return error(422, 'validation', 'page_token')
    return this.#page(query, token, now, version)
  }

  #credential(): string {
    return this.#options.auth === 'basic'
      ? `Basic ${Buffer.from(`${API_KEY}:`).toString('base64')}`
      : `Bearer ${API_KEY}`
  }

  #types(): readonly string[] {
    return [...TYPES, ...(this.#options.moreTypes ?? [])]
  }

  #listTypes(): HttpResponse {
    const { types = 'list' } = this.#options
    if (types === 'forbidden') return error(403, 'forbidden', 'Forbidden')
    if (types === 'list') return json(200, JSON.stringify({ data: this.#types() }))
    return json(200, '{"data":null}')
  }

  #page(query: Query, token: string | null, now: Date, version: string): HttpResponse {
    const { tokens = true } = this.#options
    const rows = this.#matching(query, now)
    let start = 0
    if (tokens !== false && token !== null) {
      const [filters, last] = readToken(token)
      if (filters !== query.filters) return error(422, 'validation', 'page_token does not belong to these filters')
      start = rows.findIndex(({ id }) => id === last) + 1
      if (start === 0) return error(422, 'validation', 'page_token is not valid')
    }
    const page = rows.slice(start, start + query.limit)
    const last = page.at(-1)
    const more = tokens === 'always' || (tokens && start + query.limit < rows.length)
    const pagination =
      more && last !== undefined
        ? `,"pagination":{"next_page_token":"${Buffer.from(`${query.filters}|${last.id}`).toString('base64')}"}`
        : ''
    const data = page.length === 0 ? 'null' : `[${page.map(({ raw }) => raw).join(',')}]`
    return json(200, `{"data":${data}${pagination}}`, { 'x-polytomic-version': version })
  }

  #matching({ after, before, type }: Query, now: Date): EventRow[] {
    const { order = 'newest', filters = true } = this.#options
    const rows = this.#timeline.at(now.getTime())
    const kept = now.getTime() * 1000 - RETENTION_MICROS
    const { first, end } = between(rows, Math.max(after + 1, kept), before)
    const found = rows.slice(first, end).filter((row) => !filters || type === null || row.type === type)
    if (order === 'newest') return found.reverse()
    return order === 'oldest' ? found : found.sort((a, b) => (a.id < b.id ? -1 : 1))
  }
}

interface Query {
  /** Both exclusive. */
  readonly after: number
  readonly before: number
  readonly type: string | null
  readonly limit: number
  readonly filters: string
}

/** The parameters; a text says what is wrong with them. `organization_id` is for system callers only, so it is ignored here. */
function readQuery(parameters: URLSearchParams): Query | string {
  const instant = (name: string, absent: number) => {
    const text = parameters.get(name)
    return text === null ? absent : readInstant(text)
  }
  const after = instant('starting_after', Number.MIN_SAFE_INTEGER)
  const before = instant('ending_before', Number.MAX_SAFE_INTEGER)
  const limit = Number(parameters.get('limit') ?? '10')
  if (after === undefined || before === undefined) return 'must be a date-time'
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return 'limit must be between 1 and 100'
  const type = parameters.get('type')
  return { after, before, type, limit, filters: `${after}|${before}|${type}` }
}

function readToken(token: string): [filters: string, last: string] {
  const text = Buffer.from(token, 'base64').toString()
  const end = text.lastIndexOf('|')
  return [text.slice(0, end), text.slice(end + 1)]
}

function record(id: string, type: string, createdAt: string, random: () => number, serial: number): string {
  const name = pick(random, ['Accounts → "CRM"', 'Rechnungen \\ Übersicht', 'Склад ❄ 夜間', 'line\nbreak\tand tab'])
  const event =
    `{"sync_id":"${uuid(random)}","sync_name":${JSON.stringify(name)},"execution_id":"${uuid(random)}",` +
    `"organization_id":"${ORGANIZATION}","target_connection_id":"5d2f6a1c-93de-4b2f-b9f1-7b6d2a9c4e10",` +
    `"trigger":"schedule","record_count":${9_007_199_254_740_993n + BigInt(serial)},"inserted_count":2.50,` +
    `"error_count":0,"inserted_records":["https://logs.example/i-${serial}.json"],"errored_records":[],"warnings":null}`
  return `{"id":"${id}","type":"${type}","organization_id":"${ORGANIZATION}","created_at":"${createdAt}","event":${event}}`
}

function error(status: number, key: string, message: string): HttpResponse {
  return json(status, JSON.stringify({ key, message, status, metadata: {} }))
}

function json(status: number, body: string, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}
