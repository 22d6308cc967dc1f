import { z } from 'zod'
import type { SourceEvent, Timestamp } from '../../../shared/contracts/event.ts'
import { hmacSha256 } from '../../../shared/contracts/hmac.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { exactId, readRecords } from '../../../shared/contracts/records.ts'
import { httpsUrl, secretRef, textOrSecret } from '../../../shared/contracts/settings.ts'
import type { Page, Source, Step } from '../../../shared/contracts/source.ts'
import { floorTo, fromMicros, shift, timestamp, toMicros, wholeSeconds } from '../../../shared/contracts/time.ts'
import {
  cutWindow,
  endWindow,
  openOf,
  openWindow,
  turnPage,
  type Windowed,
  windowed,
} from '../../../shared/contracts/window.ts'

const DAY_MS = 86_400_000

/** A choice: offsets grow with a window's events, so a backlog is read in short ones. */
const LONGEST_WINDOW_MS = 7 * DAY_MS

/** How many pages are asked for at once, at most, where a single instant fills one. */
const MOST_PAGES_AT_ONCE = 16

/**
 * The characters that every version of the server keeps of a value; others, a space or a plus, end it there without a word
 * (`model/filter.go` in https://github.com/SpecterOps/BloodHound).
 */
const FILTER =
  /^(id|actor_id|actor_name|actor_email|action|request_id|source|source_ip_address|status)=(eq|neq|~eq|gt|gte|lt|lte):[\w\-./:;<=>?@[\\\]^]+$/

const bloodhoundConfig = z
  .strictObject({
    baseUrl: httpsUrl.describe(
      'the tenant, such as `https://acme.bloodhoundenterprise.io`, or the host of a Community Edition',
    ),
    tokenId: textOrSecret.optional().describe('the id of an API token, plain or a reference; with `tokenKey`'),
    tokenKey: secretRef.optional().describe('the key of the API token, which signs the requests'),
    jwt: secretRef.optional().describe('instead of a token: a session token, which the vendor ends after 8 hours'),
    filter: z
      .string()
      .regex(FILTER, 'must be one column, a predicate and a value, such as status=eq:failure')
      .optional()
      .describe('only records that match one column: `column=predicate:value`, such as `status=eq:failure`'),
  })
  .superRefine(({ tokenId, tokenKey, jwt }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (jwt !== undefined && (tokenId ?? tokenKey) !== undefined)
      refuse('jwt', 'must be absent with tokenId and tokenKey')
    else if (jwt === undefined && tokenId === undefined)
      refuse('tokenId', 'must be given with tokenKey, or jwt instead of both')
    else if (jwt === undefined && tokenKey === undefined)
      refuse('tokenKey', 'must be given with tokenId, or jwt instead of both')
  })

/** By offset, with the edge of the last page, to notice a server that ignores offsets. */
const offset = z.strictObject({
  skip: z.int().min(0),
  last: z.strictObject({ first: z.string(), last: z.string() }).optional(),
})

/** By time, for such a server: the newest records up to and with an instant, some pages at once where it fills one. */
const keyset = z.strictObject({ before: timestamp, pages: z.int().min(1) })

const pager = z.union([offset, keyset])

type Config = z.infer<typeof bloodhoundConfig>
type Pager = z.infer<typeof pager>

interface BloodhoundPage extends Page {
  /** Records on the page, malformed ones included. */
  readonly rows: number
  /** The most records that the server was willing to show, as it says. */
  readonly limit: number | undefined
}

