import { fingerprint } from '../shared/config/fingerprint.ts'
import { readJson } from '../shared/config/json-text.ts'

/** What becomes of one parameter. */
export interface Difference {
  /** `sources/<id>`, `destinations/<id>` or `secrets/<name>`. */
  readonly name: string
  /** `kept`: it is in Parameter Store alone and stays there. */
  readonly kind: 'added' | 'changed' | 'unchanged' | 'removed' | 'kept'
  /** For people: the fields that differ, never their values. */
  readonly fields: readonly string[]
}

/** Compares the texts of one folder with the parameters that exist, both by name; in the order of the names. */
export function differences(
  wanted: ReadonlyMap<string, string>,
  existing: ReadonlyMap<string, string>,
  prune: boolean,
): Difference[] {
  const names = [...new Set([...wanted.keys(), ...existing.keys()])].sort()
  return names.map((name) => {
    const [after, before] = [wanted.get(name), existing.get(name)]
    if (after === undefined) return { name, kind: prune ? 'removed' : 'kept', fields: [] }
    if (before === undefined) return { name, kind: 'added', fields: [] }
    if (before === after || same(before, after)) return { name, kind: 'unchanged', fields: [] }
    return { name, kind: 'changed', fields: changedFields(before, after) }
  })
}

/** The same JSON, however it is laid out. */
function same(before: string, after: string): boolean {
  const [a, b] = [fieldsOf(before), fieldsOf(after)]
  return a !== undefined && b !== undefined && fingerprint(a) === fingerprint(b)
}

function changedFields(before: string, after: string): string[] {
  const [a, b] = [fieldsOf(before) ?? {}, fieldsOf(after) ?? {}]
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return names.filter((name) => fingerprint(a[name]) !== fingerprint(b[name]))
}

/** Undefined for what is not a JSON object, such as a secret. */
function fieldsOf(text: string): Record<string, unknown> | undefined {
  const json = readJson(text)
  if ('problem' in json || typeof json.value !== 'object' || json.value === null) return undefined
  return { ...json.value }
}
