import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonObjects } from './json-objects.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const TOKEN = '0e8c1b52-5a0e-4f5b-8d57-3c1d5e0a9b44'

/** "Max event size": what is longer is cut off. Here it is refused, so that it cannot go unnoticed. */
const MAX_EVENT_BYTES = 1_000_000

const envelope = z.strictObject({
  time: z.number().optional(),
  timezone: z.string().optional(),
  index: z.string().optional(),
  sourcetype: z.string().optional(),
  source: z.string().optional(),
  host: z.string().optional(),
  event: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  fields: z.record(z.string(), z.unknown()).optional(),
})

/** Falcon LogScale, as documented in "Ingesting with HTTP Event Collector (HEC)" and "Limits and Standards". */
export function createLogscale(): SimulatedReceiver {
  const stored: StoredEvent[] = []
  return {
    type: 'logscale',
    settings: (url) => ({ url, token: { secret: 'destinations/logscale/token' } }),
    secrets: () => ({ 'destinations/logscale/token': TOKEN }),
    answer(request) {
      const turnedAway = logscaleRefusal(request, TOKEN, ['/api/v1/ingest/hec', '/services/collector'])
      if (turnedAway !== undefined) return turnedAway
      const { objects, isWhole } = jsonObjects(request.body.toString())
      const isGood = objects.every((text) => envelope.safeParse(JSON.parse(text)).success)
      if (!isWhole || !isGood || objects.length === 0) return { status: 400, body: 'Could not parse the JSON' }
      const events = objects.map((text) => ({
        id: (rawValue(text, ['fields', 'pollhook_id']) ?? '').slice(1, -1),
        raw: rawValue(text, ['event']) ?? '',
      }))
      if (events.some(({ raw }) => Buffer.byteLength(raw) > MAX_EVENT_BYTES)) return { status: 413 }
      stored.push(...events)
      return logscaleSuccess(events.length)
    },
    stored: () => stored,
  }
}

/** What is wrong with the request itself; undefined when nothing is. */
export function logscaleRefusal(
  { method, path, headers }: ReceivedRequest,
  token: string,
  paths: readonly string[],
): ReceiverAnswer | undefined {
  if (!paths.includes(path)) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  if (headers.authorization !== `Bearer ${token}`) return { status: 401, body: 'Unauthorized' }
  const encoding = headers['content-encoding']
  return encoding === undefined || encoding === 'gzip' ? undefined : { status: 415 }
}

export function logscaleSuccess(eventCount: number): ReceiverAnswer {
  const body = JSON.stringify({ text: 'Success', code: 0, eventCount })
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
