import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Deployment } from './deployment.ts'
import { type Letter, letterOf, replayOf } from './letter.ts'

/** SQS hands out ten at a time: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html. */
const PER_RECEIVE = 10

/** Long enough to look through the queue once, short enough that an interrupted look hides nothing for long. */
const HIDDEN_SECONDS = 120

/** With a wait SQS asks all servers of the queue, so an empty answer means that nothing is left. A local queue has one. */
const WAIT_SECONDS = 1

type Queues = Pick<Deployment, 'sqs' | 'deadLetterQueueUrl' | 'queueUrl' | 'local'>

/**
 * The dead-letter queue as a list. SQS has no way to look without taking, so letters are taken and put back.
 */
export class DeadLetters {
  readonly #sqs: SQSClient
  readonly #queueUrl: string
  readonly #deliveryQueueUrl: string
  readonly #waitSeconds: number

  constructor({ sqs, deadLetterQueueUrl, queueUrl, local }: Queues) {
    this.#sqs = sqs
    this.#queueUrl = deadLetterQueueUrl
    this.#deliveryQueueUrl = queueUrl
    this.#waitSeconds = local ? 0 : WAIT_SECONDS
  }

  /** Takes up to `most` letters. What is not removed must be put back. */
  async take(most: number): Promise<Letter[]> {
    const letters: Letter[] = []
    const seen = new Set<string>()
    while (letters.length < most) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#queueUrl,
          MaxNumberOfMessages: Math.min(PER_RECEIVE, most - letters.length),
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: this.#waitSeconds,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      )
      if (Messages.length === 0) break
      for (const { MessageId = '', ReceiptHandle = '', Body = '', Attributes } of Messages) {
        if (seen.has(MessageId)) continue
        seen.add(MessageId)
        const sentAt = new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString()
        letters.push(letterOf({ messageId: MessageId, receiptHandle: ReceiptHandle, sentAt, body: Body }))
      }
    }
    return letters
  }

  /** Makes letters visible to others again, at once. */
  async putBack(letters: readonly Letter[]): Promise<void> {
    for (let at = 0; at < letters.length; at += PER_RECEIVE) {
      const Entries = letters
        .slice(at, at + PER_RECEIVE)
        .map(({ receiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }))
      await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#queueUrl, Entries }))
    }
  }

  async remove({ receiptHandle }: Letter): Promise<void> {
    await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: receiptHandle }))
  }

  /**
   * Sends a letter's message to its destination again: into the delivery queue first, then out of this one, so that a failure in
   * between repeats and never loses.
   *
   * @returns false when the letter holds no message, and nothing was done
   */
  async replay(letter: Letter): Promise<boolean> {
    const message = replayOf(letter)
    if (message === undefined) return false
    const { destination, body } = message
    await this.#sqs.send(
      new SendMessageCommand({ QueueUrl: this.#deliveryQueueUrl, MessageBody: body, MessageGroupId: destination }),
    )
    await this.remove(letter)
    return true
  }
}
