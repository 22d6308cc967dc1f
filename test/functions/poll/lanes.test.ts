import { describe, expect, it } from 'vitest'
import { expired, newLane, plan, spanOf } from '../../../functions/poll/lanes.ts'
import { parseSource, type SourceConfig } from '../../../shared/config/source-config.ts'
import { type Lane, NEW_STATE, type SourceState } from '../../../shared/source-state.ts'
import { countingSource } from './counting-source.ts'

const NOW = new Date('2026-05-10T10:00:00.000Z')
const TICK = NOW.toISOString()
const DAY_MS = 86_400_000

const sweeping = {
  ...countingSource,
  traits: { ...countingSource.traits, sweep: { everyMs: DAY_MS, backMs: 2 * DAY_MS }, retentionMs: 7 * DAY_MS },
}

function config(more: Record<string, unknown> = {}): SourceConfig {
  const fields = { type: 'counting', key: { secret: 'key' }, destinations: ['hook'], ...more }
  return parseSource('/pollhook/sources/prod', JSON.stringify(fields), { counting: sweeping })
}

const lane = (from: string, more: Partial<Lane> = {}): Lane => ({
  ...newLane(from, undefined, config().fingerprint),
  ...more,
})
const state = (lanes: Record<string, Lane>): SourceState => ({ ...NEW_STATE, lanes })
const walks = (of: SourceState, more = {}) =>
  plan(config(more), of, NOW, TICK).walks.map(({ name, lane }) => [name, lane.from, lane.to])

