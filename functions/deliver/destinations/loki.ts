import { z } from 'zod'
import type { Delivery, Destination } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { duration, httpsUrl } from '../../../shared/contracts/settings.ts'
import { outcome } from './loki/outcome.ts'
import { streamsOf } from './loki/streams.ts'

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
const PUSH = '/loki/api/v1/push'

const labelName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,1023}$/, 'must be the name of a label')
  .refine((name) => !['job', 'source', 'hour'].includes(name) && !name.startsWith('__'), 'is set by pollhook itself')

const config = z.strictObject({
  url: httpsUrl.describe('the address of Loki; `/loki/api/v1/push` is added, unless it ends in that'),
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9!_.*'()-]{1,150}$/, 'must be the id of a tenant')
    .optional()
    .describe('the tenant, sent as `X-Scope-OrgID`; not for Grafana Cloud'),
  labels: z
    .record(labelName, z.string().min(1).max(2_048))
    .refine((labels) => Object.keys(labels).length <= 12, 'must have at most 12 labels')
    .default({})
    .describe('more labels of every stream, such as `{"environment": "prod"}`; few, and with few values'),
  streams: z
    .enum(['hour', 'source'])
    .default('hour')
    .describe('a stream for each source and hour, which takes events in any order, or one for each source'),
  structuredMetadata: z
    .boolean()
    .default(true)
    .describe(
      "whether an event's id, type and source stand in structured metadata; otherwise in the line, around the record",
    ),
  maxAge: duration('24h', '3650d').prefault('7d').describe("Loki's `reject_old_samples_max_age`, from 24h to 3650d"),
  maxLineBytes: z
    .int()
    .min(4_096)
    .max(16_777_216)
    .default(256_000)
    .describe("Loki's `max_line_size`, in bytes; a longer record is sent in pieces"),
})

type Config = z.infer<typeof config>

/** Loki's default burst is 6 MB (`ingestion_burst_size_mb`); as text a record takes at most twice its bytes. */
const BATCH = { maxEvents: 1_000, maxBytes: 900_000 }

/**
 * Grafana Loki. The same line with the same timestamp, labels and structured metadata is stored once, and every attempt
 * sends the same.
 */
export const loki: Destination<Config> = {
  type: 'loki',
  config,
  batch: BATCH,
  compression: 'gzip',
  ageLimit: ({ maxAge }) => ({
    maxAgeMs: maxAge,
    effect: 'Loki has them at the beginning of the day of their arrival (UTC); their own time is in event_time',
  }),
  storesOnce: true,
  request,
  outcome,
}

function request(delivery: Delivery, config: Config, _secrets: Secrets, now: Date): HttpRequest {
  const { url, tenant } = config
  return {
    method: 'POST',
    url: pushUrl(url),
    headers: { 'content-type': 'application/json', ...(tenant !== undefined && { 'x-scope-orgid': tenant }) },
    body: JSON.stringify({ streams: streamsOf(delivery, config, now) }),
  }
}

function pushUrl(address: string): string {
  const url = new URL(address)
  const path = url.pathname.replace(/\/+$/, '')
  url.pathname = path.endsWith(PUSH) ? path : `${path}${PUSH}`
  return url.href
}
