import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { rateStore } from '../../../shared/aws/rate-store.ts'
import { slotStore } from '../../../shared/aws/slot-store.ts'
import { rateStoreContract } from '../../contracts/rate-store.ts'
import { slotStoreContract } from '../../contracts/slot-store.ts'
import { openTable } from '../../emulators.ts'

let table: Awaited<ReturnType<typeof openTable>>
let tests = 0
beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

rateStoreContract('rateStore() in DynamoDB', async () => {
  const store = rateStore(table.client, table.table)
  const prefix = `t${++tests}-`
  return {
    count: (id, ...rest) => store.count(prefix + id, ...rest),
    queue: (id, ...rest) => store.queue(prefix + id, ...rest),
  }
})

slotStoreContract('slotStore() in DynamoDB', async () => {
  const store = slotStore(table.client, table.table)
  const prefix = `t${++tests}-`
  return {
    take: (id, ...rest) => store.take(prefix + id, ...rest),
    release: (id, ...rest) => store.release(prefix + id, ...rest),
  }
})

it('rateStore() lets DynamoDB delete the counter of a window that is over', async () => {
  await rateStore(table.client, table.table).count('soc', 'a', 1, new Date('2026-05-15T10:00:00.500Z'))
  const key = { pk: { S: 'destination#soc' }, sk: { S: 'rate#a' } }
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: key }))
  // Seconds since 1970, rounded up: `date -u -d 2026-05-15T10:00:01Z +%s`.
  expect(Item).toEqual({ ...key, requests: { N: '1' }, expiresAt: { N: '1778839201' } })
})

it('rateStore() lets DynamoDB delete a line that nobody stands in', async () => {
  const expiresAt = new Date('2026-05-15T10:00:00.500Z')
  await rateStore(table.client, table.table).queue('soc', 'a', 2, { first: 7, end: 9 }, expiresAt)
  const key = { pk: { S: 'destination#soc' }, sk: { S: 'line#a' } }
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: key }))
  expect(Item).toEqual({ ...key, next: { N: '9' }, expiresAt: { N: '1778839201' } })
})

it('slotStore() keeps one item for a destination, with the slots that are taken', async () => {
  const store = slotStore(table.client, table.table)
  const [now, until] = [new Date('2026-05-01T10:00:00.000Z'), new Date('2026-05-01T10:01:05.000Z')]
  const slot = await store.take('one-item', 8, now, until)
  const other = await store.take('one-item', 8, now, until)
  await store.release('one-item', other ?? -1, until)
  const { Items } = await table.client.send(
    new QueryCommand({
      TableName: table.table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'destination#one-item' } },
    }),
  )
  // Milliseconds since 1970: `date -u -d 2026-05-01T10:01:05Z +%s000`.
  const item = { pk: { S: 'destination#one-item' }, sk: { S: 'slots' }, [`slot${slot}`]: { N: '1777629665000' } }
  expect(Items).toEqual([item])
})

it('rateStore() and slotStore() name the destination when DynamoDB refuses', async () => {
  const [rates, slots] = [rateStore(table.client, 'no-such-table'), slotStore(table.client, 'no-such-table')]
  const unavailable = { kind: 'store-unavailable', message: expect.stringContaining('of destination soc') }
  const now = new Date()
  await expect(rates.count('soc', 'a', 1, now)).rejects.toMatchObject(unavailable)
  await expect(rates.queue('soc', 'a', 1, { first: 1, end: 2 }, now)).rejects.toMatchObject(unavailable)
  await expect(slots.take('soc', 2, now, now)).rejects.toMatchObject(unavailable)
  await expect(slots.release('soc', 0, now)).rejects.toMatchObject(unavailable)
})
