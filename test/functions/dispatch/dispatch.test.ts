import { beforeEach, describe, expect, it } from 'vitest'
import { type DispatchPorts, dispatch } from '../../../functions/dispatch/dispatch.ts'
import type { Assignment } from '../../../shared/assignment.ts'
import { type Circuit, CLOSED } from '../../../shared/circuit.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { type Health, NEW_STATE, type SourceState } from '../../../shared/source-state.ts'

const NOW = new Date('2026-05-01T10:00:00.000Z')
const TICK = '2026-05-01T10:00:00.000Z'

const merge = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ type: 'merge', apiKey: { secret: 'k' }, destinations: ['hook'], ...more })
const HOOK = JSON.stringify({ type: 'webhook', url: 'https://hook.example/in' })
const OPEN: Circuit = {
  ...CLOSED,
  open: { reason: 'the receiver answered 401', since: TICK, nextProbeAt: TICK, probes: 1 },
}

const OVERDUE = {
  since: '2026-05-01T08:00:00.000Z',
  at: '2026-05-01T09:55:00.000Z',
  queuedAt: '2026-05-01T09:50:00.000Z',
}
const FAILING: Circuit = { ...CLOSED, overdue: OVERDUE }

const state = (health: Partial<Health>, reached?: string): SourceState => ({
  ...NEW_STATE,
  lanes:
    reached === undefined
      ? {}
      : { live: { from: reached, reached, fingerprint: 'x', done: false, pages: 0, found: 0, enqueued: 0 } },
  health: { ...NEW_STATE.health, ...health },
})

