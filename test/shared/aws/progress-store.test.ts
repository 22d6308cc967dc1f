import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { progressStore } from '../../../shared/aws/progress-store.ts'
import { progressStoreContract } from '../../contracts/progress-store.ts'
import { openTable } from '../../emulators.ts'

let table: Awaited<ReturnType<typeof openTable>>
let tests = 0
beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

progressStoreContract('progressStore() in DynamoDB', async () => {
  const store = progressStore(table.client, table.table)
  const prefix = `t${++tests}-`
  return {
    load: (id) => store.load(prefix + id),
    save: (id, change, expiresAt) => store.save(prefix + id, change, expiresAt),
  }
})

it('progressStore() lets DynamoDB delete what no message can need any more', async () => {
  const store = progressStore(table.client, table.table)
  await store.save('b5ae0c05', { done: ['evt_a'] }, new Date('2026-05-15T10:00:00.500Z'))
  const key = { pk: { S: 'message#b5ae0c05' }, sk: { S: 'progress' } }
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: key }))
  // Seconds since 1970, rounded up: `date -u -d 2026-05-15T10:00:01Z +%s`.
  expect(Item?.expiresAt).toEqual({ N: '1778839201' })
})

it('progressStore() names the message when DynamoDB refuses', async () => {
  const broken = progressStore(table.client, 'no-such-table')
  const unavailable = {
    kind: 'store-unavailable',
    message: expect.stringContaining('the progress of message b5ae0c05'),
  }
  await expect(broken.load('b5ae0c05')).rejects.toMatchObject(unavailable)
  await expect(broken.save('b5ae0c05', { done: ['evt_a'] }, new Date())).rejects.toMatchObject(unavailable)
})

it('progressStore() reads what was written last, not what was some time ago', async () => {
  const client = new DynamoDBClient({})
  const calls = mockClient(client).on(GetItemCommand).resolves({})
  await progressStore(client, 'table').load('b5ae0c05')
  expect(calls.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true)
})
