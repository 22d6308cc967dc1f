import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonAnswer } from './json-answer.ts'
import { Parts } from './parts.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const TOKEN = 'xaat-simulated-api-token'
const DATASET = 'audit'
const PATH = `/v1/ingest/${DATASET}`
const MAX_EVENTS = 10_000
const MAX_FIELD_BYTES = 1_000_000
const MAX_NAME_BYTES = 200

const event = z.looseObject({
  _time: z.iso.datetime({ offset: true }).optional(),
  id: z.string().optional(),
  part: z.int().positive().optional(),
  parts: z.int().positive().optional(),
  text: z.string().optional(),
  data: z.unknown().optional(),
})

export interface AxiomOptions {
  /** Whether an event is rejected, as when it would exceed the fields of the dataset. Default none. */
  readonly fails?: (line: string) => boolean
}

/**
 * The ingest endpoint of an edge deployment of Axiom, as documented in "Ingest data to dataset" and "Limits": a text that
 * is too long is replaced, and an event that cannot be ingested is counted in an answer with status 200.
 */
export function createAxiom({ fails = () => false }: AxiomOptions = {}): SimulatedReceiver {
  const stored: StoredEvent[] = []
  const parts = new Parts()
  return {
    type: 'axiom',
    settings: (url) => ({ url: `${url}${PATH}`, dataset: DATASET, token: { secret: 'destinations/siem/token' } }),
    secrets: () => ({ 'destinations/siem/token': TOKEN }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const lines = request.body
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      if (lines.length > MAX_EVENTS || !lines.every(isObject)) return jsonAnswer(400, { message: 'invalid body' })
      const failures = lines.flatMap((line) => {
        const read = event.safeParse(JSON.parse(line))
        const timestamp = rawValue(line, ['_time'])?.slice(1, -1)
        if (!read.success || fails(line)) return [{ timestamp, error: 'the event cannot be ingested' }]
        stored.push(...storedEvents(line, read.data, parts))
        return []
      })
      return jsonAnswer(200, {
        ingested: lines.length - failures.length,
        failed: failures.length,
        failures,
        processedBytes: request.body.length,
        blocksCreated: 0,
        walLength: lines.length,
      })
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, headers }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return jsonAnswer(404, { message: 'dataset not found' })
  if (method !== 'POST') return { status: 405 }
  if (headers.authorization === undefined) return jsonAnswer(401, { message: 'unauthorized' })
  if (headers.authorization !== `Bearer ${TOKEN}`) return jsonAnswer(403, { message: 'forbidden' })
  return headers['content-type'] === 'application/x-ndjson'
    ? undefined
    : jsonAnswer(415, { message: 'unsupported media type' })
}

function isObject(line: string): boolean {
  try {
    const names = Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(line)))
    return names.every((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES)
  } catch {
    return false
  }
}

function storedEvents(line: string, { id = '', part, parts: count, text, data }: z.infer<typeof event>, parts: Parts) {
  const kept = (value: string) => (Buffer.byteLength(value) > MAX_FIELD_BYTES ? '<invalid string: too long>' : value)
  if (part === undefined || count === undefined) {
    return [{ id, raw: typeof data === 'string' ? kept(data) : (rawValue(line, ['data']) ?? '') }]
  }
  const whole = parts.add(id, part, count, kept(text ?? ''))
  return whole === undefined ? [] : [{ id, raw: whole }]
}
