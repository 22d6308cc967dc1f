import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'

export interface RateStore {
  /** Counts requests in a window. @returns how many there were so far, these included. @throws Fault `store-unavailable` */
  count(destinationId: string, window: string, requests: number, expiresAt: Date): Promise<number>
}

/**
 * Counters in DynamoDB: `destination#<id>` / `rate#<window>` with the number `requests`, deleted by `expiresAt`. An item for each window,
 * because one that begins anew with each of them would need a condition, and a second call whenever it fails.
 */
export function rateStore(client: DynamoDBClient, table: string): RateStore {
  return {
    async count(destinationId, window, requests, expiresAt) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: `destination#${destinationId}` }, sk: { S: `rate#${window}` } },
        UpdateExpression: 'SET #expiresAt = :expiresAt ADD #requests :requests',
        ExpressionAttributeNames: { '#expiresAt': 'expiresAt', '#requests': 'requests' },
        ExpressionAttributeValues: {
          ':expiresAt': { N: String(Math.ceil(expiresAt.getTime() / 1000)) },
          ':requests': { N: String(requests) },
        },
        ReturnValues: 'UPDATED_NEW',
      })
      const { Attributes } = await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `count the requests of destination ${destinationId}`, error)
      })
      return Number(Attributes?.requests?.N)
    },
  }
}
