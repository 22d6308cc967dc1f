import type { HttpRequest, HttpResponse } from '../../shared/contracts/http.ts'
import { firstIndex, Pending } from './pending.ts'
import { hex, integer, pick, seeded } from './seeded.ts'
import type { SimulatedVendor, VendorLog } from './vendor.ts'

/** What Smartsheet's documents leave open. */
export interface SmartsheetOptions {
  /** How `since` and `to` are "resolved to the nearest hour"; down by default. */
  readonly hours?: 'floor' | 'round'
  /** Whether a position obtained under `to` ends there; true by default. */
  readonly positionKeepsTo?: boolean
  /** A position older than this is refused; never by default. */
  readonly positionsExpireMs?: number
  /** How long events are kept: `since` begins, without a word, at the oldest that is left. For ever by default. */
  readonly keepsMs?: number
}

const TOKEN = 'smartsheet-demo-token'
const HOUR_MS = 3_600_000

/** Smartsheet's `GET /2.0/events`: a stream in the order in which events become visible, oldest first. */
export function simulatedSmartsheet(options: SmartsheetOptions = {}): SimulatedVendor {
  return {
    type: 'smartsheet',
    settings: { token: { secret: 'smartsheet/token' } },
    secrets: { 'smartsheet/token': TOKEN },
    open: (seed) => new Log(seed, options),
  }
}

interface Row {
  /** The event's own time, in whole seconds. */
  readonly atMs: number
  readonly raw: string
  /** The latest `atMs` of this event and all before it in the stream. */
  readonly latestMs: number
}

/** What a position stands for. */
interface Place {
  /** The first event of the next page. */
  readonly index: number
  /**
   * Events up to this time are passed over. "Events may still be generating, so subsequent requests should keep using the
   * same streamPosition" (SDK documentation): the position that an empty page offers may miss them.
   */
  readonly passedMs?: number | undefined
  readonly toMs?: number | undefined
  readonly issuedMs: number
}

class Log implements VendorLog {
  readonly #options: SmartsheetOptions
  readonly #random: () => number
  readonly #pending = new Pending<Omit<Row, 'latestMs'>>()
  readonly #rows: Row[] = []

  constructor(seed: number, options: SmartsheetOptions) {
    this.#random = seeded(seed)
    this.#options = options
  }

