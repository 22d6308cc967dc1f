import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { circuitStore } from '../../shared/aws/circuit-store.ts'
import { gapStore } from '../../shared/aws/gap-store.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { CLOSED } from '../../shared/circuit.ts'
import type { Health, Lane } from '../../shared/source-state.ts'
import { SOC, TINES } from './folder.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'
import { pollhook } from './surroundings.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const HEALTHY: Health = {
  createdAt: '2026-04-30T00:00:00.000Z',
  lastPollAt: '2026-05-01T11:59:40.000Z',
  lastSuccessAt: '2026-05-01T11:59:42.000Z',
  unfinished: false,
  failures: 0,
}
const LIVE: Lane = {
  from: '2026-04-30T00:00:00.000Z',
  reached: '2026-05-01T11:58:30.000Z',
  fingerprint: 'f',
  done: false,
  pages: 3,
  found: 7,
  enqueued: 5,
}

let deployment: LocalDeployment
beforeEach(async () => {
  deployment = await openLocalDeployment()
  put('sources/prod-tines', TINES)
  put('destinations/soc', SOC)
})
afterEach(() => deployment.close())

const put = (name: string, value: unknown) =>
  deployment.parameters.put(
    { name: `/pollhook/${name}`, type: 'String', value: JSON.stringify(value), description: '' },
    NOW,
  )
const cli = (...args: string[]) => pollhook([...args, '--local', '--data', deployment.dataDir], { now: NOW })
const states = () => sourceStates(deployment.dynamoDb, deployment.table)
const stateOf = async (id = 'prod-tines') => (await states().read([id])).states.get(id)
const save = (health: Health, lanes: Record<string, Lane> = { live: LIVE }) =>
  states().edit('prod-tines', { lanes, health }, NOW)

