import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import type { TablePlan } from './plan.ts'

/**
 * Deletes the items whose time to live is over, which DynamoDB does by itself and its emulator does not.
 *
 * @returns how many there were
 */
export async function expireItems(table: TablePlan, dynamoDb: DynamoDBClient, now: Date): Promise<number> {
  const { expiryAttribute } = table
  if (expiryAttribute === undefined) return 0
  const nowSeconds = String(Math.floor(now.getTime() / 1000))
  const isOver = {
    ExpressionAttributeNames: { '#expires': expiryAttribute },
    ExpressionAttributeValues: { ':now': { N: nowSeconds } },
  }
  let count = 0
  const pages = paginateScan(
    { client: dynamoDb },
    { TableName: table.name, FilterExpression: '#expires < :now', ...isOver },
  )
  for await (const { Items = [] } of pages) {
    for (const item of Items) {
      // The item may have been written again since it was read.
      const deletion = {
        TableName: table.name,
        Key: keyOf(item, table),
        ConditionExpression: '#expires < :now',
        ...isOver,
      }
      const deleted = await dynamoDb.send(new DeleteItemCommand(deletion)).then(
        () => true,
        (error: Error) => {
          if (error.name === 'ConditionalCheckFailedException') return false
          throw error
        },
      )
      if (deleted) count += 1
    }
  }
  return count
}

function keyOf(item: Readonly<Record<string, AttributeValue>>, table: TablePlan): Record<string, AttributeValue> {
  const key: Record<string, AttributeValue> = {}
  for (const { name } of table.keys) {
    const value = item[name]
    if (value !== undefined) key[name] = value
  }
  return key
}
