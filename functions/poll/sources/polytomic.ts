import { z } from 'zod'
import { bisect, instantOf, isCrowd, justBefore } from '../../../shared/contracts/bisect.ts'
import { byType, crowdFields, listedTypes, shownTypes } from '../../../shared/contracts/crowd.ts'
import { readRecords } from '../../../shared/contracts/records.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import type { Page, Source, Step } from '../../../shared/contracts/source.ts'
import { earlier, later, timestamp } from '../../../shared/contracts/time.ts'
import { closeWindow, openOf, openWindow, turnPage, type Windowed, windowed } from '../../../shared/contracts/window.ts'

const HOUR_MS = 3_600_000

/** "Polytomic retains events for 48 hours" (https://apidocs.polytomic.com/guides/events). */
const RETENTION_MS = 48 * HOUR_MS

/** The event types of https://apidocs.polytomic.com/guides/events; `_error` is singular for bulk syncs there. */
const EVENT_TYPES = [
  ...['running', 'failed', 'canceled', 'completed', 'completed_with_errors'].map((state) => `sync.${state}`),
  ...['running', 'completed', 'canceled', 'failed', 'completed_with_error'].map((state) => `bulk_sync.${state}`),
]

/** What a record without a type is called: the vendor cannot be asked for those alone. */
const NO_TYPE = 'event'

/** "Default 10, maximum 100" (https://apidocs.polytomic.com/2025-09-18/api-reference/events/list). */
const [DEFAULT_PAGE_SIZE, MOST_PER_PAGE] = [10, 100]

const polytomicConfig = z.strictObject({
  apiKey: secretRef.describe('an API key of the organization'),
  auth: z
    .enum(['bearer', 'basic'])
    .default('bearer')
    .describe('how the key is sent. With `basic` the secret is `user:password`, or a key, which is sent as the user'),
  baseUrl: httpsUrl.default('https://app.polytomic.com').describe('the host of a self-hosted Polytomic'),
  organizationId: z
    .uuid()
    .optional()
    .describe('the organization to read; only system callers of a self-hosted Polytomic may choose one'),
  eventType: z.string().min(1).optional().describe('only events of this type, such as `sync.failed`'),
  version: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be the date of an API version, such as 2025-09-18')
    .default('2025-09-18')
    .describe('the version of the API, sent as `X-Polytomic-Version`'),
})

const piece = z.strictObject({
  from: timestamp,
  to: timestamp,
  fine: z.literal(true).optional(),
  ...crowdFields,
})

const pager = z.strictObject({
  /** What is left of the window; the first is asked for next. */
  unread: z.array(piece).min(1),
  /** The vendor's list of types, once it was asked for. */
  types: z.array(z.string()).optional(),
  /** The configured event type. */
  eventType: z.string().optional(),
  /** The page token for the first piece. */
  token: z.string().optional(),
  /** True after the vendor rejected a token of this window: from then on full pages are cut instead. */
  tokenless: z.literal(true).optional(),
})

type Config = z.infer<typeof polytomicConfig>
type Piece = z.infer<typeof piece>
type Pager = z.infer<typeof pager>

interface PolytomicPage extends Page {
  /** Records on the page, malformed ones included. */
  readonly rows: number
  readonly token: string | undefined
  /** Instead of records: the vendor's list of types; undefined where it gave none. */
  readonly types?: readonly string[] | undefined
}

/**
 * Polytomic: the events of model syncs and bulk syncs. Its documents promise a page token in the prose and have none in the
 * schema, and name no order, so this works with and without either: a full page without a token is cut in two.
 */
