import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gapStore } from '../../../shared/aws/gap-store.ts'
import { ledgerStore } from '../../../shared/aws/ledger-store.ts'
import { sourceStates } from '../../../shared/aws/source-state.ts'
import { walkStore } from '../../../shared/aws/walk-store.ts'
import { gapStoreContract } from '../../contracts/gap-store.ts'
import { ledgerStoreContract } from '../../contracts/ledger-store.ts'
import { stateStoreContract } from '../../contracts/state-store.ts'
import { walkStoreContract } from '../../contracts/walk-store.ts'
import { openTable } from '../../emulators.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const UNTIL = new Date('2026-05-01T12:05:30.000Z')
const BUCKET = '2026-05-01T12:00:00.000Z'

let database: Awaited<ReturnType<typeof openTable>>
let runs = 0

beforeAll(async () => {
  database = await openTable()
})
afterAll(() => database.close())

describe('sourceStates() on DynamoDB', () => {
  stateStoreContract(async () => ({
    states: sourceStates(database.client, database.table),
    async corrupt(sourceId, attribute, text) {
      await database.client.send(
        new UpdateItemCommand({
          TableName: database.table,
          Key: { pk: { S: `source#${sourceId}` }, sk: { S: 'state' } },
          UpdateExpression: 'SET #attribute = :text',
          ExpressionAttributeNames: { '#attribute': attribute },
          ExpressionAttributeValues: { ':text': { S: text } },
        }),
      )
    },
  }))
})

describe('ledgerStore() on DynamoDB', () => {
  ledgerStoreContract(async () => ledgerStore(database.client, database.table))
})

describe('gapStore() on DynamoDB', () => {
  gapStoreContract(async () => gapStore(database.client, database.table))
})

describe('walkStore() on DynamoDB', () => {
  walkStoreContract(async () => walkStore(database.client, database.table))
})

describe('the items in the table', () => {
  test('are those of the layout', async () => {
    const id = `layout-${++runs}`
    const lease = await sourceStates(database.client, database.table).acquire(id, 'run-1', NOW, UNTIL)
    await lease?.save({ health: { unfinished: false, failures: 0 } })
    await ledgerStore(database.client, database.table).append(
      id,
      new Map([[BUCKET, { ids: Buffer.alloc(24, 7), queued: 1 }]]),
      new Date('2026-07-30T12:00:00.400Z'),
    )
    await gapStore(database.client, database.table).record(
      id,
      { from: BUCKET, to: '2026-05-01T13:00:00.000Z', reason: 'retention' },
      NOW,
    )
    const walk = { lane: 'sweep', from: BUCKET, to: '2026-05-01T13:00:00.000Z', fingerprint: 'f', at: BUCKET }
    await walkStore(database.client, database.table).record(id, { ...walk, found: 2, enqueued: 0 }, NOW)
    const { Items } = await database.client.send(
      new QueryCommand({
        TableName: database.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `source#${id}` } },
      }),
    )
    const pk = { S: `source#${id}` }
    expect(Items).toEqual([
      {
        pk,
        sk: { S: 'gap#2026-05-01T12:00:00.000Z#2026-05-01T13:00:00.000Z#retention' },
        from: { S: '2026-05-01T12:00:00.000Z' },
        to: { S: '2026-05-01T13:00:00.000Z' },
        reason: { S: 'retention' },
        recordedAt: { S: '2026-05-01T12:00:00.000Z' },
      },
      {
        pk,
        sk: { S: expect.stringMatching(/^ledger#2026-05-01T12:00:00\.000Z#[\w-]{22}$/) },
        ids: { B: Uint8Array.from(Buffer.alloc(24, 7)) },
        queued: { N: '1' },
        expiresAt: { N: '1785412801' },
      },
      {
        pk,
        sk: { S: 'state' },
        owner: { S: 'run-1' },
        beganAt: { S: '2026-05-01T12:00:00.000Z' },
        leaseUntil: { S: '2026-05-01T12:05:30.000Z' },
        fence: { N: '1' },
        health: { S: '{"unfinished":false,"failures":0}' },
      },
      {
        pk,
        sk: { S: 'walk#2026-05-01T13:00:00.000Z#2026-05-01T12:00:00.000Z#sweep' },
        walk: { S: JSON.stringify({ ...walk, found: 2, enqueued: 0 }) },
        expiresAt: { N: '1777636800' },
      },
    ])
  })

  test('of the ledger that are damaged stop the source', async () => {
    const id = `damaged-${++runs}`
    const key = `ledger#${BUCKET}#x`
    const item = { pk: { S: `source#${id}` }, sk: { S: key }, ids: { B: Buffer.alloc(13) } }
    await database.client.send(new PutItemCommand({ TableName: database.table, Item: item }))
    await expect(ledgerStore(database.client, database.table).load(id, BUCKET, BUCKET)).rejects.toMatchObject({
      kind: 'position-unreadable',
      message: `Cannot read item ${key} of source ${id}: found 13 bytes, wanted a whole number of 12-byte ids`,
    })
  })

  test('of finished walks that are damaged are not left out', async () => {
    const id = `damaged-${++runs}`
    const item = { pk: { S: `source#${id}` }, sk: { S: 'walk#x' }, walk: { S: '{"lane":' } }
    await database.client.send(new PutItemCommand({ TableName: database.table, Item: item }))
    await expect(walkStore(database.client, database.table).endingAfter(id, BUCKET)).rejects.toMatchObject({
      kind: 'position-unreadable',
    })
  })

  test('of gaps that are damaged are not left out', async () => {
    const id = `damaged-${++runs}`
    const item = { pk: { S: `source#${id}` }, sk: { S: 'gap#x' }, from: { S: BUCKET } }
    await database.client.send(new PutItemCommand({ TableName: database.table, Item: item }))
    await expect(gapStore(database.client, database.table).list(id)).rejects.toMatchObject({
      kind: 'position-unreadable',
    })
  })
})

