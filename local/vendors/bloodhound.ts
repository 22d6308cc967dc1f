import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { authProblem } from './bloodhound-auth.ts'
import { type AuditQuery, readQuery } from './bloodhound-query.ts'
import { integer, pick, seeded, uuid } from './seeded.ts'
import { between, type Row, Timeline, writeInstant } from './timeline.ts'
import type { SimulatedVendor, VendorLog } from './vendor.ts'

/** In what versions of BloodHound differ, or may. */
export interface BloodhoundOptions {
  /** Which of `skip` and `offset` are obeyed; both by default, `skip` first. */
  readonly offsets?: 'both' | 'skip' | 'offset' | 'none'
  /** Whether `after` and `before` belong to the interval; inclusive, as in the server's SQL, by default. */
  readonly bounds?: 'inclusive' | 'strict'
  /** The most rows of a page, whatever `limit` says; no maximum by default. */
  readonly mostRows?: number
  /** How fine `created_at` is; microseconds by default. */
  readonly resolution?: 'microseconds' | 'milliseconds'
  /** The credential in `settings`; the server takes both. */
  readonly auth?: 'signed' | 'jwt'
}

const CREDENTIALS = {
  tokenId: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
  tokenKey: 'GQNmz+5xDt9Yp0v1cUoF4hLqk8S2rJwB7aTnE6iVbKMXyZsA==',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIxIn0.c2ltdWxhdGVk',
}

/** A little below 2^53, so that a log soon has ids that a double cannot tell apart. */
const FIRST_ID = 9_007_199_254_740_900n

interface AuditRow extends Row {
  readonly columns: Readonly<Record<string, string>>
  readonly raw: string
}

/** BloodHound's `GET /api/v2/audit`: newest first, always. */
export function simulatedBloodhound(options: BloodhoundOptions = {}): SimulatedVendor {
  const { tokenId, tokenKey, jwt } = CREDENTIALS
  const signed = options.auth !== 'jwt'
  return {
    type: 'bloodhound',
    settings: signed
      ? { tokenId, tokenKey: { secret: 'bloodhound/token-key' } }
      : { jwt: { secret: 'bloodhound/session' } },
    secrets: signed ? { 'bloodhound/token-key': tokenKey } : { 'bloodhound/session': jwt },
    open: (seed) => new BloodhoundLog(seed, options),
  }
}

class BloodhoundLog implements VendorLog {
  readonly #random: () => number
  readonly #options: BloodhoundOptions
  readonly #timeline = new Timeline<AuditRow>()
  #serial = 0
  #requests = 0
  #commitId = ''

  constructor(seed: number, options: BloodhoundOptions) {
    this.#random = seeded(seed)
    this.#options = options
  }

