import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { awsFault } from './aws-fault.ts'

/** Messages that were received and are not yet removed. */
export interface Receipts {
  /** Keeps a message invisible for so long from now, rounded up to seconds. @throws Fault `queue-refused` */
  postpone(receipt: Receipt, delayMs: number): Promise<void>
}

/** A received message, as Lambda hands it over. */
export interface Receipt {
  readonly eventSourceARN: string
  readonly receiptHandle: string
}

/** @param queueUrls of the delivery queues: the name at the end of each is that at the end of its ARN */
export function receipts(client: SQSClient, queueUrls: readonly string[]): Receipts {
  const urlOf = new Map(queueUrls.map((url) => [url.slice(url.lastIndexOf('/') + 1), url]))
  return {
    async postpone({ eventSourceARN, receiptHandle }, delayMs) {
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: urlOf.get(eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.max(0, Math.ceil(delayMs / 1000)),
      })
      await client.send(command).catch((error: unknown) => {
        throw awsFault('queue-refused', 'change the visibility of a message', error)
      })
    },
  }
}