/** BloodHound Enterprise and Community Edition: the audit log. Newest first, whatever one asks for. */
export const bloodhound: Source<Config, Windowed<Pager>, BloodhoundPage> = {
  type: 'bloodhound',
  config: bloodhoundConfig,
  position: windowed(pager),
  traits: {
    // `created_at` is set by the application before it inserts: commits are late by up to seconds. These are choices.
    settleMs: 30_000,
    overlapMs: 300_000,
    sweep: { everyMs: DAY_MS, backMs: 2 * DAY_MS },
    retentionMs: undefined,
    // 55 a second (`api/middleware/rate_limit.go`); a choice well under it.
    requestsPerMinute: 1_200,
    // The server's default; it has no maximum (`api/v2/audit.go`).
    pageSize: { initial: 1_000, least: 50 },
  },

  identity: ({ baseUrl, filter }) => ({ log: endpoint(baseUrl).href, filter }),

  begin: (saved, span) => openWindow(saved, span, firstPage, LONGEST_WINDOW_MS),

  reached: (at) => at.reached,

  request(at, { baseUrl, filter }, pageSize) {
    const { from, to, pager } = openOf(at)
    const skip = 'skip' in pager ? String(pager.skip) : '0'
    const [column, condition] = filter?.split(/=(.*)/s) ?? []
    const parameters = {
      // SQL's BETWEEN: both ends belong to it. One millisecond more, should a version take them strictly.
      after: shift(from, -1),
      before: 'skip' in pager ? to : pager.before,
      limit: String('skip' in pager ? pageSize : pageSize * pager.pages),
      // The documents say skip, an older server knows only offset.
      skip,
      offset: skip,
      // Within one instant: without it, rows of the same instant may change places between pages.
      sort_by: '-id',
      ...(column !== undefined && condition !== undefined && { [column]: condition }),
    }
    const url = endpoint(baseUrl)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    // Under the 30 s after which pollhook hangs up, so that the server says that it was too slow.
    return { method: 'GET', url: url.href, headers: { accept: 'application/json', prefer: 'wait=25' } }
  },

  authorize(request, { tokenId, tokenKey, jwt }, secrets, now) {
    if (jwt !== undefined) return { authorization: `Bearer ${secrets(jwt)}` }
    if (tokenId === undefined || tokenKey === undefined)
      throw new TypeError('The configuration did not pass its schema')
    const requestDate = wholeSeconds(now.toISOString())
    return {
      authorization: `bhesignature ${typeof tokenId === 'string' ? tokenId : secrets(tokenId)}`,
      requestdate: requestDate,
      signature: sign(request, secrets(tokenKey), requestDate),
    }
  },

  parse(response) {
    const { document, events, malformed } = readRecords(response, {
      list: ['data', 'logs'],
      // Go writes a list that nothing was put into as null.
      listMayBeNull: true,
      document: answer,
      record,
      event: ({ id, created_at, action }, raw) => ({
        id: exactId(id, raw, 'id'),
        type: action || 'event',
        time: created_at,
      }),
    })
    return { events, malformed, rows: events.length + malformed.length, limit: document.limit }
  },

  /** `count` is no end: it counts the whole log, whatever the window. */
  advance(at, page, pageSize) {
    const { events } = page
    const { pager } = openOf(at)
    const asked = 'skip' in pager ? pageSize : pageSize * pager.pages
    const full = page.rows >= Math.min(asked, page.limit ?? asked)
    if (!full) return { events, ...endWindow(at, firstPage) }
    if (!('skip' in pager)) return { events, ...older(at, page) }
    const edge = edgeOf(events)
    if (edge !== undefined && edge.first === pager.last?.first && edge.last === pager.last.last) {
      return { events, ...older(at, page) }
    }
    return { events, position: turnPage(at, { skip: pager.skip + page.rows, ...(edge && { last: edge }) }), more: true }
  },

  // Offsets and times do not expire.
  rewind: () => undefined,

  around(at, pageSize) {
    const { pager } = openOf(at)
    return cutWindow(at, firstPage, 1, 'skip' in pager ? { skip: pager.skip + pageSize } : undefined)
  },

  classify(response) {
    const message = messageOf(response)
    if (message === undefined) return undefined
    // A token id that is not known, or none at all. In the API's own words, so it is no wrong address.
    if (response.status === 404 || /^token id is malformed/i.test(message)) return 'unauthorized'
    return response.status === 500 && message === 'request timed out' ? 'timed-out' : undefined
  },
}

const firstPage = (): Pager => ({ skip: 0 })

const answer = z.object({ limit: z.int().positive().optional().catch(undefined) })

const record = z.object({
  id: z.union([z.string().min(1), z.number()]),
  created_at: z.string(),
  action: z.string().nullish(),
})

function endpoint(baseUrl: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}/api/v2/audit`)
}

/** A chain of HMACs: over method and address exactly as they are sent, then over the hour, then over the body. */
function sign({ method, url, body = '' }: HttpRequest, key: string, requestDate: Timestamp): string {
  const { pathname, search } = new URL(url)
  const ofAddress = hmacSha256(key, `${method}${pathname}${search}`)
  const ofHour = hmacSha256(ofAddress, requestDate.slice(0, 'yyyy-mm-ddThh'.length))
  return Buffer.from(hmacSha256(ofHour, body)).toString('base64')
}

function edgeOf(events: readonly SourceEvent[]): { first: string; last: string } | undefined {
  const [first, last] = [events[0]?.id, events.at(-1)?.id]
  return first === undefined || last === undefined ? undefined : { first, last }
}

/**
 * Goes on by time below a full page. Its oldest instant is read once more, for what else happened in it; where that fills
 * the page again, with more rows at once, and at last past it, which is a gap.
 */
function older(at: Windowed<Pager>, { events }: Page): Omit<Step<Windowed<Pager>>, 'events'> {
  const { pager } = openOf(at)
  const times = events.map(({ time }) => toMicros(time))
  const [first, last] = [times[0], times.at(-1)]
  // What is older than a page can only be told where the newest come first. "More" without movement stops the walk.
  if (first === undefined || last === undefined || first < last) return { position: at, more: true }

  const oldest = Math.min(...times)
  const from = (micros: number, pages: number) => turnPage(at, { before: fromMicros(micros), pages })
  // One microsecond more, should a version take `before` strictly.
  const before = oldest + 1
  const pages = 'pages' in pager ? pager.pages : 1
  const moves = 'before' in pager ? before < toMicros(pager.before) : oldest < Math.max(...times)
  if (moves) return { position: from(before, 1), more: true }
  if (pages < MOST_PAGES_AT_ONCE) return { position: from(before, pages * 2), more: true }
  const past = oldest - 1
  const gap = { from: floorTo(fromMicros(past), 1), to: shift(fromMicros(oldest), 1), reason: 'saturated' } as const
  return { position: from(past, 1), more: true, gap }
}

const errorBody = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) })

/** What the API says went wrong; undefined when the answer is not the API's, as from a proxy. */
function messageOf({ body }: HttpResponse): string | undefined {
  try {
    return errorBody.safeParse(JSON.parse(body)).data?.errors[0]?.message
  } catch {
    return undefined
  }
}