describe('pollhook status', () => {
  test('shows a source that was never polled', async () => {
    expect(await cli('status')).toEqual({
      code: 0,
      out: [
        'SOURCE      TYPE   CONDITION  BEHIND  LAST SUCCESS  NEXT POLL  GAPS',
        'prod-tines  tines  new        -       never         next tick  0',
        '',
        'DESTINATION  CONDITION',
        'soc          ok',
        '',
        'Queue: 0 messages waiting, 0 in flight; 0 dead letters',
      ],
      err: [],
    })
  })

  test('shows how far a source is behind and when it is next polled', async () => {
    await save(HEALTHY)
    const { code, out } = await cli('status')
    expect(code).toBe(0)
    expect(out[1]).toBe('prod-tines  tines  ok         1m 30s  18s ago       in 40s     0')
  })

  test('says what is wrong, and ends with exit code 1', async () => {
    const fault = {
      kind: 'unauthorized',
      message: 'Cannot read a page from x: found status 401',
      since: '2026-05-01T11:00:00.000Z',
      suspended: true,
    }
    await save({ ...HEALTHY, failures: 3, fault, notBefore: '2026-05-01T12:10:00.000Z' })
    await gapStore(deployment.dynamoDb, deployment.table).record(
      'prod-tines',
      { from: '2026-04-01T00:00:00.000Z', to: '2026-04-02T00:00:00.000Z', reason: 'retention' },
      NOW,
    )
    const open = {
      reason: 'the receiver answered 404',
      since: '2026-05-01T10:00:00.000Z',
      nextProbeAt: '2026-05-01T12:05:00.000Z',
      probes: 4,
    }
    await circuitStore(deployment.dynamoDb, deployment.table).save('soc', { ...CLOSED, open }, 0)
    put('sources/other', { ...TINES, destinations: ['none'] })

    const { code, out } = await cli('status')
    expect(code).toBe(1)
    expect(out).toEqual([
      'SOURCE      TYPE   CONDITION  BEHIND  LAST SUCCESS  NEXT POLL  GAPS',
      'prod-tines  tines  suspended  1m 30s  18s ago       in 10m     1',
      '  unauthorized (for 1h): Cannot read a page from x: found status 401',
      '',
      'DESTINATION  CONDITION',
      'soc          held',
      '  for 2h: the receiver answered 404; next probe 2026-05-01T12:05:00.000Z',
      '',
      'Cannot use /pollhook/sources/other as destinations names "none", which does not exist: known are soc',
      '',
      'Queue: 0 messages waiting, 0 in flight; 0 dead letters',
    ])
  })

  test('a source that no run has ever got to is stale a quarter of an hour after its parameter was written', async () => {
    const write = (at: string) =>
      deployment.parameters.put(
        { name: '/pollhook/sources/prod-tines', type: 'String', value: JSON.stringify(TINES), description: '' },
        new Date(at),
      )
    write('2026-05-01T11:45:00.000Z')
    expect(await cli('status')).toMatchObject({ code: 0 })
    write('2026-05-01T11:44:59.000Z')
    const { code, out } = await cli('status')
    expect([code, out[1]]).toEqual([1, 'prod-tines  tines  stale      -       never         next tick  0'])
  })

  test('shows a destination that is not configured any more while its messages wait', async () => {
    await save(HEALTHY)
    const open = {
      reason: 'Cannot deliver to gone: found no parameter /pollhook/destinations/gone, wanted its configuration',
      since: '2026-05-01T10:00:00.000Z',
      nextProbeAt: '2026-05-01T12:05:00.000Z',
      probes: 4,
    }
    const circuits = circuitStore(deployment.dynamoDb, deployment.table)
    await circuits.save('gone', { ...CLOSED, open }, 0)
    const { code, out } = await cli('status')
    expect(code).toBe(1)
    expect(out.slice(3, 7)).toEqual([
      'DESTINATION  CONDITION',
      'soc          ok',
      'gone         held',
      `  for 2h: ${open.reason}; next probe 2026-05-01T12:05:00.000Z`,
    ])

    await circuits.save('gone', { ...CLOSED, open: { ...open, nextProbeAt: '2026-05-01T09:00:00.000Z' } }, 1)
    expect(await cli('status')).toMatchObject({ code: 0, out: expect.not.arrayContaining(['gone         held']) })
  })

  test('a destination that fails whatever it is sent is a problem', async () => {
    await save(HEALTHY)
    const overdue = {
      since: '2026-05-01T10:00:00.000Z',
      at: '2026-05-01T11:50:00.000Z',
      queuedAt: '2026-05-01T11:40:00.000Z',
    }
    const circuits = circuitStore(deployment.dynamoDb, deployment.table)
    await circuits.save('soc', { ...CLOSED, overdue }, 0)
    const { code, out } = await cli('status')
    expect([code, out[4]]).toEqual([1, 'soc          failing, takes nothing for 2h'])
    await circuits.save('soc', { ...CLOSED, overdue: { ...overdue, takenAt: '2026-05-01T11:55:00.000Z' } }, 1)
    expect(await cli('status')).toMatchObject({ code: 0 })
  })

  test('a state that cannot be read is said, not taken for an absent one', async () => {
    const Item = { pk: { S: 'source#prod-tines' }, sk: { S: 'state' }, health: { S: '{' } }
    await deployment.dynamoDb.send(new PutItemCommand({ TableName: deployment.table, Item }))
    const { code, out } = await cli('status')
    expect(code).toBe(1)
    expect(out.slice(1, 3)).toEqual([
      'prod-tines  tines  unreadable  -       never         -          0',
      expect.stringContaining('  position-unreadable: Cannot read attribute health'),
    ])
  })

  test('a source late without a fault is stale; one that is paused or disabled is not', async () => {
    await save({ ...HEALTHY, lastSuccessAt: '2026-05-01T11:00:00.000Z' })
    expect((await cli('status')).out[1]).toContain('stale')
    await cli('pause', 'prod-tines')
    expect(await cli('status')).toMatchObject({
      code: 0,
      out: expect.arrayContaining([expect.stringContaining('paused')]),
    })
    put('sources/prod-tines', { ...TINES, enabled: false })
    expect((await cli('status')).out[1]).toContain('disabled')
  })

  test('shows what is under way besides the live position, and not what is done', async () => {
    const sweep = { ...LIVE, to: '2026-05-01T11:00:00.000Z', reached: '2026-05-01T10:00:00.000Z' }
    await save(HEALTHY, { live: LIVE, sweep, 'backfill-a': { ...sweep, done: true } })
    const { out } = await cli('status')
    expect(out.filter((line) => line.startsWith('  '))).toEqual([
      '  sweep of 2026-04-30T00:00:00.000Z to 2026-05-01T11:00:00.000Z: has reached 2026-05-01T10:00:00.000Z, 3 pages, 7 events, 5 new',
    ])
  })

  test('dead letters are a problem', async () => {
    const { sqs, deadLetterQueueUrl: QueueUrl } = deployment
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    expect(await cli('status')).toMatchObject({
      code: 1,
      out: expect.arrayContaining(['Queue: 0 messages waiting, 0 in flight; 1 dead letter']),
    })
  })

  test('--json has everything', async () => {
    await save(HEALTHY)
    expect(JSON.parse((await cli('status', '--json')).out.join())).toEqual({
      ok: true,
      sources: [
        {
          id: 'prod-tines',
          type: 'tines',
          condition: 'ok',
          destinations: ['soc'],
          lagMs: 90_000,
          lastSuccessAt: '2026-05-01T11:59:42.000Z',
          nextPollAt: '2026-05-01T12:00:40.000Z',
          lanes: [],
          gaps: 0,
        },
      ],
      destinations: [{ id: 'soc' }],
      problems: [],
      queue: { waiting: 0, inFlight: 0 },
      deadLetters: 0,
    })
  })
})

