import { readInstant } from './timeline.ts'

/** A request's parameters as the server understood them. */
export interface AuditQuery {
  /** Microseconds. */
  readonly after: number
  readonly before: number
  readonly skip: number | undefined
  readonly offset: number | undefined
  readonly limit: number
  /** The order of rows of one instant; undefined leaves it to chance. */
  readonly ids: 'ascending' | 'descending' | undefined
  readonly filter: { readonly column: string; readonly predicate: string; readonly value: string } | undefined
}

export interface QueryProblem {
  readonly status: 400 | 500
  readonly message: string
}

const YEAR_MICROS = 365 * 86_400_000_000
const NO_FILTERS = ['skip', 'offset', 'limit', 'sort_by', 'before', 'after']
const SORTABLE = ['id', 'actor_name', 'actor_email', 'action', 'created_at', 'source_ip_address', 'status']
const ANY_PREDICATE = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', '~eq']
const FOR_NUMBERS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte']
const FOR_TEXTS = ['eq', 'neq']
const PREDICATES = new Map(
  ['actor_id', 'actor_name', 'actor_email', 'action', 'request_id', 'source_ip_address', 'status'].map(
    (column): [string, string[]] => [column, FOR_TEXTS],
  ),
).set('id', FOR_NUMBERS)

/** Where a value matches, the parameter is meant as a filter; the value ends at the first character that is not of this class. */
const CONDITION = /([~\w]+):([\w\-./:;<=>?@[\\\]^ ]+)/

/** Reads the parameters in the order, and with the answers, of the server. */
export function readQuery(parameters: URLSearchParams, now: Date): AuditQuery | QueryProblem {
  const sort = parameters.getAll('sort_by')
  if (sort.some((column) => !SORTABLE.includes(column.replace(/^-/, '')))) {
    return bad('column format does not support sorting')
  }
  const filters = readFilters(parameters)
  if ('status' in filters) return filters
  const { skip, offset, limit } = readNumbers(parameters)
  const before = instant(parameters, 'before', now.getTime() * 1000)
  const after = instant(parameters, 'after', before - YEAR_MICROS)
  for (const [name, value] of Object.entries({ skip, offset, limit, before, after })) {
    if (value !== undefined && value < 0) return bad(`query parameter "${name}" is malformed`)
  }
  if (filters.length > 1) return { status: 500, message: INTERNAL }
  const ids = sort.includes('-id') ? 'descending' : sort.includes('id') ? 'ascending' : undefined
  return { after, before, skip, offset, limit: limit ?? 1000, ids, filter: filters[0] }
}

const INTERNAL = 'an internal error has occurred that is preventing the service from servicing this request'

function readFilters(parameters: URLSearchParams): NonNullable<AuditQuery['filter']>[] | QueryProblem {
  const filters: NonNullable<AuditQuery['filter']>[] = []
  for (const [column, text] of parameters) {
    const [, predicate, value] = NO_FILTERS.includes(column) ? [] : (CONDITION.exec(text) ?? [])
    if (predicate === undefined || value === undefined) continue
    if (!ANY_PREDICATE.includes(predicate)) return bad('there are errors in the query parameter filters specified')
    const allowed = PREDICATES.get(column)
    if (allowed === undefined) return bad(`the specified column cannot be filtered: ${column}`)
    if (!allowed.includes(predicate)) {
      return bad(`the specified filter predicate is not supported for this column: ${column} ${predicate}`)
    }
    filters.push({ column, predicate, value })
  }
  return filters
}

/** Missing numbers are undefined, and anything but a natural number is -1. */
function readNumbers(parameters: URLSearchParams) {
  const number = (name: string) => {
    const text = parameters.get(name)
    return text === null ? undefined : /^\d+$/.test(text) ? Number(text) : -1
  }
  return { skip: number('skip'), offset: number('offset'), limit: number('limit') }
}

/** Anything but a time is -1. */
function instant(parameters: URLSearchParams, name: string, absent: number): number {
  const text = parameters.get(name)
  return text === null ? absent : (readInstant(text) ?? -1)
}

function bad(message: string): QueryProblem {
  return { status: 400, message }
}
