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
  /** The events of it that are left; absent where it is all of them. */
  readonly left?: readonly OutgoingEvent[] | undefined
  /** The last attempt, where there was one. */
  readonly attempted?: Attempted | undefined
}

/** The dead letter of a message. Its body is what was in the queue, or a message of the events that are left: a replay sends nothing else. */
export function letterOf(received: Received, verdict: Verdict, now: Date): DeadLetter {
  const { kind, reason, message, attempted } = verdict
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
    body: bodyOf(received, verdict),
  }
}

function bodyOf({ body }: Received, { message, left }: Verdict): string {
  if (message === undefined || !('events' in message) || left === undefined) return body
  return left.length === message.events.length ? body : encode({ ...message, events: left })
}

/** The dead letter of one event that its receiver refused. */
export function refusedLetter(
  received: Received,
  message: Message,
  event: OutgoingEvent,
  { reason, attempted }: { readonly reason: string; readonly attempted: Attempted },
): DeadLetter {
  return letterOf(received, { kind: 'refused', reason, message, left: [event], attempted }, attempted.endedAt)
}

/** The first 2 KiB, without half a character at the end. */
function beginning(reply: string): string {
  const bytes = Buffer.from(reply.slice(0, REPLY_BYTES))
  let end = Math.min(bytes.length, REPLY_BYTES)
  // A byte of the form 10xxxxxx continues a character that began before it.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString()
}
