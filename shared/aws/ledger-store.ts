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

/** Ids of events, 12 bytes each. */
export interface LedgerIds {
  readonly ids: Uint8Array
  /** How many of them, the first ones, are in the queue; the others are of events that no destination wants. */
  readonly queued: number
}

/** The ids of events that are dealt with, in buckets by the event's own time. */
export interface LedgerItems {
  /**
   * The ids of all buckets in `[from, to]`, each chunk a whole number of 12-byte ids; as of now, never older.
   *
   * @throws Fault `store-unavailable`; `position-unreadable` when an item is not what was written
   */
  load(sourceId: string, from: Timestamp, to: Timestamp): Promise<readonly ({ bucket: Timestamp } & LedgerIds)[]>
  /** Adds ids, some of which may be there already. @throws Fault `store-unavailable`; some of them may be there then */
  append(sourceId: string, additions: ReadonlyMap<Timestamp, LedgerIds>, expiresAt: Date): Promise<void>
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
    ProjectionExpression: 'sk, ids, queued',
    ExpressionAttributeValues: {
      ':pk': { S: `source#${sourceId}` },
      ':from': { S: `ledger#${from}` },
      ':to': { S: `ledger#${to}$` }, // `$` follows `#`, which the keys of the last bucket go on with
    },
  }
  const found: ({ bucket: Timestamp } & LedgerIds)[] = []
  try {
    for await (const page of paginateQuery({ client }, query)) {
      for (const item of page.Items ?? []) found.push(read(sourceId, item))
    }
  } catch (error) {
    throw awsFault('store-unavailable', `read the ledger of source ${sourceId}`, error)
  }
  return found
}

function read(sourceId: string, item: Readonly<Record<string, AttributeValue>>): { bucket: Timestamp } & LedgerIds {
  const key = item.sk?.S ?? ''
  const [, bucket] = key.split('#')
  const ids = item.ids?.B
  if (bucket !== undefined && ids !== undefined && ids.length % ID_BYTES === 0) {
    return { bucket, ids, queued: Number(item.queued?.N ?? ids.length / ID_BYTES) }
  }
  const found = ids === undefined ? 'no bytes' : `${ids.length} bytes`
  const text = `Cannot read item ${key} of source ${sourceId}: found ${found}, wanted a whole number of ${ID_BYTES}-byte ids`
  throw new Fault('position-unreadable', text)
}

function itemsOf(sourceId: string, additions: ReadonlyMap<Timestamp, LedgerIds>, expiresAt: Date): WriteRequest[] {
  const expiresAtSeconds = String(Math.ceil(expiresAt.getTime() / 1000))
  return [...additions].flatMap(([bucket, added]) =>
    cut(added).map(({ ids, queued }) => ({
      PutRequest: {
        Item: {
          pk: { S: `source#${sourceId}` },
          sk: { S: `ledger#${bucket}#${hash(ids)}` },
          ids: { B: ids },
          // Absent where it would say that all of them are.
          ...(queued < ids.length / ID_BYTES && { queued: { N: String(queued) } }),
          expiresAt: { N: expiresAtSeconds },
        },
      },
    })),
  )
}

function cut({ ids, queued }: LedgerIds): LedgerIds[] {
  const count = ids.length / ID_BYTES
  return Array.from({ length: Math.ceil(count / MAX_IDS_PER_ITEM) }, (_, index) => {
    const first = index * MAX_IDS_PER_ITEM
    const end = Math.min(first + MAX_IDS_PER_ITEM, count)
    const part = ids.subarray(first * ID_BYTES, end * ID_BYTES)
    return { ids: part, queued: Math.min(Math.max(queued - first, 0), end - first) }
  })
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
