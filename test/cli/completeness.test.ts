import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gapStore } from '../../shared/aws/gap-store.ts'
import { ledgerStore } from '../../shared/aws/ledger-store.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { walkStore } from '../../shared/aws/walk-store.ts'
import type { Lane } from '../../shared/source-state.ts'
import { SOC, TINES } from './folder.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'
import { pollhook } from './surroundings.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const EXPIRY = new Date('2026-07-30T12:00:00.000Z')
const LIVE: Lane = {
  from: '2026-04-30T00:00:00.000Z',
  reached: '2026-05-01T11:59:30.000Z',
  fingerprint: 'f',
  done: false,
  pages: 3,
  found: 7,
  enqueued: 5,
}

describe('pollhook status --completeness', () => {
  let deployment: LocalDeployment

  beforeEach(async () => {
    deployment = await openLocalDeployment()
    for (const [name, value] of [
      ['sources/prod-tines', TINES],
      ['destinations/soc', SOC],
    ] as const) {
      const entry = {
        name: `/pollhook/${name}`,
        type: 'String',
        value: JSON.stringify(value),
        description: '',
      } as const
      deployment.parameters.put(entry, NOW)
    }
    const { dynamoDb, table } = deployment
    const sweep: Lane = { ...LIVE, to: '2026-05-01T08:00:00.000Z', reached: '2026-05-01T08:00:00.000Z', done: true }
    const change = { lanes: { live: LIVE, sweep }, health: { unfinished: false, failures: 0 } }
    await sourceStates(dynamoDb, table).edit('prod-tines', change, NOW)
    const taken = (queued: number, ...numbers: number[]) => ({
      ids: Buffer.concat(numbers.map((n) => Buffer.alloc(12, n))),
      queued,
    })
    const ledger = ledgerStore(dynamoDb, table)
    await ledger.append('prod-tines', new Map([['2026-05-01T10:00:00.000Z', taken(2, 1, 2)]]), EXPIRY)
    await ledger.append(
      'prod-tines',
      new Map([
        ['2026-05-01T10:00:00.000Z', taken(1, 2, 3)],
        ['2026-05-01T11:00:00.000Z', taken(1, 4)],
      ]),
      EXPIRY,
    )
  })
  afterEach(() => deployment.close())

  const ask = (...args: string[]) => {
    const words = ['status', '--completeness', ...args, '--local', '--data', deployment.dataDir]
    return pollhook(words, { now: NOW })
  }

  test('answers yes, with the events of each hour, each counted once', async () => {
    const answer = await ask('--source', 'prod-tines', '--from', '2026-05-01T10:00:00Z', '--to', '2026-05-01T11:00:00Z')
    expect(answer).toMatchObject({
      code: 0,
      out: [
        '2026-05-01T10:00:00.000Z to 2026-05-01T11:00:00.000Z: complete; in these hours 3 events read, 2 enqueued',
        'Late events have not been looked for yet',
        'HOUR                      READ  ENQUEUED  CLOSED  LAST SWEPT',
        '2026-05-01T10:00:00.000Z  3     2         yes     -',
      ],
    })
  })

  test('answers no, and why not', async () => {
    const gap = { from: '2026-05-01T05:00:00.000Z', to: '2026-05-01T06:00:00.000Z', reason: 'retention' } as const
    await gapStore(deployment.dynamoDb, deployment.table).record('prod-tines', gap, NOW)
    const walks = walkStore(deployment.dynamoDb, deployment.table)
    const swept = { lane: 'sweep', from: LIVE.from, to: '2026-05-01T06:00:00.000Z', fingerprint: 'f' }
    const counts = { at: '2026-05-01T07:00:00.000Z', found: 2, enqueued: 0 }
    await walks.record('prod-tines', { ...swept, ...counts }, EXPIRY)
    await walks.record(
      'prod-tines',
      { ...swept, ...counts, to: '2026-05-01T10:00:00.000Z', fingerprint: 'old' },
      EXPIRY,
    )
    const answer = await ask('--source', 'prod-tines', '--from', '8h')
    expect(answer).toMatchObject({
      code: 1,
      out: [
        '2026-05-01T04:00:00.000Z to 2026-05-01T12:00:00.000Z: not complete; in these hours 4 events read, 3 enqueued',
        'Late events have been looked for up to 2026-05-01T08:00:00.000Z',
        '  2026-05-01T05:00:00.000Z  2026-05-01T06:00:00.000Z  retention',
        '  2026-05-01T11:59:30.000Z  2026-05-01T12:00:00.000Z  not-read',
        'HOUR                      READ  ENQUEUED  CLOSED  LAST SWEPT',
        '2026-05-01T04:00:00.000Z  0     0         yes     2026-05-01T07:00:00.000Z',
        '2026-05-01T05:00:00.000Z  0     0         no      2026-05-01T07:00:00.000Z',
        '2026-05-01T06:00:00.000Z  0     0         yes     -',
        '2026-05-01T07:00:00.000Z  0     0         yes     -',
        '2026-05-01T08:00:00.000Z  0     0         yes     -',
        '2026-05-01T09:00:00.000Z  0     0         yes     -',
        '2026-05-01T10:00:00.000Z  3     2         yes     -',
        '2026-05-01T11:00:00.000Z  1     1         no      -',
      ],
    })
  })

  test('gives the same as JSON', async () => {
    const answer = await ask(
      '--source',
      'prod-tines',
      '--from',
      '2026-05-01T11:00:00Z',
      '--to',
      '2026-05-01T11:30:00Z',
      '--json',
    )
    expect(JSON.parse(answer.out.join('\n'))).toMatchObject({
      complete: true,
      hours: [{ hour: '2026-05-01T11:00:00.000Z', read: 1, enqueued: 1, closed: true }],
    })
  })

  test('wants a source, and an interval', async () => {
    expect((await ask()).code).toBe(2)
    expect((await ask('--source', 'prod-tines', '--from', '1h', '--to', '2h')).code).toBe(2)
    expect((await pollhook(['status', '--source', 'prod-tines'], { now: NOW })).code).toBe(2)
  })
})
