import { z } from 'zod'
import { rawElements, rawValue } from '../../shared/contracts/json.ts'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { jsonAnswer } from './json-answer.ts'
import { Parts } from './parts.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const API_KEY = '9775a026f1ca7d1c6c5af9d94d9595a4'
const PATH = '/api/v2/logs'
const MAX_ENTRIES = 1_000
const MAX_BYTES = 5_000_000
const MAX_LOG_BYTES = 1_000_000
const MAX_AGE_MS = 18 * 3_600_000
const MAX_AHEAD_MS = 2 * 3_600_000

/** Where Datadog looks for the official date of a log ("Pipelines", preprocessing for JSON logs). */
const DATES = ['@timestamp', 'timestamp', '_timestamp', 'Timestamp', 'eventTime', 'date', 'published_date'] as const

/** HTTPLogItem: `message` is required, and everything else than these is an attribute. */
const httpLogItem = z.looseObject({
  message: z.string(),
  ddsource: z.string().optional(),
  ddtags: z
    .string()
    .regex(/^[^\s,]{1,256}(,[^\s,]{1,256})*$/)
    .optional(),
  hostname: z.string().optional(),
  service: z.string().optional(),
})

const ours = z.object({
  id: z.string(),
  part: z.int().positive().optional(),
  parts: z.int().positive().optional(),
})

const object = z.record(z.string(), z.unknown())

export interface DatadogOptions {
  readonly now?: () => Date
}

/**
 * Datadog's log intake as documented in "Send logs" (API, version 2) and "Pipelines": what is too long is cut off, what is
 * too old is dropped, and the answer is 202 all the same.
 */
export function createDatadog({ now = () => new Date() }: DatadogOptions = {}): SimulatedReceiver {
  const stored: StoredEvent[] = []
  const parts = new Parts()
  return {
    type: 'datadog',
    settings: (url) => ({ url: `${url}${PATH}`, apiKey: { secret: 'destinations/siem/api-key' } }),
    secrets: () => ({ 'destinations/siem/api-key': API_KEY }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const items = itemsIn(request.body.toString())
      if (items === undefined || items.length > MAX_ENTRIES) return errors(400, 'Bad Request')
      stored.push(...items.filter((item) => isIndexed(item, now())).flatMap((item) => storedEvent(item, parts) ?? []))
      return jsonAnswer(202, {})
    },
    stored: () => stored,
  }
}

interface Item {
  readonly text: string
  readonly log: z.infer<typeof httpLogItem>
}

function problemOf({ method, path, headers, body }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH || method !== 'POST') return errors(404, 'Not Found')
  if (headers['dd-api-key'] === undefined) return errors(401, 'Unauthorized')
  if (headers['dd-api-key'] !== API_KEY) return errors(403, 'Forbidden')
  if (headers['content-type'] !== 'application/json') return errors(400, 'Bad Request')
  return body.length > MAX_BYTES ? errors(413, 'Payload Too Large') : undefined
}

function errors(status: number, title: string): ReceiverAnswer {
  return jsonAnswer(status, { errors: [{ status: `${status}`, title }] })
}

function itemsIn(body: string): Item[] | undefined {
  const value = jsonIn(body)
  const texts = Array.isArray(value) ? (rawElements(body, []) ?? []) : [body]
  const items = texts.map((text) => ({ text, log: httpLogItem.safeParse(jsonIn(text)) }))
  return items.every(({ log }) => log.success)
    ? items.flatMap(({ text, log }) => (log.success ? [{ text, log: log.data }] : []))
    : undefined
}

/** The attributes of a message that is a JSON object become those of the log, and with them its date. */
function isIndexed({ log }: Item, now: Date): boolean {
  const inMessage = object.safeParse(jsonIn(log.message))
  const attributes = { ...log, ...(inMessage.success && inMessage.data) }
  const found = DATES.map((name) => attributes[name]).find((value) => value !== undefined)
  const date = typeof found === 'number' || typeof found === 'string' ? new Date(found).getTime() : Number.NaN
  if (Number.isNaN(date)) return true
  return date >= now.getTime() - MAX_AGE_MS && date <= now.getTime() + MAX_AHEAD_MS
}

/** @returns undefined for what pollhook did not send, and while parts are missing */
function storedEvent({ text, log }: Item, parts: Parts): StoredEvent | undefined {
  const pollhook = ours.safeParse(log.pollhook)
  if (!pollhook.success) return undefined
  const { id, part, parts: count } = pollhook.data
  if (Buffer.byteLength(text) > MAX_LOG_BYTES) return { id, raw: text.slice(0, MAX_LOG_BYTES) }
  if (part !== undefined && count !== undefined) {
    const whole = parts.add(id, part, count, log.message)
    return whole === undefined ? undefined : { id, raw: whole }
  }
  if (typeof log.data === 'string') return { id, raw: log.data }
  return { id, raw: rawValue(text, ['data']) ?? log.message }
}