describe('pollhook pause and resume', () => {
  test('set and clear the mark, and keep the position', async () => {
    await save(HEALTHY)
    expect(await cli('pause', 'prod-tines')).toMatchObject({ code: 0, out: ['Source prod-tines is paused'] })
    expect(await stateOf()).toMatchObject({ paused: true, lanes: { live: LIVE } })
    await cli('resume', 'prod-tines')
    expect(await stateOf()).toMatchObject({ paused: false, lanes: { live: LIVE } })
  })

  test('make nothing of a source that does not exist', async () => {
    expect(await cli('pause', 'prod-tine')).toEqual({
      code: 1,
      out: [],
      err: ['Cannot find source prod-tine under /pollhook/sources: did you mean "prod-tines"?'],
    })
    expect((await deployment.dynamoDb.send(new ScanCommand({ TableName: deployment.table }))).Count).toBe(0)
  })
})

describe('pollhook rewind', () => {
  test('records what it skips as a gap', async () => {
    await save(HEALTHY, { live: { ...LIVE, reached: '2026-05-01T06:00:00.000Z' } })
    expect((await cli('rewind', 'prod-tines', '--to', '1h')).code).toBe(0)
    expect((await cli('gaps', 'prod-tines')).out).toEqual([
      'prod-tines  2026-05-01T06:00:00.000Z to 2026-05-01T11:00:00.000Z  5h  pollhook rewind had reading go on from a later time',
      '1 gap',
    ])
  })

  test('begins a new position at the time, and leaves the rest', async () => {
    const backfill = { ...LIVE, to: '2026-04-30T10:00:00.000Z' }
    await save(HEALTHY, { live: LIVE, 'backfill-a': backfill })
    expect(await cli('rewind', 'prod-tines', '--to', '24h')).toMatchObject({
      code: 0,
      out: ['Source prod-tines is read again from 2026-04-30T12:00:00.000Z on'],
    })
    const state = await stateOf()
    expect(state?.lanes.live).toEqual({
      from: '2026-04-30T12:00:00.000Z',
      fingerprint: expect.stringMatching(/^[\w-]{22}$/),
      done: false,
      pages: 0,
      found: 0,
      enqueued: 0,
    })
    expect(state?.lanes['backfill-a']).toEqual(backfill)
    expect(state?.health).toEqual(HEALTHY)
  })

  test('does nothing while a run is under way', async () => {
    await save(HEALTHY)
    await states().acquire('prod-tines', 'a run', NOW, new Date(NOW.getTime() + 60_000))
    expect(await cli('rewind', 'prod-tines', '--to', '1h')).toMatchObject({
      code: 1,
      err: [
        'Cannot rewind source prod-tines: found a run under way, which ends within minutes; pause the source and try again',
      ],
    })
    expect((await stateOf())?.lanes.live).toEqual(LIVE)
  })
})

