import { createHmac, sign } from 'node:crypto'
import { z } from 'zod'
import type { Secrets } from '../../../../shared/contracts/http.ts'
import { secretRef } from '../../../../shared/contracts/settings.ts'
import { signingKey, textKey } from './signing-key.ts'

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Headers that mean something else, to HTTP or to the receiver. */
const TAKEN =
  /^(content-.*|pollhook-.*|webhook-(id|timestamp)|accept-encoding|connection|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent)$/i

const PRINTABLE = /^[\x20-\x7e]*$/

const standardWebhooks = z.strictObject({
  scheme: z.literal('standard-webhooks'),
  keys: z
    .array(secretRef)
    .min(1)
    .describe('each key (whsec_… signs as v1, whsk_… as v1a) adds a signature; two of them are how a key is changed'),
})

const hmac = z.strictObject({
  scheme: z.literal('hmac'),
  secret: secretRef,
  header: z
    .string()
    .regex(HEADER_NAME, 'must be the name of a header')
    .refine((name) => !TAKEN.test(name), 'is set by pollhook itself and cannot hold a signature')
    .describe('such as X-Hub-Signature-256'),
  prefix: z.string().regex(PRINTABLE, 'must be printable ASCII').default('').describe('such as sha256='),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
})

export const signing = z.union([standardWebhooks, hmac])
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
  if (config.scheme === 'hmac') return hmacHeader(config, attempt, secrets)
  const content = `${attempt.id}.${attempt.timestampSeconds}.${attempt.body}`
  const signatures = config.keys.map((reference) => {
    const key = signingKey(reference, secrets(reference))
    return key.version === 'v1'
      ? `v1,${createHmac('sha256', key.key).update(content).digest('base64')}`
      : `v1a,${sign(null, Buffer.from(content), key.key).toString('base64')}`
  })
  // Single spaces and nothing else: the official Python verifier fails on an empty item.
  return { 'webhook-signature': signatures.join(' ') }
}

/** Of the kind that GitHub sends: over the body alone. */
function hmacHeader(config: z.infer<typeof hmac>, { body }: Attempt, secrets: Secrets): Record<string, string> {
  const digest = createHmac(config.algorithm, textKey(secrets(config.secret)))
    .update(body)
    .digest(config.encoding)
  return { [config.header.toLowerCase()]: `${config.prefix}${digest}` }
}
