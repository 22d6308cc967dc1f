import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'

export interface RateStore {
  /** Counts requests in a window. @returns how many there were so far, these included. @throws Fault `store-unavailable` */
  count(destinationId: string, window: string, requests: number, expiresAt: Date): Promise<number>
  /**
   * Takes places at the end of a line: numbers from `first` on that nobody has.
   *
   * @returns the first of them; undefined when it would not be below `end`. @throws Fault `store-unavailable`
   */
  queue(
    destinationId: string,
    line: string,
    places: number,
    within: { readonly first: number; readonly end: number },
    expiresAt: Date,
  ): Promise<number | undefined>
}

/**
 * Counters in DynamoDB, deleted by `expiresAt`:
 *
 * - `destination#<id>` / `rate#<window>` with the number `requests`. An item for each window, because one that begins anew with each of
 *   them would need a condition, and a second call whenever it fails
 * - `destination#<id>` / `line#<line>` with the number `next`, the first place that nobody has
 */
export function rateStore(client: DynamoDBClient, table: string): RateStore {
  return {
    async count(destinationId, window, requests, expiresAt) {
      const attributes = await update(client, destinationId, {
        TableName: table,
        Key: keyOf(destinationId, `rate#${window}`),
        UpdateExpression: 'SET #expiresAt = :expiresAt ADD #requests :requests',
        ExpressionAttributeNames: { '#expiresAt': 'expiresAt', '#requests': 'requests' },
        ExpressionAttributeValues: { ':expiresAt': secondsOf(expiresAt), ':requests': { N: String(requests) } },
      })
      return Number(attributes?.requests?.N)
    },

    async queue(destinationId, line, places, { first, end }, expiresAt) {
      const take = (next: string, condition: string, values: Record<string, number>) =>
        update(client, destinationId, {
          TableName: table,
          Key: keyOf(destinationId, `line#${line}`),
          UpdateExpression: `SET #expiresAt = :expiresAt, #next = ${next}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#expiresAt': 'expiresAt', '#next': 'next' },
          ExpressionAttributeValues: {
            ':expiresAt': secondsOf(expiresAt),
            ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }])),
          },
        })
      const atEnd = () =>
        take('#next + :places', '#next >= :first AND #next < :end', { ':first': first, ':end': end, ':places': places })
      const anew = () =>
        take(':new', 'attribute_not_exists(#next) OR #next < :first', { ':first': first, ':new': first + places })
      // The line is there, or is empty or in the past, or has been begun anew by another in between.
      const taken = (await atEnd()) ?? (await anew()) ?? (await atEnd())
      return taken === undefined ? undefined : Number(taken.next?.N) - places
    },
  }
}

/** @returns the attributes after the update; undefined when the condition does not hold */
async function update(
  client: DynamoDBClient,
  destinationId: string,
  input: UpdateItemCommandInput,
): Promise<Record<string, AttributeValue> | undefined> {
  try {
    const { Attributes } = await client.send(new UpdateItemCommand({ ...input, ReturnValues: 'UPDATED_NEW' }))
    return Attributes
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw awsFault('store-unavailable', `count the requests of destination ${destinationId}`, error)
  }
}

function keyOf(destinationId: string, sortKey: string): Record<string, AttributeValue> {
  return { pk: { S: `destination#${destinationId}` }, sk: { S: sortKey } }
}

function secondsOf(time: Date): AttributeValue {
  return { N: String(Math.ceil(time.getTime() / 1000)) }
}
