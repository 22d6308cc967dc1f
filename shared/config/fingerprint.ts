import { createHash } from 'node:crypto'

const CHARACTERS = 22

/**
 * A short hash of a JSON-able value: the same for the same content whatever the order of the keys, and undefined members
 * count as absent. 22 characters of base64url, 132 bits.
 */
export function fingerprint(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)) ?? 'undefined')
    .digest('base64url')
    .slice(0, CHARACTERS)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
