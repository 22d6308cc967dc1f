import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const attribute = z.strictObject({
  type: z.string(),
  requirement: z.enum(['required', 'recommended', 'optional']),
  object_type: z.string().optional(),
  is_array: z.literal(true).optional(),
  profiles: z.array(z.string()).optional(),
  enum: z.record(z.string(), z.string()).optional(),
})

const constraints = z.strictObject({
  at_least_one: z.array(z.string()).optional(),
  just_one: z.array(z.string()).optional(),
})

const shape = z.object({ constraints, attributes: z.record(z.string(), attribute) })

const schema = z
  .strictObject({
    version: z.literal('1.8.0'),
    types: z.record(
      z.string(),
      z.strictObject({
        type: z.string().optional(),
        regex: z.string().optional(),
        max_len: z.number().optional(),
        range: z.tuple([z.number(), z.number()]).optional(),
      }),
    ),
    classes: z.record(
      z.string(),
      shape.extend({
        name: z.string(),
        caption: z.string(),
        category_uid: z.number(),
        category_name: z.string(),
        profiles: z.array(z.string()),
      }),
    ),
    objects: z.record(z.string(), shape),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../../fixtures/ocsf/ocsf-1.8.0.json'), 'utf8')))

type Attribute = z.infer<typeof attribute>
type Shape = z.infer<typeof shape>

/**
 * Everything in which an event is not one of OCSF 1.8.0, as "path: problem"; empty when it is one. Stricter than the schema in this:
 * what the schema gives names to must have those names.
 */
export function ocsfProblems(event: unknown): string[] {
  if (!isObject(event)) return ['the event: no object']
  const row = schema.classes[String(event.class_uid)]
  if (row === undefined) return [`class_uid: ${event.class_uid} is not in the fixture`]
  const { metadata } = event
  const profiles = isObject(metadata) && Array.isArray(metadata.profiles) ? metadata.profiles.map(String) : []
  const unknown = profiles.filter((profile) => !row.profiles.includes(profile))
  return [
    ...unknown.map((profile) => `metadata.profiles: ${profile} is none of the class`),
    ...shapeProblems('', event, row, profiles),
    ...nameProblems(event, row),
    ...(isObject(metadata) && metadata.version === schema.version ? [] : ['metadata.version: not 1.8.0']),
  ]
}

function shapeProblems(
  path: string,
  value: Readonly<Record<string, unknown>>,
  { attributes, constraints }: Shape,
  profiles: readonly string[],
): string[] {
  const applies = ({ profiles: of }: Attribute) => of === undefined || of.some((profile) => profiles.includes(profile))
  const at = (name: string) => (path === '' ? name : `${path}.${name}`)
  const missing = Object.entries(attributes)
    .filter(([name, row]) => row.requirement === 'required' && applies(row) && value[name] === undefined)
    .map(([name]) => `${at(name)}: missing`)
  const found = Object.entries(value).flatMap(([name, member]) => {
    const row = Object.hasOwn(attributes, name) ? attributes[name] : undefined
    if (row === undefined) return [`${at(name)}: no such attribute`]
    if (!applies(row)) return [`${at(name)}: is of the profile ${row.profiles}, which is not declared`]
    return attributeProblems(at(name), member, row, profiles)
  })
  const has = (name: string) => value[name] !== undefined
  const { at_least_one: some, just_one: one } = constraints
  const broken = [
    ...(some === undefined || some.some(has) ? [] : [`${path || 'the event'}: has none of ${some}`]),
    ...(one === undefined || one.filter(has).length === 1 ? [] : [`${path || 'the event'}: not just one of ${one}`]),
  ]
  return [...missing, ...found, ...broken]
}

function attributeProblems(path: string, value: unknown, row: Attribute, profiles: readonly string[]): string[] {
  if (row.is_array !== true) return valueProblems(path, value, row, profiles)
  if (!Array.isArray(value)) return [`${path}: no array`]
  if (value.length === 0) return [`${path}: an empty array`]
  return value.flatMap((element, index) => valueProblems(`${path}[${index}]`, element, row, profiles))
}

function valueProblems(path: string, value: unknown, row: Attribute, profiles: readonly string[]): string[] {
  if (row.enum !== undefined && !Object.hasOwn(row.enum, String(value))) return [`${path}: ${value} is no such value`]
  if (row.type !== 'object_t') return scalarProblems(path, value, row.type)
  if (!isObject(value)) return [`${path}: no object`]
  // The generic object: whatever the vendor has.
  if (row.object_type === 'object') return []
  const shape = schema.objects[row.object_type ?? '']
  if (shape === undefined) return [`${path}: the object ${row.object_type} is not in the fixture`]
  return shapeProblems(path, value, shape, profiles)
}

function scalarProblems(path: string, value: unknown, type: string): string[] {
  const row = schema.types[type]
  if (row === undefined) return [`${path}: the type ${type} is not in the fixture`]
  const fits = {
    string_t: typeof value === 'string' && value !== '',
    integer_t: Number.isSafeInteger(value),
    long_t: Number.isSafeInteger(value),
    boolean_t: typeof value === 'boolean',
    float_t: typeof value === 'number',
    json_t: true,
  }[row.type ?? type]
  if (row.type !== undefined && row.type !== 'string_t') return scalarProblems(path, value, row.type)
  if (fits !== true) return [`${path}: ${JSON.stringify(value)} is no ${type}`]
  const text = String(value)
  const [least, most] = row.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return [
    ...(row.regex === undefined || new RegExp(row.regex).test(text) ? [] : [`${path}: ${text} does not match ${type}`]),
    ...(row.max_len === undefined || text.length <= row.max_len ? [] : [`${path}: longer than ${row.max_len}`]),
    ...(row.range === undefined || (Number(value) >= least && Number(value) <= most) ? [] : [`${path}: out of range`]),
  ]
}

/** Ids and the names beside them; `type_uid` is class and activity. */
function nameProblems(event: Readonly<Record<string, unknown>>, row: (typeof schema.classes)[string]): string[] {
  const { class_uid, activity_id, activity_name, status_id, status, severity_id, severity } = event
  const nameIn = (name: string, id: unknown) => row.attributes[name]?.enum?.[String(id)]
  const wanted: readonly (readonly [path: string, found: unknown, wanted: unknown])[] = [
    ['type_uid', event.type_uid, Number(class_uid) * 100 + Number(activity_id)],
    ['type_name', event.type_name, nameIn('type_uid', event.type_uid)],
    ['class_name', event.class_name, row.caption],
    ['category_uid', event.category_uid, row.category_uid],
    ['category_name', event.category_name, row.category_name],
    ['activity_name', activity_name, activity_id === 99 ? activity_name : nameIn('activity_id', activity_id)],
    ['status', status, status_id === 99 ? status : nameIn('status_id', status_id)],
    ['severity', severity, nameIn('severity_id', severity_id)],
  ]
  return wanted
    .filter(([, found, expected]) => found === undefined || found !== expected)
    .map(([path, found, expected]) => `${path}: found ${found}, wanted ${expected}`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
