import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'

/** How far the events of a queue message have come. */
export interface Progress<Done> {
  /** The ids of the events that are done: delivered, or in the dead-letter queue. */
  readonly done: Done
  /** As many events as a request may carry, after larger ones were refused; absent where none was. */
  readonly maxEvents?: number | undefined
}

export interface ProgressStore {
  /** @throws Fault `store-unavailable` */
  load(messageId: string): Promise<Progress<ReadonlySet<string>>>
  /** Adds ids to those that are done, and replaces `maxEvents` where it is given. @throws Fault `store-unavailable` */
  add(messageId: string, progress: Progress<readonly string[]>, expiresAt: Date): Promise<void>
}

/**
 * Progress in DynamoDB: `message#<queue message id>` / `progress`, with the string set `done` and the number `maxEvents`, deleted
 * by `expiresAt`.
 */
export function progressStore(client: DynamoDBClient, table: string): ProgressStore {
  return {
    async load(messageId) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(messageId), ConsistentRead: true })
      const { Item } = await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `read the progress of message ${messageId}`, error)
      })
      const maxEvents = Item?.maxEvents?.N
      return { done: new Set(Item?.done?.SS), ...(maxEvents !== undefined && { maxEvents: Number(maxEvents) }) }
    },

    async add(messageId, progress, expiresAt) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(messageId),
        ...changeOf(progress, expiresAt),
      })
      await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `save the progress of message ${messageId}`, error)
      })
    },
  }
}

function changeOf({ done, maxEvents }: Progress<readonly string[]>, expiresAt: Date) {
  const [hasDone, hasMost] = [done.length > 0, maxEvents !== undefined]
  return {
    UpdateExpression: `SET #expiresAt = :expiresAt${hasMost ? ', #most = :most' : ''}${hasDone ? ' ADD #done :done' : ''}`,
    ExpressionAttributeNames: {
      '#expiresAt': 'expiresAt',
      ...(hasMost && { '#most': 'maxEvents' }),
      ...(hasDone && { '#done': 'done' }),
    },
    ExpressionAttributeValues: {
      ':expiresAt': { N: String(Math.ceil(expiresAt.getTime() / 1000)) },
      ...(hasMost && { ':most': { N: String(maxEvents) } }),
      ...(hasDone && { ':done': { SS: [...new Set(done)] } }),
    },
  }
}

function keyOf(messageId: string): Record<string, AttributeValue> {
  return { pk: { S: `message#${messageId}` }, sk: { S: 'progress' } }
}
