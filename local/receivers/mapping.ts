type Kind = 'object' | 'long' | 'boolean' | 'text'

/** Fields by path, as an index maps them when their first value arrives. */
export type Mapping = Map<string, Kind>

/**
 * Dynamic mapping, as far as it refuses documents: a field keeps the kind of its first value
 * (https://www.elastic.co/docs/manage-data/data-store/mapping/dynamic-field-mapping).
 *
 * @param flattened top-level fields whose content is not mapped
 * @returns the reason for which the document is refused, in the engine's words; undefined when it fits, and then its fields are known
 */
export function mapped(mapping: Mapping, document: object, flattened: readonly string[]): string | undefined {
  const known = new Map(mapping)
  const problem = walk(known, document, '', flattened)
  if (problem !== undefined) return problem
  for (const [path, kind] of known) mapping.set(path, kind)
  return undefined
}

function walk(mapping: Mapping, value: object, prefix: string, flattened: readonly string[]): string | undefined {
  for (const [key, member] of Object.entries(value)) {
    const path = `${prefix}${key}`
    if (flattened.includes(path) || member === null) continue
    for (const one of Array.isArray(member) ? member : [member]) {
      const problem = conflict(mapping, path, one)
      if (problem !== undefined) return problem
      const inner = kindOf(one) === 'object' ? walk(mapping, one, `${path}.`, []) : undefined
      if (inner !== undefined) return inner
    }
  }
  return undefined
}

function conflict(mapping: Mapping, path: string, value: unknown): string | undefined {
  const [kind, found] = [mapping.get(path), kindOf(value)]
  if (kind === undefined) mapping.set(path, found)
  if (kind === undefined || kind === found) return undefined
  if (found === 'object') return `failed to parse field [${path}] of type [${kind}]`
  if (kind === 'object')
    return `object mapping for [${path}] tried to parse field [${path}] as object, but found a concrete value`
  // Text takes anything, and numbers take text that looks like one.
  if (kind === 'text' || (kind === 'long' && !Number.isNaN(Number(value)))) return undefined
  return `failed to parse field [${path}] of type [${kind}]`
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'object') return 'object'
  if (typeof value === 'number') return 'long'
  return typeof value === 'boolean' ? 'boolean' : 'text'
}
