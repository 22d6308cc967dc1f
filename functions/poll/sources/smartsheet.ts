import { z } from 'zod'
import type { Timestamp } from '../../../shared/contracts/event.ts'
import type { FaultKind } from '../../../shared/contracts/fault.ts'
import type { HttpResponse } from '../../../shared/contracts/http.ts'
import { readRecords } from '../../../shared/contracts/records.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import type { Source, Step } from '../../../shared/contracts/source.ts'
import {
  advanceStream,
  openStream,
  refuseSameToken,
  rewindStream,
  type StreamPage,
  stream,
  streamToken,
} from '../../../shared/contracts/stream.ts'
import { floorTo, fromMs, shift, toMs, wholeSeconds } from '../../../shared/contracts/time.ts'
import { closeWindow, openOf, openWindow, turnPage, type Windowed, windowed } from '../../../shared/contracts/window.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The vendor's default for `maxCount`; at about 1 KB an event, a page has 1 MB. */
const PAGE_SIZE = 1_000

/** The environments of the vendor's SDKs (https://github.com/smartsheet/smartsheet-python-sdk, `smartsheet/environments`). */
const HOSTS = {
  us: 'https://api.smartsheet.com',
  eu: 'https://api.smartsheet.eu',
  gov: 'https://api.smartsheetgov.com',
} as const

const config = z.strictObject({
  token: secretRef.describe('the API access token of a System Admin'),
  region: z.enum(['us', 'eu', 'gov']).default('us').describe('where the account lives; tokens differ by region'),
  baseUrl: httpsUrl.optional().describe('another host than that of `region`, without `/2.0`'),
  managedPlanId: z.int().positive().optional().describe('a managed plan of an EPM hierarchy, instead of the main plan'),
  maxCount: z.int().min(1).max(10_000).default(PAGE_SIZE).describe('events per page, 1 to 10000'),
  integrationSource: z
    .string()
    .regex(/^(AI|SCRIPT|APPLICATION),[^,\s][^,]*,[^,\s][^,]*$/, 'must be TYPE,Organisation,Name')
    .optional()
    .describe('`TYPE,Organisation,Name` for `smartsheet-integration-source`; TYPE is AI, SCRIPT or APPLICATION'),
})

const pager = z.strictObject({ token: streamToken.optional() })

/** The live lane follows the stream; sweeps and backfills read closed windows. */
const position = z.union([stream, windowed(pager)])

type Config = z.infer<typeof config>
type Position = z.infer<typeof position>
type Pager = z.infer<typeof pager>

/** Smartsheet: the Event Reporting stream of an organisation. */
export const smartsheet: Source<Config, Position, StreamPage> = {
  type: 'smartsheet',
  config,
  position,
  traits: {
    // Not documented. The stream does not depend on it: it decides what counts as read, and where a sweep ends.
    settleMs: 60_000,
    // A stream is not read again from behind.
    overlapMs: 0,
    // A choice, as lateness is not documented: a day, and two hours that two sweeps share.
    sweep: { everyMs: DAY_MS, backMs: DAY_MS + 2 * HOUR_MS },
    // Not documented. A `since` before the oldest event is accepted and begins there.
    retentionMs: undefined,
    // The vendor allows 300 a minute for a token (https://github.com/smartsheet-platform/api-docs,
    // source/snippets/rateLimiting.md.erb), which the admin's other integrations may share.
    requestsPerMinute: 100,
    pageSize: { initial: PAGE_SIZE, least: 1 },
  },

  identity: (config) => ({ endpoint: endpoint(config).href, managedPlanId: config.managedPlanId }),

  begin(saved, span) {
    if (!span.bounded) return openStream(saved !== undefined && 'next' in saved ? saved : undefined, span)
    const windows = saved !== undefined && 'next' in saved ? undefined : saved
    return openWindow<Pager>(windows, span, () => ({}), DAY_MS)
  },

  reached: (at) => at.reached,

  request(at, config, pageSize) {
    const url = endpoint(config)
    for (const [name, value] of Object.entries(bounds(at))) url.searchParams.append(name, value)
    // The configured size stands until a page of it was too big.
    const maxCount = pageSize < PAGE_SIZE ? Math.min(pageSize, config.maxCount) : config.maxCount
    url.searchParams.append('maxCount', String(maxCount))
    if (config.managedPlanId !== undefined) url.searchParams.append('managedPlanId', String(config.managedPlanId))
    return { method: 'GET', url: url.href, headers: headersFor(config) }
  },

  authorize: (_request, { token }, secrets) => ({ authorization: `Bearer ${secrets(token)}` }),

  parse(response) {
    const { document, events, malformed } = readRecords(response, {
      list: ['data'],
      document: answer,
      record,
      event: ({ eventId, objectType, action, time }) => ({ id: eventId, type: `${objectType}.${action}`, time }),
    })
    const { nextStreamPosition, moreAvailable } = document
    return { events, malformed, next: nextStreamPosition, more: moreAvailable === true || moreAvailable === 'true' }
  },

  advance: (at, page) => ('next' in at ? advanceStream(at, page) : advanceWindow(at, page)),

  rewind(at) {
    if ('next' in at) return rewindStream(at)
    return tokenOf(at) === undefined ? undefined : turnPage<Pager>(at, {})
  },

  classify(response, at) {
    const code = errorCode(response)
    if (code !== undefined && KIND_OF_CODE[code] !== undefined) return KIND_OF_CODE[code]
    // Which error an invalid or expired stream position gives is not documented. Everything else in such a request was
    // accepted before.
    const rejected = response.status === 400 || response.status === 410
    const elsewhere = code !== undefined && NOT_THE_POSITION.has(code)
    return rejected && !elsewhere && tokenOf(at) !== undefined ? 'position-rejected' : undefined
  },
}