describe('pollhook backfill', () => {
  test('adds a lane besides the live one, once, and shows how far it is', async () => {
    await save(HEALTHY)
    const backfill = () =>
      cli('backfill', 'prod-tines', '--from', '2026-04-01T00:00:00Z', '--to', '2026-04-02T00:00:00Z')
    expect((await backfill()).code).toBe(0)
    const state = await stateOf()
    expect(state?.lanes.live).toEqual(LIVE)
    expect(state?.lanes['backfill-2026-04-01T00:00:00.000Z-2026-04-02T00:00:00.000Z']).toMatchObject({
      from: '2026-04-01T00:00:00.000Z',
      to: '2026-04-02T00:00:00.000Z',
      done: false,
    })
    expect((await cli('status')).out[2]).toBe(
      '  backfill of 2026-04-01T00:00:00.000Z to 2026-04-02T00:00:00.000Z: has reached 2026-04-01T00:00:00.000Z, 0 pages, 0 events, 0 new',
    )
    expect(await backfill()).toMatchObject({
      code: 1,
      err: [expect.stringContaining('found that backfill there already')],
    })
  })

  test('may be asked for once more when it has ended', async () => {
    const name = 'backfill-2026-04-01T00:00:00.000Z-2026-04-02T00:00:00.000Z'
    const [from, to] = ['2026-04-01T00:00:00.000Z', '2026-04-02T00:00:00.000Z']
    await save(HEALTHY, { live: LIVE, [name]: { ...LIVE, from, to, done: true } })
    expect((await cli('backfill', 'prod-tines', '--from', from, '--to', to)).code).toBe(0)
    expect((await stateOf())?.lanes[`${name}-${NOW.toISOString()}`]).toMatchObject({ from, to, done: false })
  })

  test('records what the vendor no longer keeps as a gap: finding nothing there is not completeness', async () => {
    await save(HEALTHY)
    const answer = await cli('backfill', 'prod-tines', '--from', '2026-04-01T00:00:00Z', '--to', '2026-04-30T00:00:00Z')
    expect(answer.out[1]).toBe('The vendor no longer keeps what was before 2026-04-24T12:00:00.000Z: recorded as a gap')
    expect((await cli('gaps', 'prod-tines')).out.at(-1)).toBe('1 gap')
  })
})

describe('pollhook backfill into a destination that does not take old events as they are', () => {
  test('warns, and names what becomes of them', async () => {
    put('destinations/soc', { type: 'datadog', apiKey: { secret: 'destinations/soc/key' } })
    await save(HEALTHY)
    const { code, out } = await cli('backfill', 'prod-tines', '--from', '20h')
    expect(code).toBe(0)
    expect(out.slice(1)).toEqual([
      'Warning: destination soc does not take events older than 18h as they are: Datadog shows them at the time of their arrival; their own time is in pollhook.time',
    ])
    expect((await cli('backfill', 'prod-tines', '--from', '10h')).out.slice(1)).toEqual([])
  })
})

describe('pollhook gaps', () => {
  test('says that there are none', async () => {
    expect(await cli('gaps')).toEqual({ code: 0, out: ['No gaps'], err: [] })
  })

  test('lists interval, length and reason', async () => {
    const gap = { from: '2026-04-01T00:00:00.000Z', to: '2026-04-02T12:00:00.000Z', reason: 'retention' } as const
    await gapStore(deployment.dynamoDb, deployment.table).record('prod-tines', gap, NOW)
    expect(await cli('gaps', 'prod-tines')).toEqual({
      code: 1,
      out: [
        'prod-tines  2026-04-01T00:00:00.000Z to 2026-04-02T12:00:00.000Z  1d 12h  the vendor had dropped them before they were read',
        '1 gap',
      ],
      err: [],
    })
  })
})
