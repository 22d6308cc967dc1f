import { beforeEach, describe, expect, it } from 'vitest'
import { choked, holdBack } from '../../../functions/dispatch/back-pressure.ts'
import { dispatch } from '../../../functions/dispatch/dispatch.ts'
import { metricsOf, report } from '../../../functions/dispatch/report.ts'
import { type Circuit, CLOSED } from '../../../shared/circuit.ts'
import { NEW_STATE, type SourceState } from '../../../shared/source-state.ts'

const NOW = new Date('2026-05-01T10:00:00.000Z')
const TICK = NOW.toISOString()

/** The receiver says that the endpoint is wrong. */
const OPEN: Circuit = {
  ...CLOSED,
  open: { reason: 'the receiver answered 401', since: TICK, nextProbeAt: TICK, probes: 1 },
}
/** It answers 5xx, or not at all: a message that was queued long after the first sign has failed three times. */
const FAILING: Circuit = {
  ...CLOSED,
  overdue: { since: '2026-05-01T08:00:00.000Z', at: '2026-05-01T09:55:00.000Z', queuedAt: '2026-05-01T09:50:00.000Z' },
}
/** It takes some, and leaves others. */
const BEHIND: Circuit = {
  ...CLOSED,
  overdue: {
    since: '2026-05-01T08:00:00.000Z',
    at: '2026-05-01T09:55:00.000Z',
    queuedAt: '2026-05-01T09:50:00.000Z',
    takenAt: '2026-05-01T09:59:00.000Z',
  },
}
const THROTTLED: Circuit = { ...CLOSED, throttledUntil: '2026-05-01T10:00:30.000Z' }

describe('choked()', () => {
  const circuits = new Map([
    ['open', OPEN],
    ['failing', FAILING],
    ['throttled', THROTTLED],
    ['behind', BEHIND],
    ['well', CLOSED],
  ])

  it.each([
    [0, []],
    [9_999, []],
    [10_000, ['open', 'failing', 'throttled']],
    [79_999, ['open', 'failing', 'throttled']],
    [80_000, ['open', 'failing', 'throttled', 'behind']],
    [500_000, ['open', 'failing', 'throttled', 'behind']],
  ])('with %i messages in the queue it is %j', (depth, ids) => {
    expect([...choked(circuits, depth, NOW)]).toEqual(ids)
  })
})