describe('a DynamoDB that answers only in part, or not at all', () => {
  const pauses: number[] = []
  const pause = async (ms: number) => pauses.push(ms)
  const throttled = new ProvisionedThroughputExceededException({
    message: 'SECRET text of the answer',
    $metadata: { httpStatusCode: 400, requestId: 'REQUEST' },
  })
  const unavailable = expect.objectContaining({
    kind: 'store-unavailable',
    message: expect.stringContaining('found ProvisionedThroughputExceededException (HTTP 400, request REQUEST)'),
  })

  function mocked() {
    return mockClient(DynamoDBClient)
  }
  const client = new DynamoDBClient({ region: 'us-east-1' })

  test('keys that were left unprocessed are read again, after a wait', async () => {
    const mock = mocked()
    const key = (id: string) => ({ pk: { S: `source#${id}` }, sk: { S: 'state' } })
    mock
      .on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { t: [key('a')] }, UnprocessedKeys: { t: { Keys: [key('b')] } } })
      .resolvesOnce({ UnprocessedKeys: { t: { Keys: [key('b')] } } })
      .resolvesOnce({ Responses: { t: [key('b')] } })
    pauses.length = 0
    const { states } = await sourceStates(client, 't', pause).read(['a', 'b'])
    expect([...states.keys()]).toEqual(['a', 'b'])
    expect(pauses).toHaveLength(2)
    expect(mock.commandCalls(BatchGetItemCommand).map(({ args }) => args[0].input.RequestItems?.t)).toEqual([
      { Keys: [key('a'), key('b')], ConsistentRead: true },
      { Keys: [key('b')], ConsistentRead: true },
      { Keys: [key('b')], ConsistentRead: true },
    ])
    mock.restore()
  })

  test('a state that stays unprocessed is not taken for an absent one', async () => {
    const mock = mocked()
    const Keys = [{ pk: { S: 'source#a' }, sk: { S: 'state' } }]
    mock.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { t: { Keys } } })
    await expect(sourceStates(client, 't', pause).read(['a'])).rejects.toMatchObject({ kind: 'store-unavailable' })
    mock.restore()
  })

  test('ids that were left unprocessed are written again, and in the end refused', async () => {
    const mock = mocked()
    mock.on(BatchWriteItemCommand).callsFake(async ({ RequestItems }) => ({ UnprocessedItems: RequestItems }))
    const ledger = ledgerStore(client, 't', pause)
    await expect(
      ledger.append('a', new Map([[BUCKET, { ids: Buffer.alloc(12), queued: 1 }]]), NOW),
    ).rejects.toMatchObject({
      kind: 'store-unavailable',
    })
    const writes = mock.commandCalls(BatchWriteItemCommand).map(({ args }) => args[0].input.RequestItems)
    expect(writes).toHaveLength(7)
    expect(new Set(writes.map((write) => JSON.stringify(write))).size).toBe(1)
    mock.restore()
  })

  test('the ledger is read to its last page, and as of now', async () => {
    const mock = mocked()
    const item = (suffix: string) => ({ sk: { S: `ledger#${BUCKET}#${suffix}` }, ids: { B: Buffer.alloc(12) } })
    const LastEvaluatedKey = { pk: { S: 'source#a' }, sk: { S: 'x' } }
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [], LastEvaluatedKey })
      .resolvesOnce({ Items: [item('1')], LastEvaluatedKey })
      .resolvesOnce({ Items: [item('2')] })
    expect(await ledgerStore(client, 't').load('a', BUCKET, BUCKET)).toHaveLength(2)
    expect(mock.commandCalls(QueryCommand).map(({ args }) => args[0].input.ConsistentRead)).toEqual([true, true, true])
    mock.restore()
  })

  test('an error is a fault that has its name and request id, and not its text', async () => {
    const mock = mocked()
    mock.onAnyCommand().rejects(throttled)
    const states = sourceStates(client, 't', pause)
    const ledger = ledgerStore(client, 't', pause)
    const gaps = gapStore(client, 't')
    const gap = { from: BUCKET, to: BUCKET, reason: 'retention' } as const
    const calls = [
      () => states.acquire('a', 'run', NOW, UNTIL),
      () => states.read(['a']),
      () => states.setPaused('a', true),
      () => states.edit('a', {}, NOW),
      () => ledger.load('a', BUCKET, BUCKET),
      () => ledger.append('a', new Map([[BUCKET, { ids: Buffer.alloc(12), queued: 1 }]]), NOW),
      () => gaps.record('a', gap, NOW),
      () => gaps.list('a'),
    ]
    for (const call of calls) {
      const error: unknown = await call().catch((reason: unknown) => reason)
      expect(error).toEqual(unavailable)
      expect(`${error} ${JSON.stringify(error)}`).not.toContain('SECRET')
      expect(error).not.toHaveProperty('cause')
    }
    mock.restore()
  })

  test('a save whose answer was lost is not a lost lease', async () => {
    const mock = mocked()
    mock
      .on(UpdateItemCommand)
      .resolvesOnce({ Attributes: { fence: { N: '4' } } })
      .rejects(Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }))
    const lease = await sourceStates(client, 't').acquire('a', 'run', NOW, UNTIL)
    await expect(lease?.save({})).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: 'Cannot save the state of source a: found TimeoutError, wanted an answer',
    })
    mock.restore()
  })
})
