import { createHash } from 'node:crypto'
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateQuery,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import type { Timestamp } from '../contracts/event.ts'
import { Fault } from '../contracts/fault.ts'
import { awsFault } from './aws-fault.ts'
import { inGroups } from './in-parallel.ts'
import { type Pause, untilDone } from './until-done.ts'

/** What is kept of an event's id. */
const ID_BYTES = 12

/** Ids in one item: 300,000 bytes, under DynamoDB's 400 KB for an item. */
const MAX_IDS_PER_ITEM = 25_000

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html; 25 full items are 7.5 of 16 MB. */
const MAX_ITEMS_PER_WRITE = 25

/** The ids of events that are safe in the queue, in buckets by the event's own time. */
export interface LedgerItems {
  /**
   * The ids of all buckets in `[from, to]`, each chunk a whole number of 12-byte ids; as of now, never older.
   *
   * @throws Fault `store-unavailable`; `position-unreadable` when an item is not what was written
   */
  load(sourceId: string, from: Timestamp, to: Timestamp): Promise<readonly { bucket: Timestamp; ids: Uint8Array }[]>
  /** Adds ids, some of which may be there already. @throws Fault `store-unavailable`; some of them may be there then */
  append(sourceId: string, additions: ReadonlyMap<Timestamp, Uint8Array>, expiresAt: Date): Promise<void>
}

/**
 * The ledger in DynamoDB: an item for each addition to a bucket, because adding never reads. The item's key ends in a hash of
 * the ids, so an addition that is made twice is one item.
 *
 * @param pause waits between attempts; replaced in tests
 */
export function ledgerStore(client: DynamoDBClient, table: string, pause?: Pause): LedgerItems {
  return {
    load: (sourceId, from, to) => load(client, table, sourceId, from, to),
    async append(sourceId, additions, expiresAt) {
      for (const group of inGroups(itemsOf(sourceId, additions, expiresAt), MAX_ITEMS_PER_WRITE)) {
        const undone = await untilDone(group, (requests) => write(client, table, sourceId, requests), pause)
        if (undone.length === 0) continue
        const text = `Cannot add to the ledger of source ${sourceId}: found ${undone.length} items left unprocessed, wanted none`
        throw new Fault('store-unavailable', text)
      }
    },
  }
}

async function load(client: DynamoDBClient, table: string, sourceId: string, from: Timestamp, to: Timestamp) {
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ProjectionExpression: 'sk, ids',
    ExpressionAttributeValues: {
      ':pk': { S: `source#${sourceId}` },
      ':from': { S: `ledger#${from}` },
      ':to': { S: `ledger#${to}$` }, // `$` follows `#`, which the keys of the last bucket go on with
    },
  }
  const found: { bucket: Timestamp; ids: Uint8Array }[] = []
  try {
    for await (const page of paginateQuery({ client }, query)) {
      for (const item of page.Items ?? []) found.push(read(sourceId, item))
    }
  } catch (error) {
    throw awsFault('store-unavailable', `read the ledger of source ${sourceId}`, error)
  }
  return found
}

function read(
  sourceId: string,
  item: Readonly<Record<string, AttributeValue>>,
): { bucket: Timestamp; ids: Uint8Array } {
  const key = item.sk?.S ?? ''
  const [, bucket] = key.split('#')
  const ids = item.ids?.B
  if (bucket !== undefined && ids !== undefined && ids.length % ID_BYTES === 0) return { bucket, ids }
  const found = ids === undefined ? 'no bytes' : `${ids.length} bytes`
  const text = `Cannot read item ${key} of source ${sourceId}: found ${found}, wanted a whole number of ${ID_BYTES}-byte ids`
  throw new Fault('position-unreadable', text)
}

function itemsOf(sourceId: string, additions: ReadonlyMap<Timestamp, Uint8Array>, expiresAt: Date): WriteRequest[] {
  const expiresAtSeconds = String(Math.ceil(expiresAt.getTime() / 1000))
  return [...additions].flatMap(([bucket, ids]) =>
    cut(ids).map((part) => ({
      PutRequest: {
        Item: {
          pk: { S: `source#${sourceId}` },
          sk: { S: `ledger#${bucket}#${hash(part)}` },
          ids: { B: part },
          expiresAt: { N: expiresAtSeconds },
        },
      },
    })),
  )
}

function cut(ids: Uint8Array): Uint8Array[] {
  const partBytes = MAX_IDS_PER_ITEM * ID_BYTES
  return Array.from({ length: Math.ceil(ids.length / partBytes) }, (_, index) =>
    ids.subarray(index * partBytes, (index + 1) * partBytes),
  )
}

function hash(ids: Uint8Array): string {
  return createHash('sha256').update(ids).digest('base64url').slice(0, 22)
}

/** @returns the requests that DynamoDB left for another call */
async function write(
  client: DynamoDBClient,
  table: string,
  sourceId: string,
  requests: readonly WriteRequest[],
): Promise<WriteRequest[]> {
  try {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: [...requests] } }))
    return answer.UnprocessedItems?.[table] ?? []
  } catch (error) {
    throw awsFault('store-unavailable', `add to the ledger of source ${sourceId}`, error)
  }
}