function endpoint({ region, baseUrl }: Config): URL {
  const url = new URL(baseUrl ?? HOSTS[region])
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/2.0/events`
  url.search = ''
  return url
}

/** Where to read. `since` and `streamPosition` exclude each other, and `to` goes only with `since`. */
function bounds(at: Position): Readonly<Record<string, string>> {
  const streamPosition = tokenOf(at)
  if (streamPosition !== undefined) return { streamPosition }
  if ('next' in at) return 'since' in at.next ? { since: hourBefore(at.next.since) } : {}
  const { from, to } = openOf(at)
  return { since: hourBefore(from), to: wholeSeconds(floorTo(shift(to, HOUR_MS - 1), HOUR_MS)) }
}

function tokenOf(at: Position): string | undefined {
  if (!('next' in at)) return openOf(at).pager.token
  return 'token' in at.next ? at.next.token : undefined
}

/**
 * `since` is "resolved to the nearest hour", which may be the next one, so a whole hour is sent; and the one before, for an
 * event on the edge.
 */
function hourBefore(instant: Timestamp): string {
  return wholeSeconds(shift(floorTo(instant, HOUR_MS), -HOUR_MS))
}

function headersFor({ integrationSource }: Config): Readonly<Record<string, string>> {
  return {
    accept: 'application/json',
    // "Must be set to one of" gzip and deflate: a list of both is not documented to be accepted.
    'accept-encoding': 'gzip',
    ...(integrationSource !== undefined && { 'smartsheet-integration-source': integrationSource }),
  }
}

/** It is not documented whether a position that was obtained with `to` ends there, so a page beyond the window ends it too. */
function advanceWindow(at: Windowed<Pager>, page: StreamPage): Step<Position> {
  const { from, to, pager } = openOf(at)
  refuseSameToken(pager.token, page)
  const events = page.events.filter(({ time }) => toMs(time) >= toMs(from) && toMs(time) < toMs(to))
  const beyond = page.events.length > 0 && page.events.every(({ time }) => toMs(time) >= toMs(to))
  if (!page.more || beyond) return { events, position: closeWindow(at), more: false }
  return { events, position: turnPage(at, { token: page.next }), more: true }
}

/** https://developers.smartsheet.com/api/smartsheet/error-codes */
const KIND_OF_CODE: Readonly<Record<number, FaultKind>> = {
  1001: 'unauthorized',
  1002: 'unauthorized',
  1003: 'unauthorized',
  1004: 'forbidden',
  1013: 'forbidden',
  4001: 'vendor-error',
  4002: 'vendor-error',
  4003: 'throttled',
  4004: 'vendor-error',
}

/** A header; `since` and `streamPosition` together; neither; `maxCount`. */
const NOT_THE_POSITION = new Set([1011, 1227, 1228, 1229])

function errorCode({ body }: HttpResponse): number | undefined {
  try {
    return z.object({ errorCode: z.number() }).safeParse(JSON.parse(body)).data?.errorCode
  } catch {
    return undefined
  }
}

/** Older documents show `moreAvailable` as text. */
const answer = z.object({
  nextStreamPosition: streamToken,
  moreAvailable: z.union([z.boolean(), z.enum(['true', 'false'])]),
})

/** Milliseconds only where somebody asked for `numericDates`, which pollhook does not; the bound is a Date's. */
const eventTime = z.union([z.string(), z.int().min(0).max(8.64e15).transform(fromMs)]).optional()

/** The vendor's texts call the time both names: `eventTimestamp` where answers were recorded, `eventTimeStamp` in the reference. */
const record = z
  .object({
    eventId: z.string().min(1),
    objectType: z.string().min(1),
    action: z.string().min(1),
    eventTimestamp: eventTime,
    eventTimeStamp: eventTime,
  })
  .transform(({ eventTimestamp, eventTimeStamp, ...rest }, context) => {
    const time = eventTimestamp ?? eventTimeStamp
    if (time !== undefined) return { ...rest, time }
    context.addIssue({ code: 'custom', path: ['eventTimestamp'], message: 'must be there', input: undefined })
    return z.NEVER
  })
