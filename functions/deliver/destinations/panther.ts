import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Auth } from '../../../shared/contracts/auth.ts'
import type { Delivery, Destination } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { httpsUrl, secretRef } from '../../../shared/contracts/settings.ts'
import { eventIds, MOST_IDS } from './event-ids.ts'
import { lineFormat, recordLines } from './record-line.ts'
import { textKey } from './webhook/signing-key.ts'

/** Headers that mean something else. */
const TAKEN = /^(authorization|content-.*|pollhook-.*|host|connection|transfer-encoding|user-agent|accept-encoding)$/i

const header = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .refine((name) => !TAKEN.test(name), 'is set by pollhook itself')

const sharedSecret = z.strictObject({
  header: header.describe("the header's name, as it stands in Panther"),
  secret: secretRef.describe('the shared secret'),
})

const hmac = z.strictObject({
  header: header.describe("the header's name, as it stands in Panther"),
  secret: secretRef.describe('the secret key, used as it stands'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256').describe('how the body is hashed'),
  encoding: z.enum(['hex', 'base64']).default('hex').describe('how the hash is written'),
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
    .default('')
    .describe('what stands before the hash'),
})

const fields = z.strictObject({
  url: httpsUrl.describe('the URL that Panther shows for the HTTP source'),
  format: lineFormat('raw'),
  sharedSecret: sharedSecret.optional().describe('a header with a secret, which Panther calls shared secret'),
  hmac: hmac
    .optional()
    .describe('a hash of the body with a key; needs `compression` to be `none`, as it is by default'),
})

const config = fields.refine(({ sharedSecret, hmac }) => sharedSecret === undefined || hmac === undefined, {
  message: 'must not be there beside sharedSecret',
  path: ['hmac'],
})

type Config = z.infer<typeof config>

/**
 * Panther takes 1 MB per request, headers included (https://docs.panther.com/data-onboarding/data-transports/http#maximum-size). What is
 * left over is for line feeds, what stands around the records in an envelope, and headers with the ids of as many events.
 */
const BATCH = { maxEvents: MOST_IDS, maxBytes: 900_000 }

/**
 * An HTTP source of Panther: a line for each event. Its detections are written against the vendor's own records, so by default nothing
 * is added to a line, and pollhook's ids stand in a header. It stores a repeat again.
 */
export const panther: Destination<Config> = {
  type: 'panther',
  config,
  batch: BATCH,
  maxEventsPerRequest: ({ format }) => (format === 'raw' ? MOST_IDS : undefined),
  auth: authOf,
  storesOnce: false,
  request,
  outcome: ({ status }) => outcomeOf(status),
}

function authOf({ sharedSecret }: Config): Auth | undefined {
  if (sharedSecret === undefined) return undefined
  return { kind: 'header', name: sharedSecret.header.toLowerCase(), prefix: '', key: sharedSecret.secret }
}

function request(delivery: Delivery, { url, format, hmac }: Config, secrets: Secrets): HttpRequest {
  const body = recordLines(format, delivery)
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(format === 'raw' && eventIds(delivery)),
    ...(hmac && signature(hmac, body, secrets)),
  }
  return { method: 'POST', url, headers, body }
}

function signature(
  { header, secret, algorithm, encoding, prefix }: z.infer<typeof hmac>,
  body: string,
  secrets: Secrets,
): Record<string, string> {
  const hash = createHmac(algorithm, textKey(secret, secrets(secret)))
    .update(body)
    .digest(encoding)
  return { [header.toLowerCase()]: `${prefix}${hash}` }
}
