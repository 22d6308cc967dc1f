import { type AttributeValue, type DynamoDBClient, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb'
import type { Timestamp } from '../contracts/event.ts'
import { Fault } from '../contracts/fault.ts'
import { jsonIn } from '../contracts/json-in.ts'
import { type FinishedWalk, finishedWalk } from '../source-state.ts'
import { awsFault } from './aws-fault.ts'

export interface Walks {
  /** Records a walk; the same interval once more replaces it. @throws Fault `store-unavailable` */
  record(sourceId: string, walk: FinishedWalk, expiresAt: Date): Promise<void>
  /** The walks that end after an instant, by their ends. @throws Fault `store-unavailable`; `position-unreadable` */
  endingAfter(sourceId: string, instant: Timestamp): Promise<FinishedWalk[]>
}

/** When sweeps and backfills had read their intervals to the end, in DynamoDB: an item each, `walk#<to>#<from>#<lane>`. */
export function walkStore(client: DynamoDBClient, table: string): Walks {
  return {
    async record(sourceId, walk, expiresAt) {
      const item = {
        pk: { S: `source#${sourceId}` },
        sk: { S: `walk#${walk.to}#${walk.from}#${walk.lane}` },
        walk: { S: JSON.stringify(walk) },
        expiresAt: { N: String(Math.ceil(expiresAt.getTime() / 1000)) },
      }
      await client.send(new PutItemCommand({ TableName: table, Item: item })).catch((error: unknown) => {
        throw awsFault('store-unavailable', `record a finished walk of source ${sourceId}`, error)
      })
    },

    async endingAfter(sourceId, instant) {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :last',
        ExpressionAttributeValues: {
          ':pk': { S: `source#${sourceId}` },
          ':after': { S: `walk#${instant}$` }, // `$` follows `#`, with which the keys of that very instant go on
          ':last': { S: 'walk$' },
        },
      }
      const found: FinishedWalk[] = []
      try {
        for await (const page of paginateQuery({ client }, query)) {
          for (const item of page.Items ?? []) found.push(read(sourceId, item))
        }
      } catch (error) {
        throw awsFault('store-unavailable', `list the finished walks of source ${sourceId}`, error)
      }
      return found
    },
  }
}

function read(sourceId: string, item: Readonly<Record<string, AttributeValue>>): FinishedWalk {
  const walk = finishedWalk.safeParse(jsonIn(item.walk?.S ?? ''))
  if (walk.success) return walk.data
  const found = walk.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  const text = `Cannot read item ${item.sk?.S} of source ${sourceId}: found ${found}, wanted a finished walk`
  throw new Fault('position-unreadable', text)
}
