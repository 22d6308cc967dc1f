import { describe, expect, test } from 'vitest'
import { sourceStatus } from '../../cli/source-status.ts'
import { readFleet } from '../../functions/dispatch/fleet.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { SOC, TINES } from './folder.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const LIVE = {
  from: '2026-04-30T00:00:00.000Z',
  reached: '2026-05-01T11:00:00.000Z',
  fingerprint: 'f',
  done: false,
  pages: 3,
  found: 7,
  enqueued: 5,
}
const STATE: SourceState = {
  ...NEW_STATE,
  lanes: { live: LIVE },
  health: { ...NEW_STATE.health, lastPollAt: '2026-05-01T11:00:00.000Z', lastSuccessAt: '2026-05-01T11:00:00.000Z' },
}

describe('sourceStatus()', () => {
  const trees = {
    prefix: '/pollhook',
    sources: new Map([['prod-tines', JSON.stringify({ ...TINES, destinations: ['soc'] })]]),
    destinations: new Map([['soc', JSON.stringify(SOC)]]),
    changedAt: new Map(),
  }
  const [source] = readFleet(trees, false).sources
  const statusWith = (choked: readonly string[]) => {
    if (source === undefined) throw new Error('found no source')
    return sourceStatus(source, STATE, { gaps: 0, choked: new Set(choked), now: NOW })
  }

  test('says that a source is held back while one of its destinations takes nothing, and not when it is next polled', () => {
    expect(statusWith(['soc'])).toMatchObject({ condition: 'held-back', nextPollAt: undefined })
    expect(statusWith(['other'])).toMatchObject({ condition: 'stale', nextPollAt: NOW.toISOString() })
  })
})
