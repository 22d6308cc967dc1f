import { z } from 'zod'
import type { Delivery, Destination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import { outcome } from './axiom/outcome.ts'
import { oneLine } from './one-line.ts'
import { pieces } from './pieces.ts'
import { withRecord } from './with-record.ts'

/** https://axiom.co/docs/reference/edge-deployments */
const EDGES = {
  'us-east-1': 'https://us-east-1.aws.edge.axiom.co',
  'eu-central-1': 'https://eu-central-1.aws.edge.axiom.co',
}

const config = z.strictObject({
  dataset: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be the name of a dataset')
    .describe('the name of the dataset'),
  token: secretRef.describe('an API token that may ingest into the dataset'),
  edge: z
    .enum(['us-east-1', 'eu-central-1'])
    .default('us-east-1')
    .describe('the edge deployment that has the dataset; `url` may name another address'),
  record: z
    .enum(['object', 'text'])
    .default('object')
    .describe("how the vendor's record stands in the field `data`: as fields below it, or as text"),
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/**
 * Axiom takes 10,000 events in a request (https://axiom.co/docs/reference/limits); the bytes are what fits into a message
 * of the queue.
 */
const MAX_EVENTS = 10_000
const BATCH = { maxEvents: 5_000, maxBytes: 900_000 }

/** A text of more than 1 MB is replaced by `<invalid string: too long>`, and the event counts as ingested (ibid.). */
const MAX_FIELD_BYTES = 1_000_000
/** Below that, whatever 1 MB is. */
const MAX_PIECE_BYTES = 900_000

/**
 * Axiom: JSON, one event a line. No limit to the age of an event is documented. Axiom stores a repeat again.
 */
export const axiom: Destination<Config> = {
  type: 'axiom',
  config,
  batch: BATCH,
  maxEventsPerRequest: () => MAX_EVENTS,
  compression: 'gzip',
  auth: ({ token }) => ({ kind: 'bearer', token }),
  storesOnce: false,
  request,
  outcome,
}

function request(delivery: Delivery, { url, edge, dataset, record }: Config): HttpRequest {
  const lines = delivery.events.flatMap((event) => linesOf(event, delivery, record))
  return {
    method: 'POST',
    url: url ?? `${EDGES[edge]}/v1/ingest/${dataset}`,
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => `${line}\n`).join(''),
  }
}

/**
 * The lines that an event becomes: one, unless Axiom would replace a text in it. Names that begin with `_` are Axiom's own.
 */
function linesOf({ id, type, time, raw }: OutgoingEvent, { source }: Delivery, record: Config['record']): string[] {
  const head = { _time: time, id, type, source: source.id }
  if (Buffer.byteLength(raw) > MAX_FIELD_BYTES) {
    const parts = pieces(raw, MAX_PIECE_BYTES)
    return parts.map((text, index) => JSON.stringify({ ...head, part: index + 1, parts: parts.length, text }))
  }
  return [record === 'text' ? JSON.stringify({ ...head, data: raw }) : withRecord(head, 'data', oneLine(raw))]
}
