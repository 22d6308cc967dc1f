import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs'
import { awsFault } from './aws-fault.ts'

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
]

/** @returns a function that counts the messages of a queue, hidden ones too, about; it throws Fault `store-unavailable` */
export function queueDepth(client: SQSClient, queueUrl: string): () => Promise<number> {
  return async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: COUNTS })
    const { Attributes = {} } = await client.send(command).catch((error: unknown) => {
      throw awsFault('store-unavailable', 'count the messages of the delivery queue', error)
    })
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
  }
}
