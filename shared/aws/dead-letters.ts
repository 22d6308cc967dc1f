import { createHash } from 'node:crypto'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { type DeadLetter, encodeDeadLetter } from '../dead-letter.ts'
import type { Claims } from './claims.ts'
import { MAX_BYTES_PER_CALL, type Outgoing, sendAll } from './send-all.ts'
import type { Pause } from './until-done.ts'

/** Takes what will never be delivered, with the reason. */
export interface DeadLetters {
  /** Returns once the queue has accepted it. @throws Fault `queue-refused` */
  send(letter: DeadLetter): Promise<void>
  /** Returns once the queue has accepted all of them. @throws Fault `queue-refused`; some may be in the queue then */
  sendMany(letters: readonly DeadLetter[]): Promise<void>
}

/**
 * The dead-letter queue. A letter that is too large for it, escaped as its body is, leaves its body in `claims` and carries the
 * key: nothing is cut off.
 *
 * @param pause waits between attempts; replaced in tests
 */
export function deadLetters(
  client: SQSClient,
  queueUrl: string,
  claims: Pick<Claims, 'put'>,
  pause?: Pause,
): DeadLetters {
  const sendMany = async (letters: readonly DeadLetter[]) => {
    const outgoing: Outgoing[] = []
    for (const letter of letters) outgoing.push(await outgoingOf(letter, claims))
    await sendAll(client, queueUrl, outgoing, 'dead-letter', pause)
  }
  return { send: (letter) => sendMany([letter]), sendMany }
}

async function outgoingOf(letter: DeadLetter, claims: Pick<Claims, 'put'>): Promise<Outgoing> {
  const body = encodeDeadLetter(letter)
  const bytes = Buffer.byteLength(body)
  if (bytes <= MAX_BYTES_PER_CALL) return { body, bytes }
  const claim = `claims/dead-letters/${createHash('sha256').update(letter.body).digest('base64url')}.json`
  await claims.put(claim, letter.body)
  const short = encodeDeadLetter({ ...letter, deadLetter: { ...letter.deadLetter, claim }, body: '' })
  return { body: short, bytes: Buffer.byteLength(short) }
}
