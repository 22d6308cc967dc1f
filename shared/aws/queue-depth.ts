import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs'
import { awsFault } from './aws-fault.ts'

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
]

/** @returns a function that counts the messages of the queues together, hidden ones too, about; it throws Fault `store-unavailable` */
export function queueDepth(client: SQSClient, queueUrls: readonly string[]): () => Promise<number> {
  const depthOf = async (QueueUrl: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: COUNTS })
    const { Attributes = {} } = await client.send(command).catch((error: unknown) => {
      throw awsFault('store-unavailable', 'count the messages of the delivery queue', error)
    })
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
  }
  return async () => (await Promise.all(queueUrls.map(depthOf))).reduce((sum, depth) => sum + depth, 0)
}
