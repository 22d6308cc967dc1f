import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CreateTableCommand, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { GetParameterCommand } from '@aws-sdk/client-ssm'
import dynalite from 'dynalite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readRunFile } from '../../local/data-dir.ts'
import type { Note } from '../../local/note.ts'
import { type LocalOptions, startLocal } from '../../local/run.ts'
import { clientsOf } from './emulators/emulators.ts'
import { fixtureAssembly } from './fixture-assembly.ts'
import { temporaryFolder } from './temporary.ts'

/** The machine may be busy. */
const SOON = { timeout: 20_000 }

async function start(options: Partial<LocalOptions> = {}) {
  const notes: Note[] = []
  const dataDir = options.dataDir ?? temporaryFolder()
  const assembly = options.assembly ?? fixtureAssembly()
  const onNote = (note: Note) => void notes.push(note)
  const run = await startLocal({ tickSeconds: 'never', ...options, dataDir, assembly, onNote })
  let stopped = false
  const stop = async (graceMs?: number) => {
    if (!stopped) await run.stop(graceMs)
    stopped = true
  }
  onTestFinished(() => stop(0))
  /** What the functions have written under a key. */
  const written = (key: string) =>
    notes
      .flatMap((note) => (note.kind === 'line' && note.stream === 'stdout' ? [JSON.parse(note.text)] : []))
      .flatMap((line) => (key in line ? [line[key]] : []))
  const queueUrl = run.plan.queues.find(({ name }) => name === 'delivery')?.url
  return { ...run, ...clientsOf(run.environment), stop, notes, written, dataDir, assembly, queueUrl }
}

describe('startLocal()', () => {
  it('ticks, and the functions reach each other through the unmodified SDK', async () => {
    const { tick, written } = await start()
    await tick(new Date('2026-05-01T10:00:00.123Z'))
    await expect.poll(() => written('delivered'), SOON).toEqual(['{"tickAt":"2026-05-01T10:00:00Z"}'])
    expect(written('tick')).toEqual([{ tickAt: '2026-05-01T10:00:00Z' }])
  })

  it('ticks by itself, at once and then at its interval', async () => {
    const { written } = await start({ tickSeconds: 1 })
    await expect.poll(() => written('tick').length, SOON).toBeGreaterThanOrEqual(3)
  })

  it('loads the folder before it ticks, under the prefix that the stack names', async () => {
    const configDir = temporaryFolder()
    mkdirSync(join(configDir, 'sources'))
    writeFileSync(join(configDir, 'sources/one.json'), '{}')
    const { tick, ssm, notes } = await start({ configDir })
    await tick()
    expect((await ssm.send(new GetParameterCommand({ Name: '/pollhook/sources/one' }))).Parameter?.Value).toBe('{}')
    expect(notes).toContainEqual({ kind: 'folder', change: 'added', name: 'sources/one' })
  })

  it('tells what the stack puts out, and where the emulators are, to programs of the same user', async () => {
    const { dataDir, endpoint, environment } = await start()
    expect(readRunFile(dataDir)).toEqual({
      pid: process.pid,
      startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      endpoint,
      environment,
      outputs: { Prefix: '/pollhook', Table: 'checkpoints' },
    })
  })

  it('goes on from its disk after it was stopped', async () => {
    const first = await start()
    await first.stop()
    const second = await start({ dataDir: first.dataDir, assembly: first.assembly })
    await second.tick(new Date('2026-05-01T10:00:00Z'))
    await expect.poll(() => second.written('delivered'), SOON).toHaveLength(1)
  })

  it('is refused a data folder that another run has, and a port that another program has', async () => {
    const { dataDir, assembly } = await start()
    await expect(startLocal({ dataDir, assembly })).rejects.toThrow(`found another run on it (process ${process.pid}`)

    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const free = temporaryFolder()
    await expect(startLocal({ dataDir: free, assembly, port })).rejects.toThrow(
      `Cannot listen on port ${port} of 127.0.0.1: found it in use by another program`,
    )
    await (await start({ dataDir: free, assembly })).stop()
  })

  it('takes up at its start what the functions of an earlier run held', async () => {
    const first = await start()
    await first.sqs.send(new SendMessageCommand({ QueueUrl: first.queueUrl, MessageBody: 'hang' }))
    await expect.poll(() => first.written('delivered'), SOON).toEqual(['hang'])
    const pk = { S: 'source#one' }
    const item = { pk, sk: { S: 'state' }, leaseUntil: { S: '2999-01-01T00:00:00.000Z' }, fence: { N: '7' } }
    await first.dynamoDb.send(new PutItemCommand({ TableName: 'checkpoints', Item: item }))
    await first.stop(0)

    const second = await start({ dataDir: first.dataDir, assembly: first.assembly })
    await expect.poll(() => second.written('delivered'), SOON).toEqual(['hang'])
    const key = { TableName: 'checkpoints', Key: { pk, sk: { S: 'state' } } }
    const { Item } = await second.dynamoDb.send(new GetItemCommand(key))
    expect(Item).toEqual({ pk, sk: { S: 'state' }, fence: { N: '7' } })
  })

  it('goes on with a table whose creation a kill has cut off', async () => {
    const [dataDir, assembly] = [temporaryFolder(), fixtureAssembly()]
    // Such a table is in creation for longer than this test, and its emulator forgets about it.
    const cutOff = dynalite({ path: join(dataDir, 'dynamodb'), createTableMs: 86_400_000 }).listen(0, '127.0.0.1')
    await once(cutOff, 'listening')
    const address = cutOff.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { dynamoDb } = clientsOf({ AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${port}`, AWS_REGION: 'us-east-1' })
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'checkpoints',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    dynamoDb.destroy()
    await new Promise((resolve) => cutOff.close(resolve))

    const run = await start({ dataDir, assembly })
    const item = { TableName: 'checkpoints', Item: { pk: { S: 'a' }, sk: { S: 'b' } } }
    await run.dynamoDb.send(new PutItemCommand(item))
    expect((await run.dynamoDb.send(new ScanCommand({ TableName: 'checkpoints' }))).Count).toBe(1)
  })

  it('deletes the items whose time to live is over', async () => {
    const first = await start()
    const put = (name: string, expiresAt?: number) =>
      first.dynamoDb.send(
        new PutItemCommand({
          TableName: 'checkpoints',
          Item: { pk: { S: name }, sk: { S: 'x' }, ...(expiresAt && { expiresAt: { N: String(expiresAt) } }) },
        }),
      )
    await put('over', 1_700_000_000)
    await put('not yet', 4_000_000_000)
    await put('never')
    await first.stop()
    const second = await start({ dataDir: first.dataDir, assembly: first.assembly })
    const names = async () => {
      const { Items } = await second.dynamoDb.send(new ScanCommand({ TableName: 'checkpoints' }))
      return Items?.map(({ pk }) => pk?.S).sort()
    }
    await expect.poll(names, SOON).toEqual(['never', 'not yet'])
  })

  it('invokes a function by its name', async () => {
    const { invoke } = await start()
    expect(await invoke('Deliver', { Records: [] })).toEqual({ payload: 'null' })
    await expect(invoke('Other', {})).rejects.toThrow('Cannot invoke Other: found no such function in the template')
  })
})
