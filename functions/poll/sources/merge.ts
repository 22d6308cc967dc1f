import { z } from 'zod'
import { readRecords } from '../../../shared/contracts/records.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import type { Page, Source } from '../../../shared/contracts/source.ts'
import { shift, wholeSeconds } from '../../../shared/contracts/time.ts'
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

/** A choice: a cursor pages through any window, but `reached` moves only at a window's end. */
const LONGEST_WINDOW_MS = 30 * DAY_MS

/** Cursors are not known to expire; a vendor that rejects them again and again needs a person, not another round. */
const MAX_RESTARTS = 3

/** The hosts of https://docs.merge.dev/merge-unified/hris/org-management/audit-trail/list. */
const HOSTS = { us: 'https://api.merge.dev', eu: 'https://api-eu.merge.dev', ap: 'https://api-ap.merge.dev' }

const mergeConfig = z.strictObject({
  apiKey: secretRef.describe('a production access key'),
  region: z.enum(['us', 'eu', 'ap']).default('us').describe('where the organization is hosted'),
  baseUrl: httpsUrl
    .optional()
    .describe('another host, instead of `region`, without `/api`: `https://api-sandbox.merge.dev`'),
  category: z
    .enum(['hris', 'ats', 'accounting', 'crm', 'ticketing', 'filestorage', 'chat', 'knowledgebase', 'email'])
    .default('hris')
    .describe('through which category the trail is read; it seems to be the same trail in all of them'),
  eventType: z.string().min(1).optional().describe('only events of this type, such as `CHANGED_SCOPES`'),
  userEmail: z
    .string()
    .min(1)
    .optional()
    .describe("only events of the user who had this e-mail address at the event's time"),
})

const pager = z.strictObject({
  /** Absent for the window's first page. */
  cursor: z.string().optional(),
  /** How often the window was begun again because its cursor was rejected. */
  restarts: z.int().min(1).optional(),
})

type Config = z.infer<typeof mergeConfig>
type Pager = z.infer<typeof pager>

interface MergePage extends Page {
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
}

/** Merge (Unified API): the audit trail of an organization, which Merge offers on its Enterprise plan. */
export const merge: Source<Config, Windowed<Pager>, MergePage> = {
  type: 'merge',
  config: mergeConfig,
  position: windowed(pager),
  traits: {
    // Lateness is not documented; these three are choices.
    settleMs: 60_000,
    overlapMs: 600_000,
    sweep: { everyMs: DAY_MS, backMs: 2 * DAY_MS },
    retentionMs: undefined,
    // 100 a minute on the smallest plan (https://docs.merge.dev/basics/rate-limits). Even if all fail, this stays under the
    // 20 failures in 10 s for which Merge blocks an address (https://help.merge.dev/en/articles/9150563).
    requestsPerMinute: 50,
    // 30 by default, 100 at most (https://docs.merge.dev/basics/pagination).
    pageSize: { initial: 100, least: 10 },
  },

  types: ({ eventType }) => (eventType === undefined ? undefined : [eventType]),

  identity: (config) => ({ trail: endpoint(config).href, eventType: config.eventType, userEmail: config.userEmail }),

  begin: (saved, span) => openWindow(saved, span, firstPage, LONGEST_WINDOW_MS),

  reached: (at) => at.reached,

  /** "All query parameters, aside from cursor and page_size, remain consistent across pagination": the window sees to that. */
  request(at, config, pageSize) {
    const { from, to, pager } = openOf(at)
    const parameters = {
      // "After" and "before", it is not said whether strictly: whole seconds, the first before and the last not before the window's.
      start_date: wholeSeconds(shift(from, -1)),
      end_date: wholeSeconds(shift(to, 999)),
      page_size: String(pageSize),
      ...(config.eventType !== undefined && { event_type: config.eventType }),
      ...(config.userEmail !== undefined && { user_email: config.userEmail }),
      ...(pager.cursor !== undefined && { cursor: pager.cursor }),
    }
    const url = endpoint(config)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { method: 'GET', url: url.href, headers: { accept: 'application/json' } }
  },

  authorize: (_request, { apiKey }, secrets) => ({ authorization: `Bearer ${secrets(apiKey)}` }),

  parse(response) {
    const { document, events, malformed } = readRecords(response, {
      list: ['results'],
      document: answer,
      record,
      event: ({ id, event_type, created_at }) => ({ id, type: event_type ?? 'event', time: created_at }),
    })
    return { events, malformed, next: document.next || undefined }
  },

  advance(at, { events, next }) {
    if (next === undefined) return { events, ...endWindow(at, firstPage) }
    return { events, position: turnPage(at, { ...openOf(at).pager, cursor: next }), more: true }
  },

  /** The same window from its first page. */
  rewind(at) {
    const restarts = (openOf(at).pager.restarts ?? 0) + 1
    return restarts > MAX_RESTARTS ? undefined : turnPage(at, { restarts })
  },

  around: (at) => cutWindow(at, firstPage, SECOND_MS),

  classify(response, at) {
    const refused = response.status === 400 || response.status === 404
    return refused && openOf(at).pager.cursor !== undefined ? 'position-rejected' : undefined
  },
}

const firstPage = (): Pager => ({})

/** `null` and an empty text are the end; the word "null" is a vendor's mistake, and no end. */
const cursor = z.string().refine((text) => text !== 'null' && text !== 'undefined', 'must be a cursor')

const answer = z.object({ next: cursor.nullable() })

const record = z.object({ id: z.string().min(1), event_type: z.string().nullish(), created_at: z.string() })

function endpoint({ region, baseUrl, category }: Config): URL {
  return new URL(`${(baseUrl ?? HOSTS[region]).replace(/\/+$/, '')}/api/${category}/v1/audit-trail`)
}
