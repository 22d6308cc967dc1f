import { z } from 'zod'
import { secretRef } from '../contracts/settings.ts'

type Schema = z.core.$ZodType
type Path = readonly PropertyKey[]

/** The schemas that a value at `path` may have: more than one below a union, none where nothing is known. */
function schemasAt(schema: Schema, path: Path): Schema[] {
  return path.reduce<Schema[]>((schemas, key) => schemas.flatMap((at) => childrenOf(at, key)), alternatives(schema))
}

/** The keys that an object at `path` may have. */
export function keysAt(schema: Schema, path: Path): string[] {
  return schemasAt(schema, path).flatMap((at) =>
    at instanceof z.core.$ZodObject ? Object.keys(at._zod.def.shape) : [],
  )
}

/** True where a reference to a secret may stand, or inside of one: what is found there may be a secret by mistake. */
export function nearSecret(schema: Schema, path: Path): boolean {
  return path.some((_, index) => schemasAt(schema, path.slice(0, index + 1)).some(isSecretRef))
}

/** True where nothing but a reference to a secret may stand. */
export function onlySecret(schema: Schema, path: Path): boolean {
  const schemas = schemasAt(schema, path)
  return schemas.length > 0 && schemas.every(isSecretRef)
}

/** What may stand there, in words: `a string or a reference to a secret`. */
export function wantedAt(schema: Schema, path: Path): string {
  return [...new Set(schemasAt(schema, path).map(wanted))].join(' or ')
}

/** `.describe()` and the like copy a schema and name the original as the parent. */
function isSecretRef(schema: Schema): boolean {
  for (let at: Schema | undefined = schema; at !== undefined; at = at._zod.parent) if (at === secretRef) return true
  return false
}

/** Takes the wrappers off: what must the value itself be, as it stands in the JSON? */
function alternatives(schema: Schema): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return alternatives(def.innerType)
    case 'pipe':
      return alternatives(def.in)
    case 'lazy':
      return alternatives(def.getter())
    case 'union':
      return def.options.flatMap(alternatives)
    default:
      return [schema]
  }
}

function childrenOf(schema: Schema, key: PropertyKey): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'object') {
    const member = def.shape[String(key)]
    return member === undefined ? [] : alternatives(member)
  }
  if (def.type === 'record') return alternatives(def.valueType)
  if (def.type === 'array') return alternatives(def.element)
  return []
}

function wanted(schema: Schema): string {
  if (isSecretRef(schema)) return 'a reference to a secret, {"secret": "<name>"}'
  const { def } = (schema as z.core.$ZodTypes)._zod
  const { description, pattern } = z.globalRegistry.get(schema) ?? {}
  if (pattern !== undefined && description !== undefined) return description
  if (def.type === 'enum') return Object.values(def.entries).map(quoted).join(', ')
  if (def.type === 'literal') return def.values.map(quoted).join(', ')
  return WORDS[def.type] ?? def.type
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
