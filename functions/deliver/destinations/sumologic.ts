import { z } from 'zod'
import type { Delivery, Destination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import { fromMs, toMs } from '../../../shared/contracts/time.ts'
import { oneLine } from './one-line.ts'
import { pieces } from './pieces.ts'
import { secretUrl } from './secret-url.ts'
import { withRecord } from './with-record.ts'

const headerText = z.string().regex(/^[\x21-\x7e]([\x20-\x7e]{0,1022}[\x21-\x7e])?$/, 'must be printable ASCII')
const fieldName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, 'must be the name of a field')
/** Fields stand in a header as `name=value,name=value`. */
const fieldValue = headerText.regex(/^[^,=]+$/, 'must have no comma and no equals sign')

const config = z.strictObject({
  endpoint: secretRef.describe("the HTTP source's address, which is its credential"),
  name: headerText.optional().describe('`_sourceName`; default as the HTTP source says'),
  host: headerText.optional().describe('`_sourceHost`; default as the HTTP source says'),
  category: headerText.optional().describe('`_sourceCategory`; default as the HTTP source says'),
  fields: z
    .record(fieldName, fieldValue)
    .default({})
    .describe('fields of every event, such as `{"environment": "prod"}`; they must exist in Sumo Logic'),
})

type Config = z.infer<typeof config>

/**
 * "Up to but not exceeding 1MB of uncompressed data"
 * (https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/logs-metrics/#data-payload-considerations);
 * what stands around 1,000 records is less than 250,000 bytes.
 */
const BATCH = { maxEvents: 1_000, maxBytes: 750_000 }

/**
 * A message of more than 64 KB is sliced
 * (https://www.sumologic.com/help/docs/search/get-started-with-search/search-basics/search-large-messages/); a slice is not
 * JSON, and has no id.
 */
const MAX_LINE_BYTES = 65_536
/** As text a piece takes up to twice that; the rest is for what stands around it. */
const MAX_PIECE_BYTES = 32_000

/** https://www.sumologic.com/help/docs/send-data/reference-information/time-reference/#timestamp-considerations */
const ONE_DAY_MS = 86_400_000

/** An HTTP Logs and Metrics source of Sumo Logic: JSON, one event a line. It stores a repeat again. */
export const sumologic: Destination<Config> = {
  type: 'sumologic',
  config,
  batch: BATCH,
  compression: 'gzip',
  ageLimit: () => ({
    maxAgeMs: ONE_DAY_MS,
    effect:
      'Sumo Logic may show them at the time of their arrival, unless the HTTP source has a timestamp format of its own; their own time is in timestamp',
  }),
  storesOnce: false,
  request,
  // 408 is documented as "accepted, but timed out processing", after which part of the data may be missing: sent again.
  outcome: ({ status }) => outcomeOf(status),
}

function request(
  delivery: Delivery,
  { endpoint, name, host, category, fields }: Config,
  secrets: Secrets,
): HttpRequest {
  const fieldPairs = Object.entries(fields).map(([field, value]) => `${field}=${value}`)
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(name !== undefined && { 'x-sumo-name': name }),
    ...(host !== undefined && { 'x-sumo-host': host }),
    ...(category !== undefined && { 'x-sumo-category': category }),
    ...(fieldPairs.length > 0 && { 'x-sumo-fields': fieldPairs.join(',') }),
  }
  const lines = delivery.events.flatMap((event) => linesOf(event, delivery))
  return { method: 'POST', url: secretUrl(endpoint, secrets), headers, body: lines.map((line) => `${line}\n`).join('') }
}

/** The lines that an event becomes: one, unless Sumo Logic would slice it. */
function linesOf({ id, type, time, raw }: OutgoingEvent, { source }: Delivery): string[] {
  // Sumo Logic takes the leftmost timestamp of a line, and the formats that it knows end at milliseconds.
  const head = { timestamp: fromMs(toMs(time)), id, type, source: source.id }
  const line = withRecord(head, 'data', oneLine(raw))
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return [line]
  const parts = pieces(raw, MAX_PIECE_BYTES)
  return parts.map((text, index) => JSON.stringify({ ...head, part: index + 1, parts: parts.length, text }))
}
