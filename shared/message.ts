import { z } from 'zod'
import type { Delivery } from './contracts/destination.ts'
import { messageId } from './event-id.ts'

/**
 * The largest body put on a queue, in bytes. SQS allows 1 MiB (1,048,576) for a message with its attributes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html); the rest is room for the
 * reason and the receiver's reply when the message becomes a dead letter.
 */
export const MAX_BODY_BYTES = 1_000_000

const event = z.strictObject({ id: z.string(), type: z.string(), time: z.string(), raw: z.string() })

const inline = z.strictObject({
  v: z.literal(1),
  destination: z.string(),
  source: z.strictObject({ id: z.string(), type: z.string() }),
  events: z.array(event).min(1),
})

const claimed = z.strictObject({ v: z.literal(1), destination: z.string(), claim: z.string() })

/** One message of the delivery queue: events of one source for one destination. One message is one request. */
export type Message = z.infer<typeof inline>

/** What stands in the queue for a message above the queue's limit: the key of the object that holds its text. */
export type Claim = z.infer<typeof claimed>

const body = z.union([inline, claimed])

/** The message as text for a queue. */
export function encode(message: Message | Claim): string {
  return escapeForSqs(JSON.stringify(message))
}

/** @throws when the text is not a message; the error names the place, never the content */
export function decode(text: string): Message | Claim {
  return body.parse(JSON.parse(text))
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
 * SQS refuses U+FFFE and U+FFFF, the only refused characters that JSON.stringify lets through
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). In JSON text they occur only
 * inside strings, where the escape means the same.
 */
export function escapeForSqs(json: string): string {
  return json.replaceAll('\uFFFE', '\\ufffe').replaceAll('\uFFFF', '\\uffff')
}