export const polytomic: Source<Config, Windowed<Pager>, PolytomicPage> = {
  type: 'polytomic',
  config: polytomicConfig,
  position: windowed(pager),
  traits: {
    // Lateness is not documented; these two are choices.
    settleMs: 30_000,
    overlapMs: 300_000,
    // A choice: every event is read again once or twice, well before the vendor drops it.
    sweep: { everyMs: 12 * HOUR_MS, backMs: 24 * HOUR_MS },
    retentionMs: RETENTION_MS,
    // No limit is documented; a choice.
    requestsPerMinute: 60,
    pageSize: { initial: MOST_PER_PAGE, least: 20 },
  },

  types: ({ eventType }) => (eventType === undefined ? undefined : [eventType]),

  identity: ({ baseUrl, organizationId, eventType }) => ({ host: endpoint(baseUrl).href, organizationId, eventType }),

  begin: (saved, span, { eventType }) =>
    openWindow(saved, span, (from, to) => ({ unread: [{ from, to }], ...(eventType && { eventType }) }), RETENTION_MS),

  reached(at) {
    if (at.window === undefined) return at.reached
    return later(at.reached, at.window.pager.unread.map((piece) => piece.from).reduce(earlier))
  },

  request(at, config, pageSize) {
    const { next, eventType, token } = nextOf(at)
    const type = eventType ?? next.type
    const headers = { accept: 'application/json', 'x-polytomic-version': config.version }
    const url = endpoint(config.baseUrl)
    if (next.shown !== undefined) return { method: 'GET', url: `${url.href}_types`, headers }
    const parameters = {
      starting_after: justBefore(next),
      ending_before: next.to,
      limit: String(next.full ? MOST_PER_PAGE : pageSize),
      ...(type !== undefined && { type }),
      ...(config.organizationId !== undefined && { organization_id: config.organizationId }),
      ...(token !== undefined && { page_token: token }),
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { method: 'GET', url: url.href, headers }
  },

  authorize(_request, { apiKey, auth }, secrets) {
    const key = secrets(apiKey)
    if (auth === 'bearer') return { authorization: `Bearer ${key}` }
    return { authorization: `Basic ${Buffer.from(key.includes(':') ? key : `${key}:`).toString('base64')}` }
  },

  parse(response, _config, at) {
    if (at !== undefined && nextOf(at).next.shown !== undefined) {
      return { events: [], malformed: [], rows: 0, token: undefined, types: listedTypes(response) }
    }
    const { document, events, malformed } = readRecords(response, {
      list: ['data'],
      listMayBeNull: true,
      document: answer,
      record,
      event: ({ id, type, created_at }) => ({ id, type: type ?? NO_TYPE, time: created_at }),
    })
    const token = document.pagination?.next_page_token || undefined
    return { events, malformed, rows: events.length + malformed.length, token }
  },

  advance(at, page, pageSize) {
    const { next, eventType, token, tokenless } = nextOf(at)
    if (next.shown !== undefined) return { events: [], position: withTypes(at, page.types), more: true }
    // The vendor's documents name this filter in two ways, so it is not relied on.
    const events = eventType === undefined ? page.events : page.events.filter((event) => event.type === eventType)
    const goesOn = page.token !== undefined && tokenless === undefined
    if (goesOn) return { events, position: turnPage(at, { ...openOf(at).pager, token: page.token }), more: true }
    // Where tokens are refused, one on a short page may mean that more follows, or nothing.
    const limit = next.full ? MOST_PER_PAGE : pageSize
    const complete =
      token !== undefined || page.rows < (page.token === undefined ? limit : Math.min(limit, DEFAULT_PAGE_SIZE))
    const doubt = next.doubtful && { gap: { ...instantOf(next), reason: 'saturated' as const } }
    return complete ? { ...finish(at), ...doubt, events } : { ...narrow(at, page, limit), events }
  },

  /** The window is kept. This piece of it is read again without tokens; or without the list of types, if it was that. */
  rewind(at) {
    if (nextOf(at).next.shown !== undefined) return withTypes(at, undefined)
    return turnPage(at, { ...withoutToken(openOf(at).pager), tokenless: true })
  },

  around(at) {
    const { next, unread } = nextOf(at)
    const parts = bisect(next, [])
    if (parts === undefined) return { ...finish(at), gap: { ...instantOf(next), reason: 'too-large' } }
    return finish(at, [...parts.map((part) => ({ ...next, ...part })), ...unread.slice(1)])
  },

  classify(response, at) {
    const { next, token } = nextOf(at)
    const refused = [400, 404, 422].includes(response.status)
    // Nobody needs the right to the list in order to read events.
    const noList = next.shown !== undefined && (refused || [401, 403, 405].includes(response.status))
    return noList || (refused && token !== undefined) ? 'position-rejected' : undefined
  },
}

const record = z.object({ id: z.string().min(1), type: z.string().nullish(), created_at: z.string() })

/** `null`, an empty token and no token are the same end; the word "null" is a vendor's mistake, and no end. */
const pageToken = z.string().refine((text) => text !== 'null' && text !== 'undefined', 'must be a token')

const answer = z.object({ pagination: z.object({ next_page_token: pageToken.nullish() }).nullish() })

function endpoint(baseUrl: string): URL {
  return new URL(`${baseUrl.replace(/\/+$/, '')}/api/events`)
}

function nextOf(at: Windowed<Pager>): Pager & { next: Piece } {
  const { pager } = openOf(at)
  const [next] = pager.unread
  if (next === undefined) throw new TypeError('An open window has something left to read')
  return { ...pager, next }
}

function withoutToken({ token: _, ...pager }: Pager): Pager {
  return pager
}

type Continuation = Omit<Step<Windowed<Pager>>, 'events'>

/** The first piece is done; goes on with the others. */
function finish(at: Windowed<Pager>, unread: Piece[] = openOf(at).pager.unread.slice(1)): Continuation {
  if (unread.length === 0) return { position: closeWindow(at), more: false }
  return { position: turnPage(at, { ...withoutToken(openOf(at).pager), unread }), more: true }
}

/**
 * The first piece has more than one page can show: goes on with parts of it, cut by time; with an instant that fills a page,
 * type by type; and with a type that fills a page, past it, and says so.
 */
function narrow(at: Windowed<Pager>, page: PolytomicPage, limit: number): Continuation {
  const { next, eventType, types, unread } = nextOf(at)
  const rest = unread.slice(1)
  const times = page.events.map(({ time }) => time)
  const canSplit = next.type === undefined && eventType === undefined
  const crowd = (instant: Piece) => {
    const piece = { ...instant, shown: shownTypes(page) }
    return types === undefined ? [piece] : byType(piece, EVENT_TYPES, types, NO_TYPE)
  }
  const parts = bisect(next, times)?.map((part) => ({ ...next, ...part }))
  if (parts !== undefined) {
    const split = parts.flatMap((part) => (canSplit && isCrowd(part, times) ? crowd(part) : [part]))
    return finish(at, [...split, ...rest])
  }
  if (canSplit) return finish(at, [...crowd(next), ...rest])
  if (limit < MOST_PER_PAGE) return finish(at, [{ ...next, full: true }, ...rest])

  // Where the vendor ignores the filter, the other types of this instant would show this page again.
  const ignored = page.events.some(({ type }) => type !== next.type)
  const others = ignored ? rest.filter(({ from, type }) => type === undefined || from !== next.from) : rest
  return { ...finish(at, others), gap: { ...instantOf(next), reason: 'saturated' } }
}

/** The instant that was to be asked for type by type, now that the vendor has listed its types, or has not. */
function withTypes(at: Windowed<Pager>, listed: readonly string[] | undefined): Windowed<Pager> {
  const { next, unread, ...pager } = nextOf(at)
  const pieces = [...byType(next, EVENT_TYPES, listed, NO_TYPE), ...unread.slice(1)]
  return turnPage(at, { ...pager, unread: pieces, ...(listed && { types: [...listed] }) })
}
