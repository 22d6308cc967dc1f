import type { JsonSchema } from './json-schema.ts'
import { markdownTable } from './markdown-table.ts'

interface Row {
  readonly field: string
  readonly value: string
  readonly fallback: string
  readonly meaning: string
}

/** The fields of an object as a Markdown table, one row per field, with those of inner objects below theirs. */
export function fieldTable(schema: JsonSchema, without: readonly string[] = []): string {
  const rows = rowsOf(schema, '').filter(({ field }) => !without.includes(field))
  if (rows.length === 0) return 'It has no fields of its own.'
  const lines = rows.map(({ field, value, fallback, meaning }) => [`\`${field}\``, value, fallback, meaning])
  return markdownTable([['field', 'value', 'default', 'meaning'], ...lines])
}

function rowsOf(schema: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const row = {
      field: path,
      value: kindOf(field),
      fallback: fallbackOf(field, schema, name),
      meaning: meaningOf(field),
    }
    return [row, ...rowsBelow(field, path)]
  })
}

function rowsBelow(field: JsonSchema, path: string): Row[] {
  if (field.items !== undefined) return rowsBelow(field.items, `${path}[]`)
  const inner = typeof field.additionalProperties === 'object' ? rowsBelow(field.additionalProperties, `${path}.*`) : []
  return [...rowsOf(field, `${path}.`), ...inner, ...alternativesOf(field).flatMap((option) => rowsBelow(option, path))]
}

/** What may be written there. */
function kindOf(field: JsonSchema): string {
  if (field.$ref?.endsWith('SecretReference')) return 'secret'
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``
  if (field.enum !== undefined) return field.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  const options = alternativesOf(field)
  if (options.length > 0) return [...new Set(options.map(kindOf))].join(' or ')
  if (field.items !== undefined) return `list of ${kindOf(field.items)}`
  if (typeof field.additionalProperties === 'object') return `object of ${kindOf(field.additionalProperties)}`
  if (field.type === 'string')
    return field.pattern?.includes('ms|s|m|h|d') ? 'duration' : (FORMATS[field.format ?? ''] ?? 'text')
  if (field.type === 'integer' || field.type === 'number') return `number${rangeOf(field)}`
  return field.type === 'boolean' ? '`true`, `false`' : (field.type ?? 'any')
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'time',
  uuid: 'UUID',
  email: 'e-mail address',
  uri: 'URL',
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (minimum !== undefined && most !== undefined) return `, ${minimum} to ${most}`
  return minimum === undefined || minimum < 0 ? '' : `, ${minimum} or more`
}

function fallbackOf(field: JsonSchema, parent: JsonSchema, name: string): string {
  if (field.default !== undefined && JSON.stringify(field.default) !== '{}')
    return `\`${JSON.stringify(field.default)}\``
  return parent.required?.includes(name) ? 'required' : ''
}

function meaningOf({ description = '' }: JsonSchema): string {
  return description.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function alternativesOf(field: JsonSchema): readonly JsonSchema[] {
  return field.anyOf ?? field.oneOf ?? []
}
