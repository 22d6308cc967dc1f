import { jsonIn } from '../shared/contracts/json-in.ts'
import { type DeadLetter, deadLetter } from '../shared/dead-letter.ts'
import { decode, encode } from '../shared/message.ts'

/** A message of the dead-letter queue, taken apart as far as it can be. */
export interface Letter {
  /** The beginning of the queue's own id: enough to name it. */
  readonly id: string
  readonly messageId: string
  /** When it was put into the queue; of one that SQS moved, when its message was first queued. */
  readonly sentAt: string
  /** `too-many-receives`: SQS moved it, because it was received over and over without an outcome. */
  readonly kind: DeadLetter['deadLetter']['kind'] | 'too-many-receives'
  readonly reason: string
  readonly source: string | undefined
  readonly destination: string | undefined
  readonly events: readonly { readonly id: string; readonly type: string; readonly time: string }[]
  /** What pollhook wrote about it; absent where SQS moved it. */
  readonly details: DeadLetter['deadLetter'] | undefined
  /** The queue message, or the vendor's record, exactly as it was. */
  readonly body: string
}

/** A message that is to be tried again. */
export interface Replay {
  readonly destination: string
  readonly body: string
}

/** What SQS says of a message. */
export interface Received {
  readonly messageId: string
  readonly sentAt: string
  readonly body: string
}

const ID_CHARACTERS = 8

export function letterOf(received: Received): Letter {
  const wrapped = parsed(received.body)
  const body = wrapped?.body ?? received.body
  const message = messageIn(body)
  const events = message !== undefined && 'events' in message ? message.events : []
  return {
    id: received.messageId.slice(0, ID_CHARACTERS),
    messageId: received.messageId,
    sentAt: received.sentAt,
    kind: wrapped?.deadLetter.kind ?? 'too-many-receives',
    reason: wrapped?.deadLetter.reason ?? 'received too often without an outcome',
    source:
      wrapped?.deadLetter.source ?? (message !== undefined && 'source' in message ? message.source.id : undefined),
    destination: wrapped?.deadLetter.destination ?? message?.destination,
    events: events.map(({ id, type, time }) => ({ id, type, time })),
    details: wrapped?.deadLetter,
    body,
  }
}

/**
 * What has to go through the delivery queue so that a letter's message is tried again; undefined for what is no message: a
 * broken record stays what it is. A body that lies in the bucket is referred to by its claim.
 */
export function replayOf({ details, body }: Letter): Replay | undefined {
  const { claim, destination } = details ?? {}
  if (claim !== undefined && destination !== undefined)
    return { destination, body: encode({ v: 1, destination, claim }) }
  const message = messageIn(body)
  return message && { destination: message.destination, body }
}

function parsed(text: string): DeadLetter | undefined {
  const read = deadLetter.safeParse(jsonIn(text))
  return read.success ? read.data : undefined
}

function messageIn(text: string) {
  try {
    return decode(text)
  } catch {
    return undefined
  }
}
