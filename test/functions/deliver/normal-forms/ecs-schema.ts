import { EcsFlat } from '@elastic/ecs'
import { z } from 'zod'

const field = z.object({
  type: z.string(),
  normalize: z.array(z.string()),
  required: z.boolean().optional(),
  allowed_values: z
    .array(z.object({ name: z.string(), expected_event_types: z.array(z.string()).optional() }))
    .optional(),
})

/** All fields of ECS 9.4.0, as Elastic publishes them. */
const fields = z.record(z.string(), field).parse(EcsFlat)
/** Names of objects that have fields in them: `user`, `user.target`. */
const sets = new Set(
  Object.keys(fields).flatMap((name) => name.split('.').map((_, n, keys) => keys.slice(0, n).join('.'))),
)
const topLevel = new Set(Object.keys(fields).map((name) => name.split('.')[0] ?? name))
const required = Object.keys(fields).filter((name) => fields[name]?.required === true)

type Field = z.infer<typeof field>

/**
 * Everything in which a document is not one of ECS 9.4.0, as "field: problem"; empty when it is one.
 *
 * @param own top-level objects that are not ECS' own; ECS lets one have them under names that it does not use itself
 */
export function ecsProblems(document: unknown, own: readonly string[]): string[] {
  if (!isObject(document)) return ['the document: no object']
  const missing = required.filter((name) => valueAt(document, name) === undefined).map((name) => `${name}: missing`)
  const members = Object.entries(document).flatMap(([name, value]) => {
    if (!own.includes(name)) return fieldProblems(name, value)
    const problem = topLevel.has(name) ? 'is a name of ECS' : isObject(value) ? undefined : 'no object'
    return problem === undefined ? [] : [`${name}: ${problem}`]
  })
  return [...missing, ...members, ...categoryProblems(document)]
}

function fieldProblems(name: string, value: unknown): string[] {
  const row = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (row === undefined) {
    if (!isObject(value)) return [`${name}: no such field`]
    if (!sets.has(name)) return [`${name}: no such field set`]
    if (Object.keys(value).length === 0) return [`${name}: empty`]
    return Object.entries(value).flatMap(([key, member]) => fieldProblems(`${name}.${key}`, member))
  }
  const isList = row.normalize.includes('array')
  if (isList !== Array.isArray(value)) return [`${name}: ${isList ? 'must be an array' : 'must not be an array'}`]
  const values = Array.isArray(value) ? value : [value]
  if (values.length === 0) return [`${name}: an empty array`]
  return values.flatMap((one) => valueProblems(name, one, row))
}

const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/

function valueProblems(name: string, value: unknown, { type, allowed_values: allowed }: Field): string[] {
  if (allowed !== undefined && !allowed.some((one) => one.name === value)) return [`${name}: ${value} is not allowed`]
  if (typeof value !== 'string' || value === '') return [`${name}: ${JSON.stringify(value)} is no ${type}`]
  switch (type) {
    case 'keyword':
    case 'wildcard':
    case 'match_only_text':
      return []
    case 'date':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) ? [] : [`${name}: no date`]
    case 'ip':
      return IPV4.test(value) || URL.canParse(`http://[${value}]/`) ? [] : [`${name}: ${value} is no address`]
    default:
      return [`${name}: the type ${type} is not expected here`]
  }
}

/** Each type must be one that ECS expects with one of the categories. */
function categoryProblems(document: Readonly<Record<string, unknown>>): string[] {
  const { category, type } = z
    .object({ category: z.array(z.string()).optional(), type: z.array(z.string()) })
    .parse(valueAt(document, 'event'))
  if (category === undefined) return []
  const rows = fields['event.category']?.allowed_values ?? []
  const expected = rows.filter(({ name }) => category.includes(name)).flatMap((row) => row.expected_event_types ?? [])
  return type.filter((one) => !expected.includes(one)).map((one) => `event.type: ${one} does not go with ${category}`)
}

function valueAt(document: Readonly<Record<string, unknown>>, name: string): unknown {
  return name.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), document)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
