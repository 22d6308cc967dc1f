import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { circuitStore } from '../../../shared/aws/circuit-store.ts'
import { takesNothing } from '../../../shared/circuit.ts'
import { circuitStoreContract } from '../../contracts/circuit-store.ts'
import { openTable } from '../../emulators.ts'

let table: Awaited<ReturnType<typeof openTable>>
let tests = 0
beforeAll(async () => {
  table = await openTable()
})
afterAll(() => table.close())

const NOW = '2026-05-01T10:00:00.000Z'

/** A destination id of its own for each test, because they share a table. */
const fresh = () => {
  const store = circuitStore(table.client, table.table)
  const prefix = `t${++tests}-`
  return {
    read: (id: string) => store.read(prefix + id),
    save: (id: string, ...rest: [Parameters<typeof store.save>[1], number]) => store.save(prefix + id, ...rest),
  }
}

circuitStoreContract('circuitStore() in DynamoDB', async () => fresh())

describe('circuitStore()', () => {
  const store = () => circuitStore(table.client, table.table)

  it('reads many at once, and leaves out those that have none', async () => {
    const ids = Array.from({ length: 120 }, (_, n) => `many-${n}`)
    for (const id of ids.slice(0, 110)) await store().save(id, { holds: [], suspects: [id] }, 0)
    const read = await store().readAll([...ids, 'many-0'])
    expect([...read.keys()].filter((id) => id.startsWith('many-'))).toHaveLength(110)
    expect(read.get('many-109')).toEqual({ holds: [], suspects: ['many-109'] })
    expect(read.has('many-110')).toBe(false)
  })

  it('reads also those that were ever on hold, so that messages are found whose destination is gone', async () => {
    const open = { reason: 'x', since: NOW, nextProbeAt: NOW, probes: 0 }
    await store().save('gone', { holds: [], suspects: [], open }, 0)
    await store().save('gone', { holds: [], suspects: ['m1'] }, 1)
    await store().save('never-held', { holds: [], suspects: [] }, 0)
    const read = await store().readAll(['soc'])
    expect(read.get('gone')).toEqual({ holds: [], suspects: ['m1'] })
    expect(read.has('never-held')).toBe(false)
  })

  it('lists a destination before its circuit opens, once, and none that stays closed', async () => {
    const client = new DynamoDBClient({})
    const calls = mockClient(client).on(UpdateItemCommand).resolves({})
    const written = () => calls.commandCalls(UpdateItemCommand).map(({ args }) => args[0].input.Key?.pk?.S)
    const watched = circuitStore(client, 'table')
    const open = { reason: 'x', since: NOW, nextProbeAt: NOW, probes: 0 }
    await watched.save('soc', { holds: [], suspects: [] }, 0)
    await watched.save('soc', { holds: [], suspects: [], open }, 1)
    await watched.save('soc', { holds: [], suspects: [], open }, 2)
    expect(written()).toEqual(['destination#soc', 'destinations', 'destination#soc', 'destination#soc'])

    calls.reset()
    calls.on(UpdateItemCommand).rejects(new Error('away'))
    await expect(watched.save('hook', { holds: [], suspects: [], open }, 0)).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: expect.stringContaining('Cannot list destination hook as held'),
    })
    expect(written()).toEqual(['destinations'])
  })

  it('writes where the plan of the table says', async () => {
    await store().save('written', { holds: [], suspects: [] }, 0)
    const put = (circuit: string) =>
      table.client.send(
        new PutItemCommand({
          TableName: table.table,
          Item: {
            pk: { S: 'destination#written' },
            sk: { S: 'circuit' },
            circuit: { S: circuit },
            version: { N: '7' },
          },
        }),
      )
    await put('{"holds":[],"suspects":["x"],"addedLater":1}')
    expect(await store().read('written')).toEqual({ circuit: { holds: [], suspects: ['x'] }, version: 7 })
  })

  it.each([
    ['no JSON', '{"holds":'],
    ['another shape', '{"holds":7,"suspects":[]}'],
  ])('does not take a circuit that cannot be read for a closed one: %s', async (_, text) => {
    const item = { pk: { S: 'destination#broken' }, sk: { S: 'circuit' }, circuit: { S: text }, version: { N: '1' } }
    await table.client.send(new PutItemCommand({ TableName: table.table, Item: item }))
    await expect(store().read('broken')).rejects.toMatchObject({ name: 'Fault', kind: 'position-unreadable' })
    const { open } = (await store().readAll(['broken'])).get('broken') ?? {}
    expect(open?.reason).toContain('Cannot read the circuit of destination broken')
    // Its messages are delivered to nobody, so its sources have to wait.
    expect(takesNothing({ holds: [], suspects: [], ...(open && { open }) }, new Date(NOW))).toBe(true)
  })

  it('reads what was written last, not what was some time ago', async () => {
    const client = new DynamoDBClient({})
    const calls = mockClient(client).on(GetItemCommand).resolves({})
    await circuitStore(client, 'table').read('soc')
    expect(calls.commandCalls(GetItemCommand)[0]?.args[0].input.ConsistentRead).toBe(true)
  })

  it('names the destination and not the table when DynamoDB refuses', async () => {
    const broken = circuitStore(table.client, 'no-such-table')
    const unavailable = {
      kind: 'store-unavailable',
      message: expect.stringMatching(
        /^Cannot (read|save) the circuit of destination soc: found ResourceNotFoundException/,
      ),
    }
    await expect(broken.read('soc')).rejects.toMatchObject(unavailable)
    await expect(broken.save('soc', { holds: [], suspects: [] }, 0)).rejects.toMatchObject(unavailable)
  })
})
