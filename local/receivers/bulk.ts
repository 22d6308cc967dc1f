import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonAnswer } from './json-answer.ts'
import { type Mapping, mapped } from './mapping.ts'
import type { ReceivedRequest, ReceiverAnswer, ReceiverOptions, StoredEvent } from './receiver.ts'

/** What an engine's bulk interface takes. */
export interface Engine extends ReceiverOptions {
  /** Names of query parameters; another one is refused. */
  readonly parameters: readonly string[]
  readonly contentTypes: readonly string[]
  /** The value of `authorization`. */
  readonly authorization: string
  readonly maxContentLength: number
  /** False as in a time series collection of OpenSearch Serverless: no document may name its id. */
  readonly takesIds?: boolean
  /** Names that begin with one of these are data streams. */
  readonly dataStreams: readonly string[]
  /** Fields that a template maps as flattened, or not at all; default the one that the demo's records stand under. */
  readonly flattened?: readonly string[]
}

const action = z.strictObject({ create: z.strictObject({ _id: z.string().optional(), _index: z.string().optional() }) })
const MAX_ID_BYTES = 512

/** The bulk interface of Elasticsearch and OpenSearch, as documented in "Bulk index or delete documents" and "Bulk API". */
export function createBulk(engine: Engine) {
  const stored: StoredEvent[] = []
  const ids = new Set<string>()
  const mapping: Mapping = new Map()

  const create = (line: string, text: string, isDataStream: boolean): Item => {
    const id = action.parse(JSON.parse(line)).create._id
    if (id !== undefined && engine.takesIds === false)
      return refused(ILLEGAL, 'Document ID is not supported in create/index operation request')
    if (engine.itemFails?.() === true)
      return { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'rejected execution' } }
    if (id !== undefined && ids.has(id)) {
      const reason = `[${id}]: version conflict, document already exists (current version [1])`
      return { status: 409, error: { type: 'version_conflict_engine_exception', reason } }
    }
    const document = objectIn(text)
    if (document === undefined) return refused(PARSING, '[1:1] failed to parse')
    if (isDataStream && document['@timestamp'] === undefined)
      return refused(PARSING, 'data stream timestamp field [@timestamp] is missing')
    const problem = mapped(mapping, document, engine.flattened ?? ['tines'])
    if (problem !== undefined) return refused(PARSING, problem)
    if (id !== undefined) ids.add(id)
    stored.push(storedEvent(text, Object.keys(document)))
    return { status: 201 }
  }

  return {
    stored: () => stored,
    answer(request: ReceivedRequest): ReceiverAnswer {
      const [, target] = /^\/([a-z0-9][a-z0-9._-]*)\/_bulk$/.exec(request.path) ?? []
      if (target === undefined || !['POST', 'PUT'].includes(request.method))
        return failure(404, ILLEGAL, 'no handler found for uri')
      const problem = requestProblem(request, engine)
      if (problem !== undefined) return problem
      const isDataStream = engine.dataStreams.some((prefix) => target.startsWith(prefix))
      const lines = request.body.toString().slice(0, -1).split('\n')
      const pairs = Array.from(
        { length: lines.length / 2 },
        (_, n) => [lines[2 * n] ?? '', lines[2 * n + 1] ?? ''] as const,
      )
      if (lines.length % 2 !== 0 || !pairs.every(([line]) => isAction(line)))
        return failure(400, ILLEGAL, 'Malformed action/metadata line')
      if (request.query.get('require_data_stream') === 'true' && !isDataStream) {
        const error = { type: 'index_not_found_exception', reason: `no such index [${target}]` }
        return bulkAnswer(
          pairs.map(() => ({ status: 404, error })),
          request.query,
        )
      }
      return bulkAnswer(
        pairs.map(([line, text]) => create(line, text, isDataStream)),
        request.query,
      )
    },
  }
}

const ILLEGAL = 'illegal_argument_exception'
const PARSING = 'document_parsing_exception'

interface Item {
  readonly status: number
  readonly error?: { readonly type: string; readonly reason: string }
}

function refused(type: string, reason: string): Item {
  return { status: 400, error: { type, reason } }
}

/** What is wrong with the request as a whole. */
function requestProblem({ headers, query, body }: ReceivedRequest, engine: Engine): ReceiverAnswer | undefined {
  if (headers.authorization !== engine.authorization)
    return failure(401, 'security_exception', 'unable to authenticate')
  if (body.length > engine.maxContentLength) return { status: 413 }
  const unknown = [...query.keys()].find((name) => !engine.parameters.includes(name))
  if (unknown !== undefined)
    return failure(400, ILLEGAL, `request [/_bulk] contains unrecognized parameter: [${unknown}]`)
  const type = headers['content-type'] ?? ''
  if (!engine.contentTypes.includes(type))
    return failure(406, 'media_type_header_exception', 'Invalid media-type value on headers')
  if (!body.toString().endsWith('\n'))
    return failure(400, ILLEGAL, 'The bulk request must be terminated by a newline [\\n]')
  return undefined
}

function isAction(line: string): boolean {
  const read = action.safeParse(objectIn(line))
  return read.success && Buffer.byteLength(read.data.create._id ?? '') <= MAX_ID_BYTES
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** With a `filter_path`, what the destination asks for and nothing else. */
function bulkAnswer(items: readonly Item[], query: URLSearchParams): ReceiverAnswer {
  const filter = query.get('filter_path')?.split(',')
  const errors = items.some(({ status }) => status >= 300)
  const shown = items.map(({ status, error }) => ({
    create: {
      ...(filter === undefined && { _index: 'index', result: error === undefined ? 'created' : undefined }),
      ...((filter === undefined || filter.includes('items.*.status')) && { status }),
      ...((filter === undefined || filter.includes('items.*.error')) && error !== undefined && { error }),
    },
  }))
  return jsonAnswer(200, { ...(filter === undefined && { took: 1 }), errors, items: shown })
}

/** Of a request that was not read. Filters do not apply to it. */
function failure(status: number, type: string, reason: string): ReceiverAnswer {
  return jsonAnswer(status, { error: { root_cause: [{ type, reason }], type, reason }, status })
}

const ECS_FIELDS = ['@timestamp', 'ecs', 'event', 'data_stream', 'pollhook']

function storedEvent(text: string, keys: readonly string[]): StoredEvent {
  const key = keys.find((name) => !ECS_FIELDS.includes(name))
  const raw = key === undefined ? rawValue(text, ['pollhook', 'gap']) : rawValue(text, [key])
  return { id: (rawValue(text, ['pollhook', 'id']) ?? '').slice(1, -1), raw: raw ?? '' }
}
