import { z } from 'zod'
import { escapeForSqs } from './message.ts'

/**
 * The body of a message in the dead-letter queue that pollhook itself put there. A message that SQS moved, because it was
 * received too often, is the plain message instead.
 */
export const deadLetter = z.strictObject({
  v: z.literal(1),
  deadLetter: z.strictObject({
    /** Why it will never do, in one sentence. */
    reason: z.string(),
    kind: z.enum(['refused', 'given-up', 'malformed-record', 'unreadable-message']),
    source: z.string().optional(),
    destination: z.string().optional(),
    /** The receiver's last answer; the reply holds its first 2 KiB. */
    status: z.number().optional(),
    reply: z.string().optional(),
    attempts: z.number().optional(),
    firstAttemptAt: z.string().optional(),
    lastAttemptAt: z.string().optional(),
    /** The key of the object that holds the body, which was too large for the queue; `body` is empty then. */
    claim: z.string().optional(),
  }),
  /** The queue message, or the vendor's record, exactly as it was. */
  body: z.string(),
})

export type DeadLetter = z.infer<typeof deadLetter>

/** The letter as text for a queue. */
export function encodeDeadLetter(letter: DeadLetter): string {
  return escapeForSqs(JSON.stringify(letter))
}
