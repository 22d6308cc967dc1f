import { describe, expect, it } from 'vitest'
import { isDue, isStale, lagMs } from '../../../functions/dispatch/due.ts'
import type { SourceConfig } from '../../../shared/config/source-config.ts'
import { type Health, NEW_STATE, type SourceState } from '../../../shared/source-state.ts'

const NOW = new Date('2026-05-01T10:00:00.000Z')
const CONFIG = { enabled: true, everyMs: 60_000 } as SourceConfig

const state = (health: Partial<Health>, more: Partial<SourceState> = {}): SourceState => ({
  ...NEW_STATE,
  ...more,
  health: { ...NEW_STATE.health, ...health },
})
const due = (of: SourceState, config: SourceConfig = CONFIG) => isDue(config, 'now', of, NOW)

describe('isDue()', () => {
  it.each<[string, boolean, SourceState]>([
    ['a new source', true, NEW_STATE],
    ['an interval has passed', true, state({ lastPollAt: '2026-05-01T09:59:00.000Z' })],
    ['the tick is a little early', true, state({ lastPollAt: '2026-05-01T09:59:29.000Z' })],
    ['it has just been polled', false, state({ lastPollAt: '2026-05-01T09:59:45.000Z' })],
    ['there is more to read', true, state({ lastPollAt: '2026-05-01T09:59:45.000Z', unfinished: true })],
    ['the vendor asked to wait', false, state({ unfinished: true, notBefore: '2026-05-01T10:00:01.000Z' })],
    ['the wait is over', true, state({ unfinished: true, notBefore: '2026-05-01T10:00:00.000Z' })],
    ['another run holds the lease', false, state({}, { leaseUntil: '2026-05-01T10:00:30.000Z' })],
    ['the lease of a dead run has ended', true, state({}, { leaseUntil: '2026-05-01T09:59:30.000Z' })],
    ['it is paused', false, state({}, { paused: true })],
    ['its fault waits', false, state({ notBefore: '2026-05-01T10:10:00.000Z', configuration: 'now' })],
    ['the configuration was corrected', true, state({ notBefore: '2026-05-01T10:10:00.000Z', configuration: 'then' })],
  ])('when %s: %s', (_, expected, of) => {
    expect(due(of)).toBe(expected)
  })

  it('is false for a source that is not enabled', () => {
    expect(due(NEW_STATE, { ...CONFIG, enabled: false })).toBe(false)
  })

  it('polls every second when asked to', () => {
    expect(due(state({ lastPollAt: '2026-05-01T09:59:59.400Z' }), { ...CONFIG, everyMs: 1000 })).toBe(true)
    expect(due(state({ lastPollAt: '2026-05-01T09:59:59.600Z' }), { ...CONFIG, everyMs: 1000 })).toBe(false)
  })
})

describe('isStale()', () => {
  it('counts from the time its parameter was written where no run has ever got to the source', () => {
    expect(isStale(CONFIG, NEW_STATE, '2026-05-01T09:45:00.000Z', NOW)).toBe(false)
    expect(isStale(CONFIG, NEW_STATE, '2026-05-01T09:44:59.000Z', NOW)).toBe(true)
    expect(isStale(CONFIG, NEW_STATE, undefined, NOW)).toBe(false)
    expect(isStale({ ...CONFIG, enabled: false }, NEW_STATE, '2026-05-01T09:00:00.000Z', NOW)).toBe(false)
    expect(isStale(CONFIG, { ...NEW_STATE, paused: true }, '2026-05-01T09:00:00.000Z', NOW)).toBe(false)
  })

  it('does not count from the parameter once there was a run', () => {
    const polled = state({ createdAt: '2026-05-01T09:50:00.000Z' })
    expect(isStale(CONFIG, polled, '2026-05-01T09:00:00.000Z', NOW)).toBe(false)
  })

  it('is true after 15 minutes without success, or three intervals if those are longer', () => {
    const since = (lastSuccessAt: string) => state({ lastSuccessAt })
    expect(isStale(CONFIG, since('2026-05-01T09:45:00.000Z'), undefined, NOW)).toBe(false)
    expect(isStale(CONFIG, since('2026-05-01T09:44:59.000Z'), undefined, NOW)).toBe(true)
    expect(isStale({ ...CONFIG, everyMs: 3_600_000 }, since('2026-05-01T07:00:01.000Z'), undefined, NOW)).toBe(false)
    expect(isStale({ ...CONFIG, everyMs: 3_600_000 }, since('2026-05-01T06:59:59.000Z'), undefined, NOW)).toBe(true)
  })

  it('counts from the first poll where there was never a success', () => {
    expect(isStale(CONFIG, state({ createdAt: '2026-05-01T09:00:00.000Z' }), undefined, NOW)).toBe(true)
  })
})

it('lagMs() is the age of the live position', () => {
  const lane = { from: '2026-05-01T08:00:00.000Z', fingerprint: 'x', done: false, pages: 0, found: 0, enqueued: 0 }
  const at = (reached?: string) =>
    state({}, { lanes: { live: { ...lane, ...(reached !== undefined && { reached }) } } })
  expect(lagMs(CONFIG, at('2026-05-01T09:59:30.000Z'), NOW)).toBe(30_000)
  expect(lagMs(CONFIG, at(), NOW)).toBe(7_200_000)
})
