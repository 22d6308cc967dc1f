import type { DeadLetter } from '../../shared/dead-letter.ts'
import type { Received } from './job.ts'
import type { DeliverPorts } from './ports.ts'

/** Puts a letter into the dead-letter queue, and says so. Only then may its event count as done. @throws Fault `queue-refused` */
export async function bury(
  letter: DeadLetter,
  { messageId }: Received,
  { deadLetters, log }: Pick<DeliverPorts, 'deadLetters' | 'log'>,
): Promise<void> {
  await deadLetters.send(letter)
  const { kind, source, destination, status, reason } = letter.deadLetter
  log('warn', 'delivery.dead-lettered', { kind, destination, source, queueMessageId: messageId, status, reason })
}
