import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { DeadLetter } from '../../shared/dead-letter.ts'
import { type Claim, encode, type Message } from '../../shared/message.ts'
import type { Attempted } from './attempt.ts'
import type { Received } from './job.ts'

const REPLY_BYTES = 2_048

/** What a letter says besides the message itself. */
export interface Verdict {
  readonly kind: DeadLetter['deadLetter']['kind']
  readonly reason: string
  /** The message as far as it could be read. */
  readonly message?: Message | Claim | undefined
  /** The last attempt, where there was one. */
  readonly attempted?: Attempted | undefined
}

/** The dead letter of a whole message: its body is what was in the queue. */
export function letterOf(received: Received, { kind, reason, message, attempted }: Verdict, now: Date): DeadLetter {
  const { status, reply } = attempted ?? {}
  const source = message !== undefined && 'source' in message ? message.source.id : undefined
  return {
    v: 1,
    deadLetter: {
      reason,
      kind,
      ...(source !== undefined && { source }),
      ...(message !== undefined && { destination: message.destination }),
      ...(status !== undefined && { status }),
      ...(reply !== undefined && { reply: beginning(reply) }),
      attempts: received.receives,
      firstAttemptAt: received.firstReceivedAt.toISOString(),
      lastAttemptAt: now.toISOString(),
    },
    body: received.body,
  }
}

/** The dead letter of one event that its receiver refused: of a batch, its body is a message of that event alone. */
export function refusedLetter(
  received: Received,
  message: Message,
  event: OutgoingEvent,
  { reason, attempted }: { readonly reason: string; readonly attempted: Attempted },
): DeadLetter {
  const letter = letterOf(received, { kind: 'refused', reason, message, attempted }, attempted.endedAt)
  return message.events.length === 1 ? letter : { ...letter, body: encode({ ...message, events: [event] }) }
}

/** The first 2 KiB, without half a character at the end. */
function beginning(reply: string): string {
  const bytes = Buffer.from(reply.slice(0, REPLY_BYTES))
  let end = Math.min(bytes.length, REPLY_BYTES)
  // A byte of the form 10xxxxxx continues a character that began before it.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString()
}
