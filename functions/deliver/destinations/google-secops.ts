import { z } from 'zod'
import type { Delivery, Destination, Outcome } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { eventIds, MOST_IDS } from './event-ids.ts'
import { jsonReply } from './json-reply.ts'
import { lineFormat, recordLines } from './record-line.ts'

const config = z.strictObject({
  url: httpsUrl.describe('the endpoint of the webhook feed, without a key in it'),
  apiKey: secretRef.describe('the API key of the Google Cloud project'),
  accessKey: secretRef.describe("the feed's own secret key"),
  format: lineFormat('raw'),
})

type Config = z.infer<typeof config>

/**
 * Google SecOps takes 4 MB per request (https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook); the bytes stay below
 * so that a message fits into the queue, and the events are as many as have room for their ids in a header.
 */
const BATCH = { maxEvents: MOST_IDS, maxBytes: 800_000 }

/**
 * A webhook feed of Google SecOps: a line for each event. Its parsers expect the vendor's own log, so by default nothing is added to a
 * line, and pollhook's ids stand in a header. It stores a repeat again.
 */
export const googleSecops: Destination<Config> = {
  type: 'google-secops',
  config,
  batch: BATCH,
  maxEventsPerRequest: ({ format }) => (format === 'raw' ? MOST_IDS : undefined),
  auth: ({ apiKey, accessKey }) => ({
    kind: 'header',
    name: 'x-goog-api-key',
    prefix: '',
    key: apiKey,
    second: { name: 'x-webhook-access-key', key: accessKey },
  }),
  storesOnce: false,
  request,
  outcome,
}

function request(delivery: Delivery, { url, format }: Config): HttpRequest {
  const headers = { 'content-type': 'application/json', ...(format === 'raw' && eventIds(delivery)) }
  return { method: 'POST', url, headers, body: recordLines(format, delivery) }
}

/**
 * What Google's codes mean beyond their status (https://docs.cloud.google.com/apis/design/errors#handling_errors): a key that is not
 * valid and a feed that is not ready are answered with 400, as a bad line is.
 */
const BY_CODE: Readonly<Record<string, 'retry' | 'hold'>> = {
  ABORTED: 'retry',
  CANCELLED: 'retry',
  FAILED_PRECONDITION: 'hold',
}

const answer = z.looseObject({
  error: z.looseObject({
    status: z.string().optional(),
    details: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  }),
})

function outcome({ status, body }: HttpResponse): Outcome {
  const general = outcomeOf(status)
  if (general.kind === 'delivered') return general
  const error = jsonReply(body, answer)?.error
  const code = [...(error?.details ?? []).map(({ reason }) => reason), error?.status].find(isCode)
  if (code === undefined) return general
  const reason = `the receiver answered ${status}: ${code}`
  if (code.startsWith('API_KEY_')) return { kind: 'hold', reason }
  const known = error?.status ?? ''
  const kind = Object.hasOwn(BY_CODE, known) ? BY_CODE[known] : undefined
  return kind === undefined ? { ...general, reason } : { kind, reason }
}

function isCode(text: string | undefined): text is string {
  return text !== undefined && /^[A-Z_]{1,60}$/.test(text)
}
