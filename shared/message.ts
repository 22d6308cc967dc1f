import { z } from 'zod'
import type { Delivery, OutgoingEvent } from './contracts/destination.ts'
import { messageId } from './event-id.ts'

/**
 * The largest body put on a queue, in bytes. SQS allows 1 MiB (1,048,576) for a message with its attributes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html); the rest is room for the
 * reason and the receiver's reply when the message becomes a dead letter.
 */
export const MAX_BODY_BYTES = 1_000_000

const event = z.strictObject({ id: z.string(), type: z.string(), time: z.string(), length: z.int().positive() })

const inline = z.strictObject({
  v: z.literal(1),
  destination: z.string(),
  source: z.strictObject({ id: z.string(), type: z.string() }),
  events: z.array(event).min(1),
})

const claimed = z.strictObject({ v: z.literal(1), destination: z.string(), claim: z.string() })

/** One message of the delivery queue: events of one source for one destination. One message is one request. */
export interface Message extends Omit<z.infer<typeof inline>, 'events'> {
  readonly events: readonly OutgoingEvent[]
  /** True on its way into the queue that keeps the order; its text does not say it. */
  readonly ordered?: boolean
}

/** What stands in the queue for a message above the queue's limit: the key of the object that holds its text. */
export type Claim = z.infer<typeof claimed>

const head = z.union([inline, claimed])

/**
 * The message as text for a queue: a line of JSON that says what is in it, then each record on a line of its own, exactly as the
 * vendor wrote it. A record may have line breaks itself, so the first line gives the length of each in UTF-16 code units. Nobody
 * has to parse a record again to find it, or to escape it to carry it.
 */
export function encode(message: Message | Claim): string {
  if ('claim' in message) return escapeForSqs(JSON.stringify(message))
  const { v, destination, source } = message
  const records = message.events.map(({ raw }) => escapeForSqs(raw))
  const events = message.events.map(({ id, type, time }, index) => ({ id, type, time, length: records[index]?.length }))
  return [escapeForSqs(JSON.stringify({ v, destination, source, events })), ...records].join('\n')
}

/** @throws when the text is not a message; the error names the place, never the content */
export function decode(text: string): Message | Claim {
  const [firstLine = ''] = text.split('\n', 1)
  const message = head.parse(JSON.parse(firstLine))
  if ('claim' in message) return message
  let at = firstLine.length
  const events = message.events.map(({ id, type, time, length }) => {
    const start = at + 1
    at = start + length
    return { id, type, time, raw: text.slice(start, at) }
  })
  if (at !== text.length)
    throw new RangeError(`The records have ${text.length - firstLine.length} characters, not as said`)
  return { ...message, events }
}

/** What a message is to its destination. */
export function deliveryOf(message: Message): Delivery {
  const ids = message.events.map((event) => event.id)
  const [first] = ids
  return {
    id: ids.length === 1 && first !== undefined ? first : messageId(ids),
    source: message.source,
    events: message.events,
  }
}

/**
 * SQS refuses U+FFFE and U+FFFF, the only refused characters that JSON text can hold
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). They occur only inside
 * strings, where the escape means the same.
 */
export function escapeForSqs(json: string): string {
  return json.replaceAll('\uFFFE', '\\ufffe').replaceAll('\uFFFF', '\\uffff')
}