describe('dispatch()', () => {
  const merge = (destination: string, more: object = {}) =>
    JSON.stringify({ type: 'merge', apiKey: { secret: 'k' }, destinations: [destination], ...more })
  const HOOK = JSON.stringify({ type: 'webhook', url: 'https://hook.example/in' })
  const at = (reached: string, more: Partial<SourceState> = {}): SourceState => ({
    ...NEW_STATE,
    lanes: { live: { from: reached, reached, fingerprint: 'x', done: false, pages: 0, found: 0, enqueued: 0 } },
    ...more,
  })
  let sources: Map<string, string>
  let states: Map<string, SourceState>
  let circuits: Map<string, Circuit>
  let depth: number

  beforeEach(() => {
    sources = new Map([
      ['a', merge('hook')],
      ['b', merge('other')],
    ])
    states = new Map([
      ['a', at('2026-05-01T09:58:00.000Z')],
      ['b', at('2026-05-01T09:58:00.000Z')],
    ])
    circuits = new Map([['hook', FAILING]])
    depth = 10_000
  })

  const tick = () =>
    dispatch(TICK, {
      trees: async () => ({
        prefix: '/pollhook',
        sources,
        destinations: new Map([
          ['hook', HOOK],
          ['other', HOOK],
        ]),
        changedAt: new Map(),
      }),
      states: async () => ({ states, unreadable: new Map() }),
      circuits: async () => circuits,
      queueDepth: async () => depth,
      invoke: async () => {},
      now: () => NOW,
      local: false,
    })

  it.each([
    ['is on hold', OPEN],
    ['fails whatever it is sent', FAILING],
    ['asked everybody to wait', THROTTLED],
  ])('lets the sources of a destination wait that %s when the queue is deep, and no others', async (_, circuit) => {
    circuits.set('hook', circuit)
    expect(await tick()).toMatchObject({ due: ['b'], waiting: ['a'] })
    depth = 9_999
    expect(await tick()).toMatchObject({ due: ['a', 'b'], waiting: [], holdBackPercent: 0 })
  })

  it('lets the sources of a destination that takes some messages wait when the queue is very deep', async () => {
    circuits.set('hook', BEHIND)
    depth = 79_999
    expect(await tick()).toMatchObject({ due: ['a', 'b'], waiting: [] })
    depth = 80_000
    expect(await tick()).toMatchObject({ due: ['b'], waiting: ['a'] })
  })

  it('polls them again by itself once the destination takes a message, however deep the queue is', async () => {
    circuits.set('hook', BEHIND)
    depth = 50_000
    expect(await tick()).toMatchObject({ due: ['a', 'b'], waiting: [] })
  })

  it('does not count a source that waits as stale', async () => {
    const health = { ...NEW_STATE.health, lastSuccessAt: '2026-05-01T08:00:00.000Z' }
    states.set('a', at('2026-05-01T08:00:00.000Z', { health }))
    expect(await tick()).toMatchObject({ waiting: ['a'], stale: [] })
  })

  it('polls a source again that is a day behind, where nobody knows how long its vendor keeps events', async () => {
    depth = 100_000
    states.set('a', at('2026-04-30T10:00:00.001Z'))
    expect((await tick()).waiting).toEqual(['a'])
    states.set('a', at('2026-04-30T10:00:00.000Z'))
    expect(await tick()).toMatchObject({ due: ['a', 'b'], waiting: [] })
  })

  it('polls a source again when half of the time is over that its vendor keeps events', async () => {
    depth = 100_000
    sources.set('a', JSON.stringify({ type: 'polytomic', apiKey: { secret: 'k' }, destinations: ['hook'] }))
    states.set('a', at('2026-04-30T10:00:00.001Z'))
    expect((await tick()).waiting).toEqual(['a'])
    states.set('a', at('2026-04-30T10:00:00.000Z'))
    expect((await tick()).due).toEqual(['a', 'b'])
  })

  it('gives a source its first run, because its beginning is where that is', async () => {
    states.delete('a')
    expect(await tick()).toMatchObject({ due: ['a', 'b'], waiting: [] })
  })

  it('does not say of a source that is paused or disabled that it waits', async () => {
    states.set('a', at('2026-05-01T09:58:00.000Z', { paused: true }))
    sources.set('b', merge('hook', { enabled: false }))
    expect(await tick()).toMatchObject({ waiting: [], holdBackPercent: 0 })
  })

  it('says how much of the time for waiting is used up, also when it is over', async () => {
    states.set('a', at('2026-04-30T16:00:00.000Z'))
    const waiting = await tick()
    expect(waiting.holdBackPercent).toBeCloseTo(75)
    expect(metricsOf(waiting)).toMatchObject({ HoldBackPercent: 75, DestinationsFailing: 1, DestinationsHeld: 0 })
    states.set('a', at('2026-04-30T04:00:00.000Z'))
    const polled = await tick()
    expect(polled).toMatchObject({ due: ['a', 'b'], waiting: [] })
    expect(polled.holdBackPercent).toBeCloseTo(125)
  })

  it('tells of each source that waits, each destination that fails, and the depth of the queue', async () => {
    const lines: unknown[] = []
    report(await tick(), (level, event, fields) => lines.push({ level, event, ...fields }))
    expect(lines).toEqual([
      { level: 'warn', event: 'destination.failing', destination: 'hook', since: '2026-05-01T08:00:00.000Z' },
      { level: 'warn', event: 'source.waiting', source: 'a' },
      expect.objectContaining({ level: 'info', event: 'tick.finished', waiting: 1, failing: 1, queueDepth: 10_000 }),
    ])
  })
})

it('holdBack() is undefined for a source none of whose destinations is choked', () => {
  const config = { enabled: true, destinations: ['a', 'b'], source: { traits: {} } } as never
  const lane = { from: TICK, fingerprint: 'x', done: false, pages: 0, found: 0, enqueued: 0 }
  const state = { ...NEW_STATE, lanes: { live: lane } }
  expect(holdBack(config, state, new Set(['c']), NOW)).toBeUndefined()
  expect(holdBack(config, state, new Set(['b']), NOW)).toBe(0)
})
