import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type DeleteMessageBatchRequestEntry,
  ReceiveMessageCommand,
  type SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs'
import { inGroups } from '../shared/aws/in-parallel.ts'
import { groupInOrder } from '../shared/aws/outbox.ts'
import { type Outgoing, sendAll, sendInOrder } from '../shared/aws/send-all.ts'
import { Fault } from '../shared/contracts/fault.ts'
import type { Deployment } from './deployment.ts'
import { type Letter, letterOf, type Replay, replayOf } from './letter.ts'

/** SQS hands out ten at a time: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html. */
const PER_CALL = 10

/** Long enough to look through a queue of thousands once, short enough that an interrupted look hides nothing for long. */
const HIDDEN_SECONDS = 120

/** With a wait SQS asks all servers of the queue, so an empty answer means that nothing is left. A local queue has one. */
const WAIT_SECONDS = 1

/** Answers in a row without a new letter, after which there is none: in a long look, the first come back meanwhile. */
const ANSWERS_WITHOUT_NEWS = 3

type Queues = Pick<Deployment, 'sqs' | 'deadLetterQueueUrl' | 'queueUrl' | 'orderedQueueUrl' | 'local'>

/**
 * The dead-letter queue as a list. SQS has no way to look without taking, so letters are taken, and what is neither replayed nor
 * removed is put back at the end.
 */
export class DeadLetters {
  readonly #sqs: SQSClient
  readonly #queueUrl: string
  readonly #deliveryQueueUrl: string
  readonly #orderedQueueUrl: string | undefined
  readonly #wantsOrder: (destinationId: string) => Promise<boolean>
  readonly #waitSeconds: number
  /** By the queue's id of each letter that is taken, the last handle. */
  readonly #taken = new Map<string, string>()

  /** @param wantsOrder whether a destination's messages go through the queue that keeps the order */
  constructor(
    { sqs, deadLetterQueueUrl, queueUrl, orderedQueueUrl, local }: Queues,
    wantsOrder: (destinationId: string) => Promise<boolean> = async () => false,
  ) {
    this.#sqs = sqs
    this.#queueUrl = deadLetterQueueUrl
    this.#deliveryQueueUrl = queueUrl
    this.#orderedQueueUrl = orderedQueueUrl
    this.#wantsOrder = wantsOrder
    this.#waitSeconds = local ? 0 : WAIT_SECONDS
  }

  /** Takes letters, some at a time and each once, until there are no more or it is `most`. */
  async *take(most: number): AsyncGenerator<readonly Letter[]> {
    const seen = new Set<string>()
    for (let idle = 0; idle < ANSWERS_WITHOUT_NEWS && seen.size < most; ) {
      const messages = await this.#receive(Math.min(PER_CALL, most - seen.size))
      if (messages.length === 0) return
      const news = messages.filter(({ MessageId = '' }) => !seen.has(MessageId))
      for (const { MessageId = '' } of news) seen.add(MessageId)
      idle = news.length === 0 ? idle + 1 : 0
      if (news.length > 0) yield news.map(read)
    }
  }

  /**
   * Sends the messages of letters to their destinations again: into a delivery queue first, then out of this one, so that a failure
   * in between repeats and never loses. Where the order is kept, they come after what is in the queue.
   *
   * @returns the letters that hold no message, to which nothing was done
   * @throws Fault `queue-refused`
   */
  async replay(letters: readonly Letter[]): Promise<readonly Letter[]> {
    const messages = letters.flatMap((letter) => {
      const message = replayOf(letter)
      return message === undefined ? [] : [{ letter, message }]
    })
    const [ordered, others]: [Outgoing[], Outgoing[]] = [[], []]
    for (const { letter, message } of messages) {
      const isOrdered = this.#orderedQueueUrl !== undefined && (await this.#wantsOrder(message.destination))
      if (isOrdered) ordered.push(lastInOrder(letter, message))
      else others.push({ body: message.body, bytes: Buffer.byteLength(message.body), group: message.destination })
    }
    await sendAll(this.#sqs, this.#deliveryQueueUrl, others, 'delivery')
    if (this.#orderedQueueUrl !== undefined) await sendInOrder(this.#sqs, this.#orderedQueueUrl, ordered, 'ordered')
    const replayed = new Set(messages.map(({ letter }) => letter))
    await this.remove([...replayed])
    return letters.filter((letter) => !replayed.has(letter))
  }

  /** Deletes letters, for ever. @throws Fault `queue-refused` */
  async remove(letters: readonly Letter[]): Promise<void> {
    for (const some of inGroups(letters, PER_CALL)) {
      const Entries = some.map(({ messageId }, index) => this.#entry(messageId, index))
      const answer = await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }))
      const failed = new Set((answer.Failed ?? []).map(({ Id }) => Id))
      for (const [index, { messageId }] of some.entries()) if (!failed.has(`${index}`)) this.#taken.delete(messageId)
      if (failed.size > 0) throw notRemoved(failed.size, some.length)
    }
  }

  /** Makes all that were taken, and not removed, visible to others again, at once. */
  async putBack(): Promise<void> {
    for (const some of inGroups([...this.#taken.keys()], PER_CALL)) {
      const Entries = some.map((messageId, index) => ({ ...this.#entry(messageId, index), VisibilityTimeout: 0 }))
      await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#queueUrl, Entries }))
    }
    this.#taken.clear()
  }

  async #receive(most: number): Promise<SqsMessage[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#queueUrl,
      MaxNumberOfMessages: most,
      VisibilityTimeout: HIDDEN_SECONDS,
      WaitTimeSeconds: this.#waitSeconds,
      MessageSystemAttributeNames: ['SentTimestamp'],
    })
    const { Messages = [] } = await this.#sqs.send(command)
    for (const { MessageId = '', ReceiptHandle = '' } of Messages) this.#taken.set(MessageId, ReceiptHandle)
    return Messages
  }

  #entry(messageId: string, index: number): DeleteMessageBatchRequestEntry {
    return { Id: `${index}`, ReceiptHandle: this.#taken.get(messageId) }
  }
}

/** Named for the letter, as SQS drops a message without a word that is named like one of the last five minutes. */
function lastInOrder({ messageId, source = '-' }: Letter, { body, destination }: Replay): Outgoing {
  const deduplicationId = `replay/${messageId}`
  return { body, bytes: Buffer.byteLength(body), group: groupInOrder(destination, source), deduplicationId }
}

function read({ MessageId = '', Body = '', Attributes }: SqsMessage): Letter {
  const sentAt = new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString()
  return letterOf({ messageId: MessageId, sentAt, body: Body })
}

function notRemoved(failed: number, of: number): Fault {
  const found = `found ${failed} of ${of} left, wanted none`
  return new Fault('queue-refused', `Cannot take letters out of the dead-letter queue: ${found}`)
}
