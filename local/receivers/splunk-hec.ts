import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { jsonObjects } from './json-objects.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const TOKEN = '6a2f6e0c-1f0a-4c7e-9f43-0c5a1f6b7d20'
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Of limits.conf in old releases; today's default is 838,860,800. */
const MAX_CONTENT_LENGTH = 1_000_000

const metadata = z.strictObject({
  time: z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]).optional(),
  host: z.string().optional(),
  source: z.string().optional(),
  sourcetype: z.string().optional(),
  index: z.string().optional(),
  event: z.unknown().optional(),
  fields: z.unknown().optional(),
})

/** `fields`: text, numbers and lists of text, and no objects. */
const flat = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional()

export interface SplunkOptions {
  /** Whether the token has indexer acknowledgement. */
  readonly acknowledges?: boolean
  /** Asked when somebody asks for an acknowledgement: whether the events are indexed by now. Default yes. */
  readonly isIndexed?: () => boolean
  /** The indexes that the token may write to; default any. */
  readonly indexes?: readonly string[]
}

/**
 * Splunk's HTTP Event Collector, as documented in "Format events for HTTP Event Collector", "HTTP Event Collector REST API endpoints", "About
 * HTTP Event Collector Indexer Acknowledgment" and "Troubleshoot HTTP Event Collector". What comes before a bad object is
 * stored, and nothing behind it.
 */
export function createSplunk({ acknowledges = false, isIndexed = () => true, indexes }: SplunkOptions = {}) {
  const stored: StoredEvent[] = []
  /** The numbers that are still to be asked for, by channel. */
  const pending = new Map<string, Set<number>>()
  const given = new Map<string, number>()

  const accept = (request: ReceivedRequest): ReceiverAnswer => {
    const channel = channelIn(request)
    if (acknowledges && channel === undefined) return reply(400, 10, 'Data channel is missing')
    if (acknowledges && !GUID.test(channel ?? '')) return reply(400, 11, 'Invalid data channel')
    if (request.body.length > MAX_CONTENT_LENGTH) return { status: 413, body: 'Content-Length too large' }
    const { objects, isWhole } = jsonObjects(request.body.toString())
    if (objects.length === 0 && isWhole) return reply(400, 5, 'No data')
    for (const [number, text] of objects.entries()) {
      const problem = problemOf(text, number, indexes)
      if (problem !== undefined) return problem
      stored.push(storedEvent(text))
    }
    if (!isWhole) return reply(400, 6, 'Invalid data format', { 'invalid-event-number': objects.length })
    return reply(200, 0, 'Success', acknowledges && channel !== undefined ? { ackId: nextAck(channel) } : {})
  }

  const nextAck = (channel: string): number => {
    const ackId = given.get(channel) ?? 0
    given.set(channel, ackId + 1)
    pending.set(channel, new Set([...(pending.get(channel) ?? []), ackId]))
    return ackId
  }

  const acknowledge = (request: ReceivedRequest): ReceiverAnswer => {
    if (!acknowledges) return reply(400, 14, 'ACK is disabled')
    const channel = channelIn(request)
    if (channel === undefined) return reply(400, 10, 'Data channel is missing')
    if (!GUID.test(channel)) return reply(400, 11, 'Invalid data channel')
    const asked = z.strictObject({ acks: z.array(z.int()) }).safeParse(jsonIn(request.body.toString()))
    if (!asked.success) return reply(400, 6, 'Invalid data format')
    // Once it has been told, a number is forgotten.
    const acks = asked.data.acks.map((ackId) => [ackId, isIndexed() && pending.get(channel)?.delete(ackId) === true])
    return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ acks: Object.fromEntries(acks) }) }
  }

  return {
    type: 'splunk-hec',
    settings: (url) => ({ url, token: { secret: 'destinations/splunk/token' }, acknowledge: acknowledges }),
    secrets: () => ({ 'destinations/splunk/token': TOKEN }),
    answer(request) {
      if (request.method !== 'POST') return { status: 405 }
      const endpoint = ENDPOINTS[request.path]
      if (endpoint === undefined) return { status: 404, body: 'The requested URL was not found on this server.' }
      return (
        unauthorized(request) ?? unreadable(request) ?? (endpoint === 'ack' ? acknowledge(request) : accept(request))
      )
    },
    stored: () => stored,
  } satisfies SimulatedReceiver
}

const ENDPOINTS: Readonly<Record<string, 'event' | 'ack'>> = {
  '/services/collector': 'event',
  '/services/collector/event': 'event',
  '/services/collector/event/1.0': 'event',
  '/services/collector/ack': 'ack',
}

const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' }

function reply(status: number, code: number, text: string, more: Record<string, number> = {}): ReceiverAnswer {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ text, code, ...more }) }
}

function unauthorized({ headers: { authorization } }: ReceivedRequest): ReceiverAnswer | undefined {
  if (authorization === undefined) return reply(401, 2, 'Token is required')
  const [scheme, token] = authorization.split(' ')
  if (scheme !== 'Splunk' || token === undefined) return reply(401, 3, 'Invalid authorization')
  return token === TOKEN ? undefined : reply(403, 4, 'Invalid token')
}

/** The documentation's examples send either type; of encodings there is gzip alone. */
function unreadable({ headers }: ReceivedRequest): ReceiverAnswer | undefined {
  const isEncoded = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'gzip'
  const type = headers['content-type']?.split(';')[0]
  const isKnown = type === 'application/json' || type === 'application/x-www-form-urlencoded'
  return isEncoded || !isKnown ? { status: 415 } : undefined
}

function channelIn({ headers, query }: ReceivedRequest): string | undefined {
  return headers['x-splunk-request-channel'] ?? query.get('channel') ?? undefined
}

function problemOf(text: string, number: number, indexes: readonly string[] | undefined): ReceiverAnswer | undefined {
  const at = { 'invalid-event-number': number }
  const object = metadata.safeParse(JSON.parse(text))
  if (!object.success) return reply(400, 6, 'Invalid data format', at)
  const { event, fields, index } = object.data
  if (event === undefined) return reply(400, 12, 'Event field is required', at)
  if (event === null || event === '') return reply(400, 13, 'Event field cannot be blank', at)
  if (!flat.safeParse(fields).success) return reply(400, 15, 'Error in handling indexed fields', at)
  const isAllowed = index === undefined || indexes === undefined || indexes.includes(index)
  return isAllowed ? undefined : reply(400, 7, 'Incorrect index', { 'invalid-event-number': number + 1 })
}

function storedEvent(text: string): StoredEvent {
  const id = jsonIn(rawValue(text, ['fields', 'pollhook_id']) ?? '""')
  return { id: `${id}`, raw: rawValue(text, ['event']) ?? '' }
}
