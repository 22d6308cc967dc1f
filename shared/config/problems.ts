import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { keysAt, nearSecret, onlySecret, wantedAt } from './schema-walk.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** What was read, against what. */
export interface Checked {
  readonly schema: z.core.$ZodType
  readonly value: unknown
  /** Where secrets are kept, for the advice: `/pollhook/secrets`. */
  readonly secrets: string
}

/**
 * Says what is wrong with a configuration, one text per problem, to be put behind `Cannot use <parameter> as `:
 * the path of the field, what was wanted and what was found. A value that may be a secret is never printed.
 */
export function problemsOf(issues: readonly Issue[], checked: Checked): string[] {
  return issues
    .filter((issue) => !followsFromTypo(issue, issues))
    .flatMap((issue) => problems(issue, issue.path, checked))
}

/** "must have either a or b" is beside the point where a key is unknown: it is the mistyped one. */
function followsFromTypo({ code, path }: Issue, all: readonly Issue[]): boolean {
  const here = path.join('.')
  return code === 'custom' && all.some((other) => other.code === 'unrecognized_keys' && other.path.join('.') === here)
}

/** A value as it may be printed: short scalars as they are, all others by kind. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  return PRINTABLE.test(value) ? `"${value}"` : `a string of ${value.length} characters`
}

/** Ids, durations, times, names of events. Keys, tokens and URLs are longer or have other characters. */
const PRINTABLE = /^[\w .:+*-]{0,32}$/

function problems(issue: Issue, path: Path, checked: Checked): string[] {
  const value = path.reduce<unknown>(childOf, checked.value)
  const at = subject(path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${at} has the unknown key ${JSON.stringify(key)}: ${meant(key, path, checked)}`)
    case 'invalid_union':
      return unionProblems(issue, path, checked)
    case 'invalid_key':
      return [`${subject(path.slice(0, -1))} has the key ${shown(path.at(-1))}, which ${reason(issue.issues)}`]
    case 'too_small':
      return [`${at} must ${sizeOf(issue, 'at least', issue.minimum)}${found(value, path, checked)}`]
    case 'too_big':
      return [`${at} must ${sizeOf(issue, 'at most', issue.maximum)}${found(value, path, checked)}`]
    case 'invalid_type':
    case 'invalid_value':
      return [mismatch(value, path, checked, issue.code === 'invalid_type' && issue.expected === 'int')]
    case 'invalid_format':
      return [`${at} ${formatOf(issue)}${found(value, path, checked)}`]
    default:
      return [`${at} ${issue.message}${typeof value === 'object' ? '' : found(value, path, checked)}`]
  }
}

/** The problems of the alternative that was most likely meant; when it is none of them, what all of them want. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: Path, checked: Checked): string[] {
  const [closest] = issue.errors
    .filter((errors) => !errors.some((error) => error.path.length === 0 && isMismatch(error)))
    .sort((a, b) => weight(a) - weight(b))
  if (closest === undefined) return [mismatch(path.reduce(childOf, checked.value), path, checked)]
  return closest.flatMap((error) => problems(error, [...path, ...error.path], checked))
}

function weight(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
}

function isMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function mismatch(value: unknown, path: Path, checked: Checked, whole = false): string {
  const wanted = whole ? 'a whole number' : wantedAt(checked.schema, path) || 'another value'
  if (value === undefined) return `${subject(path)} is missing: wanted ${oneOf(wanted)}`
  if (typeof value === 'string' && onlySecret(checked.schema, path)) {
    const advice = `a secret is referred to as {"secret": "<name>"} and kept in ${checked.secrets}/<name>`
    return `${subject(path)} must be a reference to a secret: found a string; ${advice}`
  }
  return `${subject(path)} must be ${oneOf(wanted)}${found(value, path, checked)}`
}

function oneOf(wanted: string): string {
  return wanted.startsWith('"') && wanted.includes(', ') ? `one of ${wanted}` : wanted
}

function found(value: unknown, path: Path, { schema }: Checked): string {
  if (!nearSecret(schema, path)) return `: found ${shown(value)}`
  return typeof value === 'object' ? `: found ${shown(value)}` : `: found a ${typeof value}`
}

function meant(key: string, path: Path, { schema }: Checked): string {
  const known = keysAt(schema, path)
  const near = nearest(key, known)
  return near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
}

function reason(issues: readonly Issue[]): string {
  return issues.map((issue) => issue.message).join(' and ')
}

/** The schema's own message, or one for zod's `Invalid …`. */
function formatOf({ message, format }: z.core.$ZodIssueInvalidStringFormat): string {
  return message.startsWith('Invalid') ? `must be ${FORMATS[format] ?? `a valid ${format}`}` : message
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  datetime: 'an RFC 3339 time',
  date: 'a date such as 2026-05-01',
  email: 'an e-mail address',
  url: 'a URL',
}

function sizeOf(issue: { origin: string }, bound: string, size: number | bigint): string {
  if (issue.origin === 'array') return `have ${bound} ${size} ${size === 1 ? 'entry' : 'entries'}`
  if (issue.origin === 'string') return `have ${bound} ${size} ${size === 1 ? 'character' : 'characters'}`
  return `be ${bound} ${size}`
}

function subject(path: Path): string {
  if (path.length === 0) return 'it'
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1)
}

function childOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}