  emit(at: Date, visibleAt = at): { id: string; raw: string } {
    const id = hex(this.#random, 32)
    const atMs = Math.floor(at.getTime() / 1000) * 1000
    const raw = record(id, atMs, this.#random)
    this.#pending.hold({ atMs, raw }, visibleAt.getTime())
    return { id, raw }
  }

  answer(request: HttpRequest, now: Date): HttpResponse {
    for (const row of this.#pending.release(now.getTime())) {
      this.#rows.push({ ...row, latestMs: Math.max(row.atMs, this.#rows.at(-1)?.latestMs ?? 0) })
    }
    const { authorization, 'accept-encoding': encoding = 'gzip' } = request.headers
    if (authorization === undefined) return refusal(401, 1001, 'An Access Token is required for this request.')
    if (authorization !== `Bearer ${TOKEN}`) return refusal(401, 1002, 'Your Access Token is invalid.')
    const url = new URL(request.url)
    if (request.method !== 'GET' || url.pathname !== '/2.0/events') return refusal(404, 1006, 'Not Found')
    if (encoding !== 'gzip' && encoding !== 'deflate') {
      return refusal(400, 1011, "Required header 'Accept-Encoding' was missing or had an invalid value.")
    }
    const place = this.#placeOf(url.searchParams, now)
    const maxCount = Number(url.searchParams.get('maxCount') ?? '1000')
    if ('status' in place) return place
    if (!Number.isInteger(maxCount) || maxCount < 1 || maxCount > 10_000) {
      return refusal(400, 1229, "Query parameter 'maxCount' must be between 1 and 10000.")
    }
    return this.#page(place, maxCount, now)
  }

  #placeOf(parameters: URLSearchParams, now: Date): Place | HttpResponse {
    const [since, position, to] = ['since', 'streamPosition', 'to'].map((name) => parameters.get(name))
    if (since != null && position != null) {
      return refusal(400, 1227, "The query parameters 'since' and 'streamPosition' are mutually exclusive.")
    }
    if (position != null) return to == null ? this.#resume(position, now) : invalid('to')
    if (since == null)
      return refusal(400, 1228, "One of the query parameters 'since' and 'streamPosition' is required.")
    const numeric = parameters.get('numericDates') === 'true'
    const sinceMs = this.#hour(since, numeric)
    const toMs = to == null ? undefined : this.#hour(to, numeric)
    if (Number.isNaN(sinceMs)) return invalid('since')
    if (Number.isNaN(toMs) || (toMs !== undefined && toMs < sinceMs)) return invalid('to')
    const index = firstIndex(this.#rows.length, (at) => (this.#rows[at]?.latestMs ?? 0) >= sinceMs)
    // "Events before this time are excluded"; "if to equals the since time, an empty data value is returned".
    const endMs = toMs === sinceMs ? Number.NEGATIVE_INFINITY : toMs
    const keptMs = now.getTime() - (this.#options.keepsMs ?? Number.POSITIVE_INFINITY)
    return { index, passedMs: Math.max(sinceMs, keptMs) - 1, toMs: endMs, issuedMs: now.getTime() }
  }

  /** A date resolved to an hour; NaN when it is not one. ISO 8601, or milliseconds where `numericDates` says so. */
  #hour(text: string, numeric: boolean): number {
    const form = numeric ? /^\d+$/ : /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/
    if (!form.test(text)) return Number.NaN
    const hours = (numeric ? Number(text) : Date.parse(text)) / HOUR_MS
    return (this.#options.hours === 'round' ? Math.round(hours) : Math.floor(hours)) * HOUR_MS
  }

  #resume(position: string, now: Date): Place | HttpResponse {
    const { positionsExpireMs = Number.POSITIVE_INFINITY } = this.#options
    const place = decode(position)
    const expired = place !== undefined && now.getTime() - place.issuedMs > positionsExpireMs
    return place === undefined || expired ? invalid('streamPosition') : place
  }

  #page(place: Place, maxCount: number, now: Date): HttpResponse {
    const { passedMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = place
    const shown: string[] = []
    let index = place.index
    for (; index < this.#rows.length; index++) {
      const row = this.#rows[index]
      if (row === undefined || row.atMs <= passedMs || row.atMs > toMs) continue
      if (shown.length === maxCount) break
      shown.push(row.raw)
    }
    const moreAvailable = index < this.#rows.length
    const kept = this.#options.positionKeepsTo === false ? undefined : place.toMs
    const passed = shown.length === 0 ? now.getTime() : place.passedMs
    const next = encode({ index, passedMs: passed, toMs: kept, issuedMs: now.getTime() })
    const data = shown.length === 0 ? '[]' : `[\n    ${shown.join(',\n    ')}\n  ]`
    const body = `{\n  "nextStreamPosition": "${next}",\n  "moreAvailable": ${moreAvailable},\n  "data": ${data}\n}\n`
    return answered(200, body)
  }
}

/** Like `2.1.0An4ZapaQaOXPdojlmediSZ1WqMdi5U_3l9gViOW7ic` of the documents: a version, then nothing to be read. */
function encode({ index, passedMs, toMs, issuedMs }: Place): string {
  const text = [index, passedMs ?? '', toMs ?? '', issuedMs].join('/')
  return `2.1.${btoa(text).replaceAll('=', '')}`
}

function decode(position: string): Place | undefined {
  const [, coded] = /^2\.1\.([A-Za-z0-9+/]+)$/.exec(position) ?? []
  if (coded === undefined) return undefined
  const [index, passedMs, toMs, issuedMs] = atob(coded)
    .split('/')
    .map((text) => (text === '' ? undefined : Number(text)))
  return index === undefined || issuedMs === undefined ? undefined : { index, passedMs, toMs, issuedMs }
}

const KINDS = [
  ...(['SHEET CREATE', 'SHEET LOAD', 'SHEET DELETE', 'WORKSPACE UPDATE', 'USER ADD_TO_ACCOUNT'] as const),
  ...(['ACCESS_TOKEN REFRESH', 'ATTACHMENT LOAD'] as const),
] as const
const NAMES = ['Q3 plan', 'Rechnungen \\ "Übersicht"', '四半期計画 📈', 'tab\tand\nnewline', 'a/b\u2029c'] as const

/** An event as JSON text, indented as it stands in the answer; about 500 bytes. */
function record(id: string, atMs: number, random: () => number): string {
  const [objectType = '', action = ''] = pick(random, [KINDS[0], ...KINDS.slice(1)]).split(' ')
  const numeric = random() < 0.8
  const objectId = integer(random, 1e15, 7.9e15)
  const user = integer(random, 1e11, 9e11)
  const fields = [
    `"eventId": "${id}"`,
    `"objectType": "${objectType}"`,
    `"action": "${action}"`,
    // "-1 for non-numeric ids" since June 2026.
    `"objectId": ${numeric ? objectId : -1}`,
    `"objectIdStr": "${numeric ? objectId : hex(random, 20)}"`,
    `"eventTimestamp": "${new Date(atMs).toISOString().slice(0, 19)}Z"`,
    `"userId": ${user}`,
    `"requestUserId": ${user}`,
    `"source": "${pick(random, ['WEB_APP', 'MOBILE_IOS', 'API_UNDEFINED_APP', 'UNKNOWN'])}"`,
    `"additionalDetails": {\n        "sheetName": ${JSON.stringify(pick(random, NAMES))},\n        ` +
      `"sequence": ${9_007_199_254_740_993n + 2n * BigInt(integer(random, 0, 499))},\n        ` +
      `"emailAddress": "ada@example.com",\n        "sharing": [ [ ], { } ]\n      }`,
  ]
  return `{\n      ${fields.join(',\n      ')}\n    }`
}

/** Which error a bad date or position gives is not documented. */
function invalid(parameter: string): HttpResponse {
  return refusal(400, 1018, `The value of the parameter '${parameter}' was not valid.`)
}

function refusal(status: number, errorCode: number, message: string): HttpResponse {
  return answered(status, JSON.stringify({ errorCode, message, refId: 'e5f7b8c9d0a1' }))
}

function answered(status: number, body: string): HttpResponse {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8' }, body }
}