  /** Rows come in pairs that share a commit id: what was intended, and how it went. */
  emit(at: Date, visibleAt = at): { id: string; raw: string } {
    const fraction = this.#options.resolution === 'milliseconds' ? 0 : integer(this.#random, 0, 999)
    const micros = at.getTime() * 1000 + fraction
    const serial = this.#serial++
    const id = String(FIRST_ID + BigInt(serial))
    if (serial % 2 === 0) this.#commitId = uuid(this.#random)
    const row = record(id, writeInstant(micros, 'fewest'), this.#commitId, this.#random, serial)
    this.#timeline.add({ micros, serial, ...row }, visibleAt.getTime())
    return { id, raw: row.raw }
  }

  answer(request: HttpRequest, now: Date): HttpResponse {
    this.#requests++
    const url = new URL(request.url)
    const isAudit = request.method === 'GET' && url.pathname.endsWith('/api/v2/audit')
    if (!isAudit) return error(404, 'resource not found', now)
    const prefer = request.headers.prefer
    if (prefer !== undefined && !/(^|,)\s*wait=\d+\s*(,|$)/.test(prefer)) {
      return error(400, 'Prefer header has an invalid value', now)
    }
    const problem = authProblem(request, CREDENTIALS, now)
    if (problem !== undefined) return error(problem.status, problem.message, now)
    const query = readQuery(url.searchParams, now)
    return 'status' in query ? error(query.status, query.message, now) : this.#page(query, now)
  }

  #page(query: AuditQuery, now: Date): HttpResponse {
    const { bounds = 'inclusive', mostRows = query.limit } = this.#options
    const log = this.#timeline.at(now.getTime())
    const { filter } = query
    const all = filter === undefined ? log : log.filter((row) => matches(row, filter))
    const strict = bounds === 'strict' ? 1 : 0
    const { first, end } = between(all, query.after + strict, query.before + 1 - strict)
    const skip = this.#skipOf(query)
    const limit = Math.min(query.limit, mostRows)
    const length = Math.max(0, Math.min(limit, end - first - skip))
    const texts = Array.from({ length }, (_, index) => all[this.#place(all, first, end, skip + index, query)]?.raw)
    // The count is of the whole log: the server counts without the interval.
    return json(200, `{"count":${all.length},"limit":${limit},"skip":${skip},"data":{"logs":[${texts.join(',')}]}}`)
  }

  #skipOf({ skip, offset }: AuditQuery): number {
    switch (this.#options.offsets ?? 'both') {
      case 'both':
        return skip ?? offset ?? 0
      case 'skip':
        return skip ?? 0
      case 'offset':
        return offset ?? 0
      case 'none':
        return 0
    }
  }

  /** The index of the nth newest row. Rows of one instant have the order that was asked for, else now this and now that. */
  #place(rows: readonly AuditRow[], first: number, end: number, nth: number, { ids }: AuditQuery): number {
    const index = end - 1 - nth
    const descending = ids === 'descending' || (ids === undefined && this.#requests % 2 === 0)
    const micros = rows[index]?.micros
    if (descending || micros === undefined) return index
    const instant = between(rows, micros, micros + 1)
    return Math.max(first, instant.first) + Math.min(end, instant.end) - 1 - index
  }
}

function matches({ columns }: AuditRow, { column, predicate, value }: NonNullable<AuditQuery['filter']>): boolean {
  const found = columns[column] ?? ''
  if (predicate === 'eq') return found === value
  if (predicate === 'neq') return found !== value
  if (!/^\d+$/.test(value)) return false
  const [a, b] = [BigInt(found), BigInt(value)]
  if (predicate === 'gt') return a > b
  if (predicate === 'gte') return a >= b
  return predicate === 'lt' ? a < b : a <= b
}

function record(id: string, createdAt: string, commitId: string, random: () => number, serial: number) {
  const [name, email] = pick<readonly [string, string]>(random, [
    ['ada', 'ada@example.com'],
    ['jürgen "jw" weiß', 'jw@example.com'],
    ['anonymous', ''],
  ])
  const action = pick(random, ['CreateAuthToken', 'UpdateParameter', 'POST /api/v2/graphs/cypher', 'UpdateUser'])
  const status = serial % 2 === 0 ? 'intent' : pick(random, ['success', 'success', 'success', 'failure'])
  const requestId = uuid(random)
  const fields =
    serial % 7 === 0
      ? 'null'
      : `{"id":${9_223_372_036_854_775_807n - BigInt(serial)},"weight":1.50,"path":"C:\\\\Users\\\\ada","query":"MATCH (n) ` +
        `WHERE n.name = \\"ДОМЕН\\\\АДМИН 管理者\\" RETURN n LIMIT ${serial}","nested":{"list":[1,[],{"a":null}],"on":true}}`
  const raw =
    `{"id":${id},"created_at":"${createdAt}","actor_id":"3c90c3cc-0d44-4b50-8888-8dd25736052a",` +
    `"actor_name":${JSON.stringify(name)},"actor_email":"${email}","action":"${action}","fields":${fields},` +
    `"request_id":"${requestId}","source_ip_address":"192.0.2.${serial % 256}","status":"${status}","commit_id":"${commitId}"}`
  const columns = { id, actor_name: name, actor_email: email, action, status, request_id: requestId }
  return { columns, raw }
}

function error(status: number, message: string, now: Date): HttpResponse {
  const timestamp = now.toISOString()
  const request_id = '0d9a6c1e-55d7-4f58-b7c5-7d2c5c3c8a01'
  return json(
    status,
    JSON.stringify({ http_status: status, timestamp, request_id, errors: [{ context: '', message }] }),
  )
}

function json(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body }
}
