import { z } from 'zod'
import type { Delivery, Destination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import { toMs } from '../../../shared/contracts/time.ts'
import { pieces } from './pieces.ts'
import { isWithin } from './time-window.ts'
import { withRecord } from './with-record.ts'

/** https://docs.datadoghq.com/api/latest/logs/send-logs/ */
const SITES = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
] as const

/**
 * https://docs.datadoghq.com/logs/log_collection/: a tag has at most 256 characters, and a log at most 100 of them. One is
 * ours. They stand beside every record, so all of them together are kept short as well: 1,000 times 2,000 bytes are 2 MB of 5.
 */
const MAX_TAGS_BYTES = 2_000
const tag = z.string().regex(/^[^\s,]{1,256}$/, 'must be a tag of at most 256 characters, such as env:prod')

const config = z.strictObject({
  site: z.enum(SITES).default('datadoghq.com').describe('your Datadog site; `url` may name another address'),
  apiKey: secretRef.describe('an API key, not an application key'),
  ddsource: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("the log's `source`, which selects the pipeline; default the type of the source, such as `tines`"),
  service: z.string().min(1).max(100).optional().describe("the log's `service`; default the id of the source"),
  hostname: z.string().min(1).max(255).optional().describe("the log's `host`; default none"),
  tags: z
    .array(tag)
    .max(99)
    .refine(
      (tags) => Buffer.byteLength(JSON.stringify(tags.join(','))) <= MAX_TAGS_BYTES,
      `must have at most ${MAX_TAGS_BYTES} bytes in all`,
    )
    .default([])
    .describe('tags, such as env:prod; `pollhook_source:<id>` is added'),
  record: z
    .enum(['object', 'text', 'message'])
    .default('object')
    .describe(
      "where the vendor's record stands: as attributes below `data`, as text in the attribute `data`, or as text in `message`, which Datadog parses",
    ),
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/**
 * Of the limits at https://docs.datadoghq.com/api/latest/logs/send-logs/ (1,000 entries, 5 MB uncompressed) the first. In
 * the worst case a record in `message` takes twice its bytes; with what stands around 1,000 records that is still below 5
 * MB.
 */
const MAX_ENTRIES = 1_000
const BATCH = { maxEvents: MAX_ENTRIES, maxBytes: 900_000 }

/** Datadog cuts off what is above 1 MB, and answers 202 all the same (ibid.). */
const MAX_ENTRY_BYTES = 1_000_000
/** As text a piece takes up to twice that; the rest is for tags and names. */
const MAX_PIECE_BYTES = 450_000

/**
 * "Log events can be submitted up to 18 hours in the past and two hours in the future"
 * (https://docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper/). Beyond, a log is rejected after it was
 * answered with 202.
 */
const WINDOW = { pastMs: 64_800_000, futureMs: 7_200_000 }

/**
 * Datadog's log intake, version 2. A log whose date is outside of the window is sent without one, and Datadog takes it as
 * of its arrival. The record stands where Datadog does not look for a date, a status or a host, since it would take those
 * of the record (docs/decisions/063-records-that-are-not-parsed.md). It stores a repeat again.
 */
export const datadog: Destination<Config> = {
  type: 'datadog',
  config,
  batch: BATCH,
  maxEventsPerRequest: () => MAX_ENTRIES,
  compression: 'gzip',
  auth: ({ apiKey }) => ({ kind: 'header', name: 'dd-api-key', prefix: '', key: apiKey }),
  ageLimit: () => ({
    maxAgeMs: WINDOW.pastMs,
    effect: 'Datadog shows them at the time of their arrival; their own time is in pollhook.time',
  }),
  storesOnce: false,
  request,
  outcome: ({ status }) => outcomeOf(status),
}

function request(delivery: Delivery, config: Config, _secrets: Secrets, now: Date): HttpRequest {
  const url = config.url ?? `https://http-intake.logs.${config.site}/api/v2/logs`
  const entries = delivery.events.flatMap((event) => entriesOf(event, delivery, config, now))
  return { method: 'POST', url, headers: { 'content-type': 'application/json' }, body: `[${entries.join(',')}]` }
}

/** The logs that an event becomes: one, unless that would be cut off. */
function entriesOf(event: OutgoingEvent, { source }: Delivery, config: Config, now: Date): string[] {
  const hasDate = isWithin(WINDOW, event.time, now)
  const head = {
    ddsource: config.ddsource ?? source.type,
    service: config.service ?? source.id,
    ...(config.hostname !== undefined && { hostname: config.hostname }),
    ddtags: [`pollhook_source:${source.id}`, ...config.tags].join(','),
    ...(hasDate && { date: toMs(event.time) }),
  }
  const pollhook = { id: event.id, type: event.type, source: source.id, time: event.time }
  const entry = entryOf(
    event,
    { ...head, pollhook },
    config.record === 'message' && !hasDate ? 'object' : config.record,
  )
  if (Buffer.byteLength(entry) <= MAX_ENTRY_BYTES) return [entry]
  const parts = pieces(event.raw, MAX_PIECE_BYTES)
  return parts.map((message, index) =>
    JSON.stringify({ ...head, message, pollhook: { ...pollhook, part: index + 1, parts: parts.length } }),
  )
}

/** A record in `message` may have a date of its own, which would be as old: only for events that are sent with theirs. */
function entryOf(
  { type, raw }: OutgoingEvent,
  head: Readonly<Record<string, unknown>>,
  record: Config['record'],
): string {
  if (record === 'message') return JSON.stringify({ ...head, message: raw })
  if (record === 'text') return JSON.stringify({ ...head, message: type, data: raw })
  return withRecord({ ...head, message: type }, 'data', raw)
}
