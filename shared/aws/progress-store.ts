import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'

/** Which events of a queue message are done. */
export interface ProgressStore {
  /** The ids of the events that are done. @throws Fault `store-unavailable` */
  load(messageId: string): Promise<ReadonlySet<string>>
  /** Adds ids, some of which may be there already. @throws Fault `store-unavailable` */
  add(messageId: string, eventIds: readonly string[], expiresAt: Date): Promise<void>
}

/** Progress in DynamoDB: `message#<queue message id>` / `progress`, with the string set `done`, deleted by `expiresAt`. */
export function progressStore(client: DynamoDBClient, table: string): ProgressStore {
  return {
    async load(messageId) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(messageId), ConsistentRead: true })
      const { Item } = await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `read the progress of message ${messageId}`, error)
      })
      return new Set(Item?.done?.SS)
    },

    async add(messageId, eventIds, expiresAt) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(messageId),
        UpdateExpression: 'ADD #done :ids SET #expiresAt = :expiresAt',
        ExpressionAttributeNames: { '#done': 'done', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: {
          ':ids': { SS: [...new Set(eventIds)] },
          ':expiresAt': { N: String(Math.ceil(expiresAt.getTime() / 1000)) },
        },
      })
      await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `save the progress of message ${messageId}`, error)
      })
    },
  }
}

function keyOf(messageId: string): Record<string, AttributeValue> {
  return { pk: { S: `message#${messageId}` }, sk: { S: 'progress' } }
}
