import { z } from 'zod'
import { Fault } from '../contracts/fault.ts'
import { id } from '../contracts/settings.ts'
import { readJson } from './json-text.ts'
import { nearest } from './nearest.ts'
import { problemsOf, shown } from './problems.ts'

/** A kind of source or destination, as far as configuration goes. */
export interface Configurable {
  readonly type: string
  readonly config: z.ZodObject
}

/** A parameter's text, checked against the common fields and the fields of its type. */
export interface ReadConfig<Entry, Common> {
  readonly id: string
  readonly entry: Entry
  readonly common: Common
  /** The type's own fields, as its schema gives them. */
  readonly own: Readonly<Record<string, unknown>>
}

/**
 * Reads the configuration of one source or destination.
 *
 * @param parameter `<prefix>/<folder>/<id>`, or the path of the file `<dir>/<folder>/<id>.json`
 * @param common the fields that every type has
 * @throws Fault `configuration-invalid` with one line per problem
 */
export function readConfig<Entry extends Configurable, Common extends z.ZodObject>(
  parameter: string,
  text: string,
  registry: Readonly<Record<string, Entry>>,
  common: Common,
): ReadConfig<Entry, z.output<Common>> {
  const { id, secrets } = namesOf(parameter)
  const value = objectIn(parameter, text)
  const entry = entryOf(parameter, value, registry)

  const { shared, rest } = split(value, common, entry.config)
  const schema = z.strictObject({ ...common.shape, ...entry.config.shape })
  const [commonFields, ownFields] = [common.safeParse(shared), entry.config.safeParse(rest)]
  if (!commonFields.success || !ownFields.success) {
    const issues = [...(commonFields.error?.issues ?? []), ...(ownFields.error?.issues ?? [])]
    // What both have checked, both complain of.
    throw invalid(parameter, [...new Set(problemsOf(issues, { schema, value, secrets }))])
  }
  return { id, entry, common: commonFields.data, own: ownFields.data }
}

/** The fault of a parameter that cannot be used: one line per problem. */
export function invalid(parameter: string, problems: readonly string[]): Fault {
  return new Fault('configuration-invalid', problems.map((text) => `Cannot use ${parameter} as ${text}`).join('\n'))
}

/** The id is what follows the folder; secrets are kept beside the folder. */
function namesOf(parameter: string): { id: string; secrets: string } {
  const [, prefix = '', name = ''] = /^(.*?)(?:sources|destinations)\/(.*?)(?:\.json)?$/.exec(parameter) ?? []
  const checked = id.safeParse(name)
  if (!checked.success) throw invalid(parameter, [`its id ${checked.error.issues[0]?.message}: found ${shown(name)}`])
  return { id: checked.data, secrets: `${prefix}secrets` }
}

function objectIn(parameter: string, text: string): Readonly<Record<string, unknown>> {
  const json = readJson(text)
  if ('problem' in json) {
    throw invalid(parameter, [`it is not JSON: ${json.problem} at line ${json.line}, column ${json.column}`])
  }
  const object = z.record(z.string(), z.unknown()).safeParse(json.value)
  if (!object.success) throw invalid(parameter, [`it must be an object: found ${shown(json.value)}`])
  return object.data
}

function entryOf<Entry>(
  parameter: string,
  { type }: Readonly<Record<string, unknown>>,
  registry: Readonly<Record<string, Entry>>,
): Entry {
  const known = Object.keys(registry)
  if (type === undefined) throw invalid(parameter, [`type is missing: wanted one of ${known.join(', ')}`])
  const entry = typeof type === 'string' && Object.hasOwn(registry, type) ? registry[type] : undefined
  if (entry !== undefined) return entry
  const near = typeof type === 'string' ? nearest(type, known) : undefined
  const advice = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
  throw invalid(parameter, [`type must be a known one: found ${shown(type)}; ${advice}`])
}

/** A field that the type declares as well, to narrow it down, is checked by both. */
function split(value: Readonly<Record<string, unknown>>, common: z.ZodObject, own: z.ZodObject) {
  const isShared = (key: string) => Object.hasOwn(common.shape, key)
  const isOwn = (key: string) => !isShared(key) || Object.hasOwn(own.shape, key)
  const entries = Object.entries(value)
  return {
    shared: Object.fromEntries(entries.filter(([key]) => isShared(key))),
    rest: Object.fromEntries(entries.filter(([key]) => isOwn(key))),
  }
}
