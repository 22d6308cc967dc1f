import { z } from 'zod'
import { secretRef } from '../contracts/settings.ts'

/** A field name: token of RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Printable ASCII, with single spaces or tabs inside only (RFC 9110, section 5.5, without obs-text). */
const VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/

/** What pollhook or HTTP itself sets; another value would break the request, its framing or its signature. */
const RESERVED = new Set(
  `accept-encoding connection content-encoding content-length content-type expect host http2-settings keep-alive te trailer
   transfer-encoding upgrade user-agent`.split(/\s+/),
)
const RESERVED_PREFIXES = ['webhook-', 'pollhook-', 'proxy-', 'sec-', ':']

/** Their value is a credential, so it is never written into a configuration. */
const CREDENTIAL = new RegExp(
  '^(authorization|cookie|x-auth)$' +
    '|(^|[-_])(secret|password|token|(api|auth|access|functions|ingest|license|subscription)[-_]?key)$',
)

const name = z
  .string()
  .regex(TOKEN, "must be a header name of letters, digits and any of !#$%&'*+-.^_`|~")
  .refine((text) => !isReserved(text.toLowerCase()), 'is set by pollhook itself and cannot be configured')

const value = z.union([z.string().regex(VALUE, 'must be printable ASCII without spaces around it'), secretRef])

/** Headers that a request carries besides its own. Names become lower case; no name twice. */
export const headers = z
  .record(name, value)
  .superRefine((read, context) => {
    const seen = new Set<string>()
    for (const [key, content] of Object.entries(read)) {
      const lower = key.toLowerCase()
      const issue = (message: string) => context.addIssue({ code: 'custom', message, path: [key], input: content })
      if (seen.has(lower)) issue('is there twice, in upper and lower case')
      if (typeof content === 'string' && CREDENTIAL.test(lower)) {
        issue('is a credential and must be a reference to a secret, {"secret": "<name>"}')
      }
      seen.add(lower)
    }
  })
  .transform((read) => Object.fromEntries(Object.entries(read).map(([key, content]) => [key.toLowerCase(), content])))

function isReserved(lower: string): boolean {
  return RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))
}
