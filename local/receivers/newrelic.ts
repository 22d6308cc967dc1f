import { z } from 'zod'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const LICENSE_KEY = 'eu01xx0123456789abcdef0123456789abcdNRAL'
const PATH = '/log/v1'
const MAX_BYTES = 1_000_000
const MAX_ATTRIBUTES = 255
const MAX_CHARACTERS = 4_094
const MAX_BLOB_BYTES = 128_000
const MAX_AGE_MS = 48 * 3_600_000

const name = z.string().min(1).max(255)
/** Lists are not supported; objects would be stored with flattened names. */
const attributes = z.record(name, z.union([z.string(), z.number(), z.boolean()]))
const timestamp = z.union([z.int().min(1_000_000_000), z.iso.datetime({ offset: true })])

/** The "detailed JSON body" of the Log API's page. */
const payload = z.array(
  z.strictObject({
    common: z.strictObject({ timestamp: timestamp.optional(), attributes: attributes.optional() }).optional(),
    logs: z.array(
      z.strictObject({ timestamp: timestamp.optional(), message: z.string(), attributes: attributes.optional() }),
    ),
  }),
)

export interface NewRelicOptions {
  readonly now?: () => Date
}

/**
 * New Relic's Log API, as documented in "Introduction to the Log API", "Log event data" and "Find data in long logs
 * (blobs)": the end of a long text is dropped, and so are old logs.
 */
export function createNewRelic({ now = () => new Date() }: NewRelicOptions = {}): SimulatedReceiver {
  const stored: StoredEvent[] = []
  return {
    type: 'newrelic',
    settings: (url) => ({ url: `${url}${PATH}`, licenseKey: { secret: 'destinations/siem/license-key' } }),
    secrets: () => ({ 'destinations/siem/license-key': LICENSE_KEY }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const blocks = payload.safeParse(jsonIn(request.body.toString()))
      if (!blocks.success) return { status: 400 }
      const logs = blocks.data.flatMap(({ common, logs }) => logs.map((log) => flat(common?.attributes ?? {}, log)))
      if (logs.some((log) => Object.keys(log).length > MAX_ATTRIBUTES)) return { status: 400 }
      stored.push(...logs.filter((log) => !isOld(log, now())).map(storedEvent))
      const body = JSON.stringify({ requestId: '3f0e1c7a-0001-b000-0000-018f3c1f9b7d' })
      return { status: 202, headers: { 'content-type': 'application/json' }, body }
    },
    stored: () => stored,
  }
}

type Log = Readonly<Record<string, string | number | boolean>>

function problemOf({ method, path, headers, body }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  if (headers['api-key'] !== LICENSE_KEY) return { status: 403 }
  if (headers['content-type'] !== 'application/json') return { status: 415 }
  return body.length > MAX_BYTES ? { status: 413 } : undefined
}

function flat(
  common: Log,
  { timestamp, message, attributes = {} }: z.infer<typeof payload>[number]['logs'][number],
): Log {
  const log = { ...common, ...attributes, message, ...(timestamp !== undefined && { timestamp }) }
  const shortened = Object.entries(log).map(([name, value]) => [name, typeof value === 'string' ? kept(value) : value])
  return Object.fromEntries(shortened)
}

/** What is stored of a text: the beginning in the attribute, more of it in a blob, and the rest not at all. */
function kept(text: string): string {
  const blob = Buffer.from(text.slice(MAX_CHARACTERS)).subarray(0, MAX_BLOB_BYTES)
  return `${text.slice(0, MAX_CHARACTERS)}${blob.toString()}`
}

/** A message that is a JSON object is taken apart, its timestamp included. */
function isOld(log: Log, now: Date): boolean {
  const inMessage = z.looseObject({ timestamp }).safeParse(jsonIn(`${log.message}`))
  const found = inMessage.success ? inMessage.data.timestamp : log.timestamp
  if (typeof found !== 'number' && typeof found !== 'string') return false
  return new Date(found).getTime() < now.getTime() - MAX_AGE_MS
}

function storedEvent(log: Log): StoredEvent {
  const parts = typeof log['pollhook.parts'] === 'number' ? log['pollhook.parts'] : 0
  const inParts = Array.from({ length: parts }, (_, index) => log[`data.${index + 1}`]).join('')
  const raw = parts > 0 ? inParts : (log.data ?? log.message)
  return { id: `${log['pollhook.id']}`, raw: `${raw}` }
}
