import { z } from 'zod'
import type { Delivery, OutgoingEvent } from './contracts/destination.ts'
import { rawElements, rawValue } from './contracts/json.ts'
import { messageId } from './event-id.ts'

/**
 * The largest body put on a queue, in bytes. SQS allows 1 MiB (1,048,576) for a message with its attributes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html); the rest is room for the
 * reason and the receiver's reply when the message becomes a dead letter.
 */
export const MAX_BODY_BYTES = 1_000_000

const event = z.strictObject({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  /** Stands in the text as the vendor wrote it. */
  record: z.unknown(),
})

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
}

/** What stands in the queue for a message above the queue's limit: the key of the object that holds its text. */
export type Claim = z.infer<typeof claimed>

const body = z.union([inline, claimed])

/**
 * The message as text for a queue. Records are spliced in as they are: to escape each as a string would cost more than
 * everything else together, and make the message a tenth larger.
 */
export function encode(message: Message | Claim): string {
  if ('claim' in message) return escapeForSqs(JSON.stringify(message))
  const { v, destination, source } = message
  const events = message.events.map(
    ({ id, type, time, raw }) => `${JSON.stringify({ id, type, time }).slice(0, -1)},"record":${raw}}`,
  )
  return escapeForSqs(`${JSON.stringify({ v, destination, source }).slice(0, -1)},"events":[${events.join(',')}]}`)
}

/** @throws when the text is not a message; the error names the place, never the content */
export function decode(text: string): Message | Claim {
  const message = body.parse(JSON.parse(text))
  if ('claim' in message) return message
  const texts = rawElements(text, ['events']) ?? []
  const events = message.events.map(({ id, type, time }, index) => {
    return { id, type, time, raw: rawValue(texts[index] ?? '', ['record']) ?? 'null' }
  })
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
