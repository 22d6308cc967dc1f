import { z } from 'zod'
import { Fault } from '../../shared/contracts/fault.ts'
import type { HttpResponse } from '../../shared/contracts/http.ts'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { retryAfter } from '../../shared/http/retry-after.ts'

/** An access token and how long it may be used. */
export interface Token {
  readonly value: string
  readonly usableMs: number
}

/** How long a token is used of which nothing is said. A receiver that rejects it earlier gets another one. */
const UNSAID_SECONDS = 300

/** So long before its end a token is not used any more: a request is on its way for a while, and clocks differ. */
const MARGIN_MS = 60_000

/** RFC 6749, section 5.1. Some servers write the number as text. */
const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().default('bearer'),
  expires_in: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).default(UNSAID_SECONDS),
})

/** RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5; RFC 8707, section 2; `invalid_resource` is Entra's. No other word is repeated. */
const refusal = z.object({
  error: z.enum([
    'access_denied',
    'invalid_client',
    'invalid_grant',
    'invalid_request',
    'invalid_resource',
    'invalid_scope',
    'invalid_target',
    'server_error',
    'slow_down',
    'temporarily_unavailable',
    'unauthorized_client',
    'unsupported_grant_type',
  ]),
})

/** The secret is wrong, or the key: another one may be right. Google says `invalid_grant` of a key that it does not know. */
const OF_THE_CREDENTIAL = ['invalid_client', 'invalid_grant', 'unauthorized_client']
const PASSING = ['server_error', 'slow_down', 'temporarily_unavailable']
const PASSING_STATUSES = [408, 425, 429]

/**
 * Reads the answer to the request for a token.
 *
 * @param host as it is named in an error
 * @throws Fault `throttled`, `vendor-error`, `unexpected-answer`: it may be different in a while; `unauthorized`: the credential is
 *   wrong; `request-rejected`: something else of the configuration is. Of the answer the status and the OAuth error code are named
 */
export function readToken({ status, headers, body }: HttpResponse, host: string, now: Date): Token {
  const json = jsonIn(body)
  const error = refusal.safeParse(json).data?.error
  if (status < 200 || status > 299 || error !== undefined) {
    const found = `found status ${status}${error === undefined ? '' : ` (${error})`}`
    throw refused(status, error, `${tokenWanted(host)}: ${found}, wanted a token`, retryAfter(headers, now))
  }
  const { success, data } = granted.safeParse(json)
  if (!success)
    throw new Fault('unexpected-answer', `${tokenWanted(host)}: found status ${status} without a usable one`)
  if (data.token_type.toLowerCase() !== 'bearer') {
    throw new Fault('request-rejected', `${tokenWanted(host)}: found one of another type, wanted a bearer token`)
  }
  const lifeMs = data.expires_in * 1_000
  return { value: data.access_token, usableMs: lifeMs - Math.min(MARGIN_MS, lifeMs / 5) }
}

/** How every error about a token begins. */
export function tokenWanted(host: string): string {
  return `Cannot get an access token from ${host}`
}

function refused(status: number, error: string | undefined, text: string, notBefore: Date | undefined): Fault {
  const isPassing = status >= 500 || PASSING_STATUSES.includes(status) || PASSING.includes(error ?? '')
  if (isPassing && notBefore !== undefined) return new Fault('throttled', text, { notBefore })
  if (isPassing) return new Fault('vendor-error', text)
  const isCredential = status === 401 || status === 403 || OF_THE_CREDENTIAL.includes(error ?? '')
  return new Fault(isCredential ? 'unauthorized' : 'request-rejected', text)
}
