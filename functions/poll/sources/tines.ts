import { z } from 'zod'
import { advanceWalk, type Keyset, keyset, openWalk, openWalkOf } from '../../../shared/contracts/keyset.ts'
import { aroundRecord } from '../../../shared/contracts/keyset-around.ts'
import { exactId, readRecords } from '../../../shared/contracts/records.ts'
import { duration, durationMs, httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import type { Page, Source, Step } from '../../../shared/contracts/source.ts'
import { shift, toMs, wholeSeconds } from '../../../shared/contracts/time.ts'
import {
  cutWindow,
  endWindow,
  openOf,
  openWindow,
  turnPage,
  type Windowed,
  windowed,
} from '../../../shared/contracts/window.ts'

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

/** What a version answers that takes no `per_page` (https://www.tines.com/api/welcome: "defaults to 20"). */
const DEFAULT_PAGE_SIZE = 20

/** Audit logs go back for years: a backlog is read in windows that end often enough to show progress. */
const LONGEST_WINDOW_MS = 30 * DAY_MS

/** "Keep events and logs" unless a story says otherwise (https://www.tines.com/llm/docs/stories/keep-events-and-logs-event-retention.md). */
const RETENTION_MS = durationMs('7d')

const tinesConfig = z
  .strictObject({
    baseUrl: httpsUrl.describe('the tenant, such as `https://acme-1234.tines.com`'),
    apiKey: secretRef.describe('an API key; a personal or team key sees only its own teams'),
    feed: z
      .enum(['events', 'audit_logs'])
      .default('events')
      .describe('`events`: what the actions of stories emitted. `audit_logs`: what people did in the tenant'),
    teamId: z.int().positive().optional().describe('events: only those of this team'),
    storyId: z.int().positive().optional().describe('events: only those of this story'),
    includeGroups: z.boolean().optional().describe('events: with `storyId`, also those of the groups in the story'),
    retention: duration('1h', '3650d')
      .optional()
      .describe('events: the shortest "Keep events and logs" setting of the stories read; `7d` by default'),
    userIds: z.array(z.int().positive()).min(1).optional().describe('audit logs: only what these users did'),
    operationNames: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('audit logs: only these operations, such as `StoryItemsCreation`'),
  })
  .superRefine((config, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    const foreign = config.feed === 'events' ? AUDIT_LOG_FIELDS : EVENT_FIELDS
    for (const field of foreign) {
      if (config[field] !== undefined) refuse(field, `must be absent with feed ${config.feed}`)
    }
    if (config.includeGroups === true && config.storyId === undefined) refuse('includeGroups', 'needs storyId')
  })

/** Events have no type of their own. */
const EVENT_TYPE = 'event'

const EVENT_FIELDS = ['teamId', 'storyId', 'includeGroups', 'retention'] as const
const AUDIT_LOG_FIELDS = ['userIds', 'operationNames'] as const

const pager = z.strictObject({ skip: z.int().min(0) })

/**
 * Events are walked by id. Audit logs are read in closed windows by page number, kept as the number of records to skip, so
 * that a page size that changes in mid-window skips nothing. Numbered pages are safe there: the window is past, so nothing
 * enters it at the front, and the API has no way to delete an audit log.
 */
const position = z.union([keyset, windowed(pager)])

type Config = z.infer<typeof tinesConfig>
type Position = z.infer<typeof position>
type Pager = z.infer<typeof pager>

interface TinesPage extends Page {
  /** Whether the answer's `meta` names a next page; undefined for versions that answer with a bare list. */
  readonly next: boolean | undefined
}

/** Tines: the events of stories, or the audit logs of a tenant. */
export const tines: Source<Config, Position, TinesPage> = {
  type: 'tines',
  config: tinesConfig,
  position,
  traits: {
    // Not documented. A choice: ids come from a sequence, so an event may be committed after one with a higher id.
    settleMs: 30_000,
    overlapMs: 300_000,
    // A choice: finds what was committed later still, and what a reset of the id sequence would hide.
    sweep: { everyMs: DAY_MS, backMs: 2 * DAY_MS },
    retentionMs: undefined,
    // 5,000 a minute for /events, 1,000 for /audit_logs (https://www.tines.com/llm/stories/docs/api/api-rate-limits.md), for
    // everything the key is used for: the customer's own use comes first.
    requestsPerMinute: 300,
    // 500 at most (https://www.tines.com/api/welcome); an event may have 100 MB, so a page may have to be a single one.
    pageSize: { initial: 100, least: 1 },
  },
  retentionMs: (config) => (config.feed === 'events' ? (config.retention ?? RETENTION_MS) : undefined),

  types: ({ feed, operationNames }) => (feed === 'events' ? [EVENT_TYPE] : operationNames),

  identity({ baseUrl, feed, teamId, storyId, includeGroups, userIds, operationNames }) {
    return { tenant: endpoint(baseUrl, feed).href, teamId, storyId, includeGroups, userIds, operationNames }
  },

  begin(saved, span, { feed }) {
    if (feed === 'events') return openWalk(saved !== undefined && 'trail' in saved ? saved : undefined, span)
    const windows = saved !== undefined && 'trail' in saved ? undefined : saved
    return openWindow<Pager>(windows, span, firstPage, LONGEST_WINDOW_MS)
  },

  reached: (at) => at.reached,

  request(at, config, pageSize) {
    const url = endpoint(config.baseUrl, config.feed)
    const parameters = 'trail' in at ? eventParameters(at, config) : auditLogParameters(at, config, pageSize)
    for (const [name, value] of parameters) url.searchParams.append(name, value)
    url.searchParams.append('per_page', String(pageSize))
    return { method: 'GET', url: url.href, headers: { accept: 'application/json' } }
  },

  authorize: (_request, { apiKey }, secrets) => ({ authorization: `Bearer ${secrets(apiKey)}` }),

  parse(response, { feed }) {
    const { document, events, malformed } = readRecords(response, {
      list: response.body.trimStart().startsWith('[') ? [] : [feed],
      document: answer,
      record: feed === 'events' ? eventRecord : auditLogRecord,
      event: ({ id, time, type }, raw) => ({ id: exactId(id, raw, 'id'), type, time }),
    })
    return { events, malformed, next: document.meta ? namesNextPage(document.meta) : undefined }
  },

  advance(at, page, pageSize) {
    const complete = isComplete(page, pageSize)
    return 'trail' in at ? advanceWalk(at, page.events, complete) : advanceWindow(at, page, pageSize, complete)
  },

  // Neither ids nor page numbers expire.
  rewind: () => undefined,

  around(at, pageSize) {
    if ('trail' in at) return aroundRecord(at)
    const { skip } = openOf(at).pager
    return cutWindow(at, firstPage, SECOND_MS, { skip: pageNumber(skip, pageSize) * pageSize })
  },
}

const firstPage = (): Pager => ({ skip: 0 })

/** The feed's address under the tenant's, whether that ends in a slash or not. */
function endpoint(baseUrl: string, feed: Config['feed']): URL {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/${feed}`
  url.search = ''
  return url
}

type Parameters = (readonly [name: string, value: string])[]

/**
 * Times are a second wider than meant, because it is not documented whether `since` and `until` include the edge. Versions
 * that do not know them ignore them: `advance` looks at the times itself.
 */
function eventParameters(at: Keyset, { teamId, storyId, includeGroups }: Config): Parameters {
  const { walk, next } = openWalkOf(at)
  const parameters = {
    since_id: next.after,
    until_id: next.upTo,
    since: walk.from && shift(walk.from, -SECOND_MS),
    until: walk.until && shift(walk.until, SECOND_MS),
    team_id: teamId,
    story_id: storyId,
    include_groups: includeGroups,
  }
  return Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
}

/** A second wider on both sides, for the same reason; in whole seconds, as other clients send them. */
function auditLogParameters(at: Windowed<Pager>, { userIds, operationNames }: Config, pageSize: number): Parameters {
  const { from, to, pager } = openOf(at)
  return [
    ['after', wholeSeconds(shift(from, -SECOND_MS))],
    ['before', wholeSeconds(shift(to, SECOND_MS))],
    ...(userIds ?? []).map((id) => ['user_id[]', String(id)] as const),
    ...(operationNames ?? []).map((name) => ['operation_name[]', name] as const),
    ['page', String(pageNumber(pager.skip, pageSize))],
  ]
}

function advanceWindow(at: Windowed<Pager>, page: Page, pageSize: number, complete: boolean): Step<Position> {
  const { from, to, pager } = openOf(at)
  const events = page.events.filter(({ time }) => toMs(time) >= toMs(from) && toMs(time) < toMs(to))
  if (complete) return { events, ...endWindow(at, firstPage) }
  return { events, position: turnPage(at, { skip: pageNumber(pager.skip, pageSize) * pageSize }), more: true }
}

/** From 1: the page on which the first record stands that is not skipped. */
function pageNumber(skip: number, pageSize: number): number {
  return Math.floor(skip / pageSize) + 1
}

/** Whether nothing follows the page. `meta` and the page's length must agree; an empty page alone is not the end. */
function isComplete({ events, malformed, next }: TinesPage, pageSize: number): boolean {
  const records = events.length + malformed.length
  if (records === 0) return next !== true
  if (next === undefined) return records < Math.min(pageSize, DEFAULT_PAGE_SIZE)
  return !next && records < pageSize
}

const meta = z.object({
  next_page: z.string().nullish(),
  next_page_number: z.union([z.number(), z.string()]).nullish(),
})

/** The documents of old versions show a bare list. */
const answer = z.union([
  z.array(z.unknown()).transform(() => ({ meta: undefined })),
  z.object({ meta: meta.nullish() }),
])

function namesNextPage({ next_page, next_page_number }: z.infer<typeof meta>): boolean | undefined {
  if (next_page === undefined && next_page_number === undefined) return undefined
  return [next_page, next_page_number].some((next) => !NO_PAGE.has(next))
}

/** `"null"` as text stands in a published recording of an answer. */
const NO_PAGE = new Set<unknown>([undefined, null, '', 'null'])

const recordId = z.union([z.number().nonnegative(), z.string().regex(/^\d+$/)])

const eventRecord = z
  .object({ id: recordId, created_at: z.string() })
  .transform(({ id, created_at }) => ({ id, time: created_at, type: EVENT_TYPE }))

const auditLogRecord = z
  .object({ id: recordId, created_at: z.string(), operation_name: z.string().min(1) })
  .transform(({ id, created_at, operation_name }) => ({ id, time: created_at, type: operation_name }))
