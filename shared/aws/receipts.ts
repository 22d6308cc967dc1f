import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { awsFault } from './aws-fault.ts'

/** Messages that were received and are not yet removed. */
export interface Receipts {
  /** Keeps a message invisible for so long from now, rounded up to seconds. @throws Fault `queue-refused` */
  postpone(receiptHandle: string, delayMs: number): Promise<void>
}

export function receipts(client: SQSClient, queueUrl: string): Receipts {
  return {
    async postpone(receiptHandle, delayMs) {
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.max(0, Math.ceil(delayMs / 1000)),
      })
      await client.send(command).catch((error: unknown) => {
        throw awsFault('queue-refused', 'change the visibility of a message', error)
      })
    },
  }
}
