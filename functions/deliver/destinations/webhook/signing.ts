import { createHmac, sign } from 'node:crypto'
import { z } from 'zod'
import type { Secrets } from '../../../../shared/contracts/http.ts'
import { secretRef } from '../../../../shared/contracts/settings.ts'
import { signingKey, textKey } from './signing-key.ts'

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Headers that mean something else, to HTTP or to the receiver. */
const TAKEN =
  /^(content-.*|pollhook-.*|ce-.*|webhook-(id|timestamp)|accept-encoding|connection|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent)$/i

const PRINTABLE = /^[\x20-\x7e]*$/

const header = z
  .string()
  .regex(HEADER_NAME, 'must be the name of a header')
  .refine((name) => !TAKEN.test(name), 'is set by pollhook itself and cannot hold a signature')

const standardWebhooks = z.strictObject({
  scheme: z.literal('standard-webhooks').describe('of id, time and body, in `webhook-signature`'),
  keys: z
    .array(secretRef)
    .min(1)
    .describe('each key (whsec_… signs as v1, whsk_… as v1a) adds a signature; two of them are how a key is changed'),
})

const hmac = z.strictObject({
  scheme: z.literal('hmac').describe('of the body alone, as GitHub has it'),
  secret: secretRef.describe('the key, used as it stands'),
  header: header.describe('such as X-Hub-Signature-256'),
  prefix: z.string().regex(PRINTABLE, 'must be printable ASCII').default('').describe('such as sha256='),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
})

const stripe = z.strictObject({
  scheme: z.literal('stripe').describe('of time and body, as Stripe has it'),
  keys: z
    .array(secretRef)
    .min(1)
    .describe('each key, used as it stands, adds a `v1=`; two of them are how a key is changed'),
  header: header.default('Stripe-Signature').describe('the header of `t=…,v1=…`'),
})

export const signing = z.discriminatedUnion('scheme', [standardWebhooks, hmac, stripe])
export type Signing = z.infer<typeof signing>

/** What is signed: one attempt, with the very characters of its body. */
interface Attempt {
  readonly id: string
  readonly timestampSeconds: number
  readonly body: string
}

/**
 * The headers that prove where a request comes from.
 *
 * @throws Fault `configuration-invalid`, naming the secret, when it is not a key
 */
export function signatureHeaders(config: Signing, attempt: Attempt, secrets: Secrets): Record<string, string> {
  switch (config.scheme) {
    case 'standard-webhooks':
      return standardWebhooksHeader(config, attempt, secrets)
    case 'hmac':
      return hmacHeader(config, attempt, secrets)
    case 'stripe':
      return stripeHeader(config, attempt, secrets)
  }
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-signature */
function standardWebhooksHeader(
  { keys }: z.infer<typeof standardWebhooks>,
  { id, timestampSeconds, body }: Attempt,
  secrets: Secrets,
): Record<string, string> {
  const content = `${id}.${timestampSeconds}.${body}`
  const signatures = keys.map((reference) => {
    const { version, key } = signingKey(reference, secrets(reference))
    return version === 'v1'
      ? `v1,${createHmac('sha256', key).update(content).digest('base64')}`
      : `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`
  })
  // Single spaces and nothing else: the official Python verifier fails on an empty item.
  return { 'webhook-signature': signatures.join(' ') }
}

/**
 * Of the kind that GitHub sends: over the body alone. Its header has room for one value, so a key cannot be changed without a
 * moment in which one side has the old one (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
 */
function hmacHeader(
  { secret, header, prefix, encoding, algorithm }: z.infer<typeof hmac>,
  { body }: Attempt,
  secrets: Secrets,
): Record<string, string> {
  const key = textKey(secret, secrets(secret))
  return { [header.toLowerCase()]: `${prefix}${createHmac(algorithm, key).update(body).digest(encoding)}` }
}

/** Of the kind that Stripe sends: over time and body (https://docs.stripe.com/webhooks/signature#verify-manually). */
function stripeHeader(
  { keys, header }: z.infer<typeof stripe>,
  { timestampSeconds, body }: Attempt,
  secrets: Secrets,
): Record<string, string> {
  const signatures = keys.map((reference) => {
    const key = textKey(reference, secrets(reference))
    return `v1=${createHmac('sha256', key).update(`${timestampSeconds}.${body}`).digest('hex')}`
  })
  return { [header.toLowerCase()]: `t=${timestampSeconds},${signatures.join(',')}` }
}
