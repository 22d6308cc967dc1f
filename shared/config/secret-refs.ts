import type { SecretRef } from '../contracts/http.ts'

/**
 * All secrets that a validated configuration refers to, each once. Only an object whose single member is `secret` is a
 * reference, which the schemas guarantee.
 */
export function secretRefs(config: unknown): SecretRef[] {
  return [...new Set(names(config))].map((secret) => ({ secret }))
}

function names(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const members: [string, unknown][] = Object.entries(value)
  const [[key, name] = []] = members
  if (members.length === 1 && key === 'secret' && typeof name === 'string') return [name]
  return members.flatMap(([, member]) => names(member))
}
