import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Auth } from '../../shared/contracts/auth.ts'
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
  return { ...resolved, ...(auth !== undefined && credential(auth, secrets)) }
}

function credential(auth: Auth, secrets: Secrets): Record<string, string> {
  switch (auth.kind) {
    case 'bearer':
      return { authorization: `Bearer ${secretInHeader('authorization', auth.token, secrets)}` }
    case 'basic':
      return { authorization: basic(auth, secrets) }
    case 'header':
      return {
        [auth.name]: `${auth.prefix}${secretInHeader(auth.name, auth.key, secrets)}`,
        ...(auth.second && { [auth.second.name]: secretInHeader(auth.second.name, auth.second.key, secrets) }),
      }
    case 'oauth2':
    case 'aws':
      return {}
  }
}

function basic({ username, password }: Extract<Auth, { kind: 'basic' }>, secrets: Secrets): string {
  const user = typeof username === 'string' ? username : secrets(username).trim()
  // RFC 7617 leaves the encoding open; receivers read UTF-8.
  return `Basic ${Buffer.from(`${user}:${secrets(password).trim()}`).toString('base64')}`
}

function secretInHeader(header: string, reference: SecretRef, secrets: Secrets): string {
  const value = secrets(reference).trim()
  if (HEADER_VALUE.test(value)) return value
  const found = value === '' ? 'nothing' : 'a line break or a character outside ASCII'
  const text = `Cannot send the header ${header}: found ${found} in the secret ${reference.secret}, wanted visible ASCII`
  throw new Fault('configuration-invalid', text)
}