describe('dispatch()', () => {
  let sources: Map<string, string>
  let destinations: Map<string, string>
  let changedAt: Map<string, string>
  let states: Map<string, SourceState>
  let unreadable: Map<string, Fault>
  let circuits: Map<string, Circuit>
  let depth: number
  let invoked: Assignment[]

  beforeEach(() => {
    sources = new Map()
    destinations = new Map([['hook', HOOK]])
    changedAt = new Map()
    states = new Map()
    unreadable = new Map()
    circuits = new Map()
    depth = 0
    invoked = []
  })

  const tick = (more: Partial<DispatchPorts> = {}) =>
    dispatch(TICK, {
      trees: async () => ({ prefix: '/pollhook', sources, destinations, changedAt }),
      states: async () => ({ states, unreadable }),
      circuits: async () => circuits,
      queueDepth: async () => depth,
      invoke: async (assignment) => void invoked.push(assignment),
      now: () => NOW,
      local: false,
      ...more,
    })

  it('hands each due source to a run of its own, with its text and the routes of its destinations', async () => {
    const filtered = {
      type: 'webhook',
      url: 'https://soc.example',
      batch: { maxEvents: 1 },
      filter: { types: ['merge.*'] },
    }
    destinations.set('soc', JSON.stringify(filtered))
    sources.set('a', merge({ destinations: ['hook', 'soc'] })).set('b', merge())
    states.set('b', state({ lastPollAt: '2026-05-01T09:59:50.000Z' }))
    expect(await tick()).toMatchObject({ sources: 2, due: ['a'], problems: [], failed: [] })
    expect(invoked).toEqual([
      {
        sourceId: 'a',
        source: sources.get('a'),
        routes: [
          { id: 'hook', batch: { maxEvents: 1, maxBytes: 245_760 }, filter: { types: ['*'], exclude: [] } },
          { id: 'soc', batch: { maxEvents: 1, maxBytes: 245_760 }, filter: { types: ['merge.*'], exclude: [] } },
        ],
        sharedBy: 2,
        tickAt: TICK,
      },
    ])
  })

  it('tells a run which of its destinations want their events in order', async () => {
    destinations.set('soc', JSON.stringify({ type: 'webhook', url: 'https://soc.example', ordered: true }))
    sources.set('a', merge({ destinations: ['hook', 'soc'] }))
    await tick()
    expect(invoked.map(({ routes }) => routes.map(({ id, ordered }) => [id, ordered]))).toEqual([
      [
        ['hook', undefined],
        ['soc', true],
      ],
    ])
  })

  it('tells a run how many enabled sources use the same credential', async () => {
    sources
      .set('a', merge())
      .set('b', merge())
      .set('c', merge({ enabled: false }))
      .set('d', merge({ apiKey: { secret: 'other' } }))
    await tick()
    expect(invoked.map(({ sourceId, sharedBy }) => [sourceId, sharedBy])).toEqual([
      ['a', 2],
      ['b', 2],
      ['d', 1],
    ])
  })

  it('lets a broken parameter stop its own source alone, with one line', async () => {
    sources.set('good', merge()).set('bad', merge({ every: '10s' }))
    const { due, problems } = await tick()
    expect(due).toEqual(['good'])
    expect(problems).toEqual([
      'Cannot use /pollhook/sources/bad as every must be a duration from 1m to 24h: found "10s"',
    ])
  })

  it('does not poll a source whose destination does not exist: its events would never get there', async () => {
    sources.set('lost', merge({ destinations: ['hook', 'huk'] }))
    const { due, problems } = await tick()
    expect(due).toEqual([])
    expect(problems).toEqual([
      'Cannot use /pollhook/sources/lost as destinations names "huk", which does not exist: known are hook',
    ])
  })

  it('does not poll a source whose destination is broken', async () => {
    destinations.set('hook', JSON.stringify({ type: 'webhook', url: 'nowhere' }))
    sources.set('waits', merge())
    const { due, problems } = await tick()
    expect(due).toEqual([])
    expect(problems).toEqual([
      'Cannot use /pollhook/destinations/hook as url must be an absolute URL: found "nowhere"',
      'Cannot poll source waits as its destination hook cannot be used: it waits, and misses nothing',
    ])
  })

  it('goes on with the others when one run cannot be started', async () => {
    sources.set('a', merge()).set('b', merge())
    const invoke = async (assignment: Assignment) => {
      if (assignment.sourceId === 'a') throw new Fault('store-unavailable', 'x')
      invoked.push(assignment)
    }
    expect(await tick({ invoke })).toMatchObject({ due: ['a', 'b'], failed: ['a'] })
    expect(invoked.map(({ sourceId }) => sourceId)).toEqual(['b'])
  })

  it('says which source has a state that cannot be read, counts it as stale, and leaves it alone', async () => {
    sources.set('a', merge())
    unreadable.set('a', new Fault('position-unreadable', 'Cannot read the state of source a'))
    expect(await tick()).toMatchObject({ due: [], stale: ['a'], problems: ['Cannot read the state of source a'] })
  })

  it('reports suspended sources, held destinations and the largest lag', async () => {
    sources.set('a', merge()).set('b', merge())
    const fault = { kind: 'forbidden', message: 'found status 403', since: TICK, suspended: true }
    states.set('a', state({ fault, notBefore: '2026-05-01T10:15:00.000Z' }, '2026-05-01T09:00:00.000Z'))
    circuits.set('hook', OPEN)
    const seen = await tick()
    expect(seen.suspended).toEqual([{ id: 'a', ...fault }])
    expect(seen.held).toMatchObject([{ id: 'hook', reason: 'the receiver answered 401' }])
    expect(seen.maxLagMs).toBe(3_600_000)
  })

  it('counts a source as stale that no run has ever got to, from the time its parameter was written', async () => {
    sources.set('a', merge()).set('b', merge())
    changedAt.set('a', '2026-05-01T09:40:00.000Z').set('b', '2026-05-01T09:50:00.000Z')
    expect(await tick()).toMatchObject({ due: ['a', 'b'], stale: ['a'] })
  })

  it('reports a destination that fails whatever it is sent, and since when it took nothing', async () => {
    circuits.set('hook', FAILING)
    expect(await tick()).toMatchObject({ held: [], failing: [{ id: 'hook', since: '2026-05-01T08:00:00.000Z' }] })
    const takenAt = '2026-05-01T09:00:00.000Z'
    circuits.set('hook', { ...CLOSED, overdue: { ...OVERDUE, takenAt } })
    expect((await tick()).failing).toMatchObject([{ since: takenAt }])
    circuits.set('hook', { ...CLOSED, overdue: { ...OVERDUE, takenAt: TICK } })
    expect((await tick()).failing).toEqual([])
  })

  describe('reports as held a destination that', () => {
    it('is not configured any more, while its messages wait', async () => {
      circuits.set('gone', OPEN)
      expect((await tick()).held).toMatchObject([{ id: 'gone', reason: 'the receiver answered 401' }])
      circuits.set('gone', { ...OPEN, open: { ...OPEN.open, nextProbeAt: '2026-05-01T06:59:00.000Z' } } as Circuit)
      expect((await tick()).held).toEqual([])
    })

    it('cannot be used, while its messages wait', async () => {
      destinations.set('broken', '{"type":"webhook"}')
      const asked: string[] = []
      const held = async (ids: readonly string[]) => {
        asked.push(...ids)
        return new Map([['broken', OPEN]])
      }
      expect((await tick({ circuits: held })).held).toMatchObject([{ id: 'broken' }])
      expect(asked).toEqual(['hook', 'broken'])
    })

    it('is configured, even when no message waits for it', async () => {
      circuits.set('hook', { ...OPEN, open: { ...OPEN.open, nextProbeAt: '2026-04-01T00:00:00.000Z' } } as Circuit)
      expect((await tick()).held).toMatchObject([{ id: 'hook' }])
    })
  })
})