describe('plan()', () => {
  it.each([
    ['now', '2026-05-10T10:00:00.000Z'],
    ['earliest', '2026-05-03T10:00:00.000Z'],
    ['2026-05-09T00:00:00+02:00', '2026-05-08T22:00:00.000Z'],
  ])('begins a new source at %s', (startFrom, from) => {
    expect(walks(NEW_STATE, { startFrom })).toEqual([['live', from, undefined]])
    expect(plan(config({ startFrom }), NEW_STATE, NOW, TICK).walks[0]?.lane.earliest).toBe(
      startFrom === 'earliest' || undefined,
    )
  })

  it('begins at the moment the source was taken up first, by the vendor’s clock', () => {
    const began = { ...NEW_STATE, beganAt: '2026-05-10T09:50:00.000Z' }
    expect(walks(began, { startFrom: 'now' })).toEqual([['live', '2026-05-10T09:50:00.000Z', undefined]])
    const skewed = { ...began, health: { ...NEW_STATE.health, clockSkewMs: -60_000 } }
    expect(walks(skewed, { startFrom: 'now' })).toEqual([['live', '2026-05-10T09:49:00.000Z', undefined]])
  })

  it('keeps the start of a source that has begun, whatever startFrom says now', () => {
    const live = lane('2026-05-01T00:00:00.000Z')
    expect(walks(state({ live }), { startFrom: 'now' })).toEqual([['live', '2026-05-01T00:00:00.000Z', undefined]])
  })

  it('sweeps what the live lane has read, after the live lane', () => {
    const live = lane('2026-05-01T00:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    expect(walks(state({ live }))).toEqual([
      ['live', '2026-05-01T00:00:00.000Z', undefined],
      ['sweep', '2026-05-08T10:00:00.000Z', '2026-05-10T09:59:00.000Z'],
    ])
  })

  it('never sweeps behind the start of the live lane', () => {
    const live = lane('2026-05-09T09:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    expect(walks(state({ live }))[1]?.[1]).toBe('2026-05-09T09:00:00.000Z')
  })

  it('sweeps again when the interval has passed since the end of the last one', () => {
    const live = lane('2026-05-01T00:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    const sweep = (to: string) => state({ live, sweep: lane('2026-05-07T00:00:00.000Z', { to, done: true }) })
    expect(walks(sweep('2026-05-09T10:00:00.001Z'))).toHaveLength(1)
    expect(walks(sweep('2026-05-09T10:00:00.000Z'))).toHaveLength(2)
  })

  it('goes on with a sweep that is under way', () => {
    const live = lane('2026-05-01T00:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    const sweep = lane('2026-05-07T00:00:00.000Z', { to: '2026-05-09T23:00:00.000Z' })
    expect(walks(state({ live, sweep }))[1]).toEqual(['sweep', '2026-05-07T00:00:00.000Z', '2026-05-09T23:00:00.000Z'])
  })

  it('does not go on with a sweep of another configuration', () => {
    const live = lane('2026-05-01T00:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    const sweep = lane('2026-05-07T00:00:00.000Z', { to: '2026-05-09T23:00:00.000Z', fingerprint: 'other' })
    expect(walks(state({ live, sweep }))[1]).toEqual(['sweep', '2026-05-08T10:00:00.000Z', '2026-05-10T09:59:00.000Z'])
  })

  it('does not sweep when told not to', () => {
    const live = lane('2026-05-01T00:00:00.000Z', { reached: '2026-05-10T09:59:00.000Z' })
    expect(walks(state({ live }), { sweep: false })).toHaveLength(1)
  })

  it('walks a backfill until it is done', () => {
    const live = lane('2026-05-10T09:00:00.000Z')
    const backfill = lane('2026-04-01T00:00:00.000Z', { to: '2026-04-02T00:00:00.000Z' })
    expect(walks(state({ live, 'backfill-1': backfill }))[1]?.[0]).toBe('backfill-1')
    expect(walks(state({ live, 'backfill-1': { ...backfill, done: true } }))).toHaveLength(1)
  })

  it('never uses the position of another configuration, begins where that had arrived, and says so', () => {
    const position = { reached: '2026-05-10T09:00:00.000Z' }
    const old = lane('2026-05-01T00:00:00.000Z', { fingerprint: 'other', reached: position.reached, position })
    const planned = plan(config({ overlap: '5m' }), state({ live: old }), NOW, TICK)
    expect(planned.walks.map(({ lane }) => [lane.from, lane.position])).toEqual([
      ['2026-05-10T08:54:30.000Z', undefined],
    ])
    expect(planned.gaps).toEqual([
      { from: '2026-05-01T00:00:00.000Z', to: '2026-05-10T08:54:30.000Z', reason: 'configuration-changed' },
    ])
  })

  it('keeps in mind that a beginning was not confirmed when the configuration changes before anything was read', () => {
    const live = lane('2026-05-10T09:00:00.000Z', { fingerprint: 'other', unconfirmed: true })
    expect(plan(config(), state({ live }), NOW, TICK).walks[0]?.lane.unconfirmed).toBe(true)
  })

  it('has no gap when another configuration has read nothing yet', () => {
    expect(
      plan(config(), state({ live: lane('2026-05-01T00:00:00.000Z', { fingerprint: 'other' }) }), NOW, TICK).gaps,
    ).toEqual([])
  })

  it('ends a backfill of another configuration, and says what that has not read', () => {
    const live = lane('2026-05-09T00:00:00.000Z', { fingerprint: 'other' })
    const to = '2026-04-02T00:00:00.000Z'
    const half = lane('2026-04-01T00:00:00.000Z', { to, fingerprint: 'other', reached: '2026-04-01T12:00:00.000Z' })
    const lanes = { live, half, unread: { ...half, reached: undefined }, finished: { ...half, done: true } }
    const planned = plan(config(), state(JSON.parse(JSON.stringify(lanes))), NOW, TICK)
    expect(planned.walks.map(({ name }) => name)).toEqual(['live'])
    expect(planned.ended.map(({ name }) => name)).toEqual(['half', 'unread'])
    expect(planned.gaps).toEqual([
      { from: '2026-04-01T12:00:00.000Z', to, reason: 'configuration-changed' },
      { from: '2026-04-01T00:00:00.000Z', to, reason: 'configuration-changed' },
    ])
  })

  it('lets the backfill of a configuration wait that is not polled yet', () => {
    const live = lane('2026-05-09T00:00:00.000Z')
    const backfill = lane('2026-04-01T00:00:00.000Z', { to: '2026-04-02T00:00:00.000Z', fingerprint: 'next' })
    const planned = plan(config(), state({ live, 'backfill-1': backfill }), NOW, TICK)
    expect([planned.walks.map(({ name }) => name), planned.ended, planned.gaps]).toEqual([['live'], [], []])
  })

  it('ends the backfill of a configuration that was replaced before the source was ever polled with it', () => {
    const asked = { to: '2026-04-02T00:00:00.000Z', fingerprint: 'replaced', askedAt: '2026-05-10T09:54:59.999Z' }
    const planned = (more: Partial<Lane> = {}) =>
      plan(config(), state({ 'backfill-1': lane('2026-04-01T00:00:00.000Z', { ...asked, ...more }) }), NOW, TICK)
    expect(planned().gaps).toEqual([
      { from: '2026-04-01T00:00:00.000Z', to: '2026-04-02T00:00:00.000Z', reason: 'configuration-changed' },
    ])
    expect(planned({ askedAt: '2026-05-10T09:55:00.000Z' }).ended).toEqual([])
  })
})

describe('spanOf()', () => {
  it('ends the live lane at the clock minus settle, and has it overlap', () => {
    const named = { name: 'live', lane: lane('2026-05-01T00:00:00.000Z') }
    const span = spanOf(named, config({ settle: '45s', overlap: '5m' }), NOW)
    const from = '2026-05-01T00:00:00.000Z'
    expect(span).toEqual({ from, to: '2026-05-10T09:59:15.000Z', overlapMs: 300_000, bounded: false })
  })

  it('ends a bounded lane at its end, or at the settled clock if that is earlier', () => {
    const until = (to: string) =>
      spanOf({ name: 'backfill-1', lane: lane('2026-05-01T00:00:00.000Z', { to }) }, config(), NOW)
    expect(until('2026-05-02T00:00:00.000Z')).toMatchObject({
      to: '2026-05-02T00:00:00.000Z',
      overlapMs: 0,
      bounded: true,
    })
    expect(until('2026-05-11T00:00:00.000Z')).toMatchObject({ to: '2026-05-10T09:59:30.000Z' })
  })

  it('is undefined while there is nothing to read', () => {
    expect(spanOf({ name: 'live', lane: lane('2026-05-10T10:00:00.000Z') }, config(), NOW)).toBeUndefined()
  })
})

describe('expired()', () => {
  it('counts from the start where nothing was read yet', () => {
    const from = '2026-05-01T00:00:00.000Z'
    expect(expired({ name: 'live', lane: lane(from) }, config(), NOW)).toMatchObject({ from, reason: 'retention' })
  })

  it('is undefined while the first window of "earliest" is read, and not after', () => {
    const from = '2026-05-03T09:00:00.000Z'
    const earliest = { ...lane(from), earliest: true as const }
    expect(expired({ name: 'live', lane: { ...earliest, reached: from } }, config(), NOW)).toBeUndefined()
    const later = '2026-05-03T09:30:00.000Z'
    expect(expired({ name: 'live', lane: { ...earliest, reached: later } }, config(), NOW)).toMatchObject({
      from: later,
    })
  })

  it('counts what "earliest" lost before its first page, as its source could not be read', () => {
    const from = '2026-05-02T10:00:00.000Z'
    const earliest = { ...lane(from), earliest: true as const }
    expect(expired({ name: 'live', lane: earliest }, config(), NOW)).toEqual({
      from,
      to: '2026-05-03T10:00:00.000Z',
      reason: 'retention',
    })
    const begun = { ...earliest, reached: from }
    expect(expired({ name: 'live', lane: begun }, config(), NOW)).toBeUndefined()
    const atOnce = { ...earliest, from: '2026-05-03T09:59:59.000Z' }
    expect(expired({ name: 'live', lane: atOnce }, config(), NOW)).toBeUndefined()
  })

  it('is what lies between the position and the retention, of the live lane alone', () => {
    const old = lane('2026-04-01T00:00:00.000Z', { reached: '2026-05-02T00:00:00.000Z' })
    const gap = { from: '2026-05-02T00:00:00.000Z', to: '2026-05-03T10:00:00.000Z', reason: 'retention' }
    expect(expired({ name: 'live', lane: old }, config(), NOW)).toEqual(gap)
    expect(expired({ name: 'sweep', lane: old }, config(), NOW)).toBeUndefined()
    expect(
      expired({ name: 'live', lane: { ...old, reached: '2026-05-03T10:00:00.000Z' } }, config(), NOW),
    ).toBeUndefined()
  })
})
