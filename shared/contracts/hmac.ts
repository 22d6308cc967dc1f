import { createHmac } from 'node:crypto'

/** HMAC-SHA256 as raw bytes, for vendors whose requests are signed. A string is taken as UTF-8. */
export function hmacSha256(key: string | Uint8Array, message: string | Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest()
}
