import { z } from 'zod'
import type { Delivery, Destination } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { httpsUrl } from '../../../shared/contracts/settings.ts'
import { FORMAT_NAMES, FORMATS } from './webhook/body.ts'
import { signatureHeaders, signing } from './webhook/signing.ts'

const config = z.strictObject({
  url: httpsUrl.describe('where events are posted; https only'),
  format: z
    .enum(FORMAT_NAMES)
    .default('standard')
    .describe('how events stand in the request; array, ndjson and cloudevents-batch carry any number, the others one'),
  signing: signing.optional().describe('how the receiver can tell that a request is yours'),
})

type Config = z.infer<typeof config>

/** 240 KiB: as large as the message that an event comes in costs the same per byte (SQS bills chunks of 64 KiB). */
const MAX_BYTES = 245_760

/**
 * Any HTTPS endpoint, spoken to in Standard Webhooks 1.0 (https://www.standardwebhooks.com): the same `webhook-id` on every
 * attempt, the attempt's own `webhook-timestamp`, and a signature over id, timestamp and body.
 */
export const webhook: Destination<Config> = {
  type: 'webhook',
  config,
  batch: { maxEvents: 1, maxBytes: MAX_BYTES },
  storesOnce: false,
  keepsOrder: true,
  maxEventsPerRequest: ({ format }) => (FORMATS[format].many ? undefined : 1),
  request,
  outcome: ({ status }) => outcomeOf(status),
}

function request(delivery: Delivery, { url, format, signing }: Config, secrets: Secrets, now: Date): HttpRequest {
  const { contentType, write, headers: more } = FORMATS[format]
  const body = write(delivery)
  const timestampSeconds = Math.floor(now.getTime() / 1000)
  const headers = {
    ...more?.(delivery),
    'content-type': contentType,
    'webhook-id': delivery.id,
    'webhook-timestamp': String(timestampSeconds),
    'pollhook-source': delivery.source.id,
  }
  if (signing === undefined) return { method: 'POST', url, headers, body }
  const signature = signatureHeaders(signing, { id: delivery.id, timestampSeconds, body }, secrets)
  return { method: 'POST', url, headers: { ...headers, ...signature }, body }
}
