import type { Auth, DestinationConfig } from '../../shared/config/destination-config.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { SecretRef, Secrets } from '../../shared/contracts/http.ts'

/** What a header can carry: visible ASCII, with spaces inside only (RFC 9110, section 5.5). */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/

/**
 * The headers that the configuration adds to a destination's own: `headers`, and `authorization` from `auth`. White space
 * around a secret is dropped, which HTTP would do as well.
 *
 * @throws Fault `configuration-invalid`, naming header and secret, when the secret cannot stand in a header
 */
export function configuredHeaders(
  { headers, auth }: Pick<DestinationConfig, 'headers' | 'auth'>,
  secrets: Secrets,
): Record<string, string> {
  const resolved: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    resolved[name] = typeof value === 'string' ? value : secretInHeader(name, value, secrets)
  }
  if (auth !== undefined) resolved.authorization = authorization(auth, secrets)
  return resolved
}

function authorization(auth: Auth, secrets: Secrets): string {
  if (auth.kind === 'bearer') return `Bearer ${secretInHeader('authorization', auth.token, secrets)}`
  const username = typeof auth.username === 'string' ? auth.username : secrets(auth.username).trim()
  const password = secrets(auth.password).trim()
  // RFC 7617 leaves the encoding open; receivers read UTF-8.
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function secretInHeader(header: string, reference: SecretRef, secrets: Secrets): string {
  const value = secrets(reference).trim()
  if (HEADER_VALUE.test(value)) return value
  const found = value === '' ? 'nothing' : 'a line break or a character outside ASCII'
  const text = `Cannot send the header ${header}: found ${found} in the secret ${reference.secret}, wanted visible ASCII`
  throw new Fault('configuration-invalid', text)
}
