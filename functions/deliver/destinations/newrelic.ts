import { z } from 'zod'
import type { Delivery, Destination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import { toMs } from '../../../shared/contracts/time.ts'
import { pieces } from './pieces.ts'
import { isWithin } from './time-window.ts'

/** https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#endpoint */
const ADDRESSES = {
  us: 'https://log-api.newrelic.com/log/v1',
  eu: 'https://log-api.eu.newrelic.com/log/v1',
}

/** Names that New Relic drops or reads as something else (ibid., #limits), and those that are ours. */
const TAKEN =
  /^(accountId|appId|eventType|timestamp|message|log|LOG|MESSAGE|logtype|entity\..*|instrumentation\..*|newrelic\..*|pollhook\..*|data(\..*)?)$/

const attributeName = z
  .string()
  .regex(/^[^\s"\\]{1,255}$/, 'must be a name of at most 255 characters')
  .refine((name) => !TAKEN.test(name), 'is reserved')

const config = z.strictObject({
  region: z.enum(['us', 'eu']).default('us').describe('where your account is; `url` may name another address'),
  licenseKey: secretRef.describe('a license key for ingest, not a user key'),
  logtype: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('`logtype`, which selects parsing rules; default the type of the source, such as `tines`'),
  attributes: z
    .record(attributeName, z.string().max(4_094))
    .refine((attributes) => Object.keys(attributes).length <= 100, 'must have at most 100 attributes')
    .default({})
    .describe('more attributes of every log, such as `{"environment": "prod"}`'),
  record: z
    .enum(['text', 'message'])
    .default('text')
    .describe(
      "where the vendor's record stands: as text in the attribute `data`, or as text in `message`, which New Relic parses",
    ),
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/**
 * New Relic takes 1 MB (10^6 bytes) in a POST (ibid., #limits) and does not say whether that is counted after compression;
 * so it is kept to before. In the worst case a record takes twice its bytes as text, and 500 of them have less than 200,000
 * bytes around them.
 */
const BATCH = { maxEvents: 500, maxBytes: 380_000 }

/**
 * Of a text, the first 4,094 characters and 128,000 bytes more are kept, and the rest is dropped
 * (https://docs.newrelic.com/docs/logs/ui-data/long-logs-blobs/).
 */
const MAX_VALUE_BYTES = 128_000

/** "Payloads with timestamps older than 48 hours may be dropped" (the Log API's page, #limits). */
const WINDOW = { pastMs: 172_800_000 }

/**
 * New Relic's Log API. An event that is too old is sent without a timestamp, and New Relic takes it as of its arrival. New
 * Relic parses `message`, and drops or flattens some of what it finds there; so the record is kept apart as a text of its
 * own (docs/decisions/063-records-that-are-not-parsed.md). It stores a repeat again.
 */
export const newrelic: Destination<Config> = {
  type: 'newrelic',
  config,
  batch: BATCH,
  compression: 'gzip',
  auth: ({ licenseKey }) => ({ kind: 'header', name: 'api-key', prefix: '', key: licenseKey }),
  ageLimit: () => ({
    maxAgeMs: WINDOW.pastMs,
    effect: 'New Relic shows them at the time of their arrival; their own time is in pollhook.time',
  }),
  storesOnce: false,
  request,
  outcome: ({ status }) => outcomeOf(status),
}

function request(delivery: Delivery, config: Config, _secrets: Secrets, now: Date): HttpRequest {
  const { source, events } = delivery
  const attributes = {
    ...config.attributes,
    logtype: config.logtype ?? source.type,
    'pollhook.source': source.id,
  }
  const logs = events.map((event) => logOf(event, config, now))
  return {
    method: 'POST',
    url: config.url ?? ADDRESSES[config.region],
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ common: { attributes }, logs }]),
  }
}

function logOf({ id, type, time, raw }: OutgoingEvent, { record }: Config, now: Date) {
  const hasTimestamp = isWithin(WINDOW, time, now)
  const ids = { 'pollhook.id': id, 'pollhook.type': type, 'pollhook.time': time }
  const [whole, ...more] = pieces(raw, MAX_VALUE_BYTES)
  // A record in `message` may have a timestamp of its own, which would be as old.
  const isMessage = record === 'message' && hasTimestamp && more.length === 0
  return {
    ...(hasTimestamp && { timestamp: toMs(time) }),
    message: isMessage ? raw : type,
    attributes: { ...ids, ...(!isMessage && (more.length === 0 ? { data: whole } : numbered([whole, ...more]))) },
  }
}

/** `data.1`, `data.2` and so on. */
function numbered(parts: readonly (string | undefined)[]): Record<string, unknown> {
  return {
    'pollhook.parts': parts.length,
    ...Object.fromEntries(parts.map((part, index) => [`data.${index + 1}`, part])),
  }
}
