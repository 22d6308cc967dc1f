import { describe, expect, it } from 'vitest'
import { newLane } from '../../functions/poll/lanes.ts'
import { completeness } from '../../shared/completeness.ts'
import type { Gap } from '../../shared/contracts/event.ts'
import type { Lane } from '../../shared/source-state.ts'

const at = (hour: number) => `2026-05-01T${String(hour).padStart(2, '0')}:00:00.000Z`
const lane = (from: number, reached: number | undefined, to?: number, fingerprint = 'x'): Lane => ({
  ...newLane(at(from), to === undefined ? undefined : at(to), fingerprint),
  ...(reached !== undefined && { reached: at(reached) }),
})
const gap = (from: number, to: number, reason: Gap['reason']): Gap => ({ from: at(from), to: at(to), reason })
const missing = (lanes: Record<string, Lane>, gaps: Gap[], from: number, to: number) =>
  completeness(lanes, gaps, at(from), at(to)).missing.map((part) => [part.from, part.to, part.why])

describe('completeness()', () => {
  it('is complete where the live lane has read and no gap lies', () => {
    const found = completeness({ live: lane(8, 12) }, [gap(6, 8, 'retention'), gap(11, 12, 'saturated')], at(8), at(11))
    expect(found).toEqual({ complete: true, missing: [], sweptTo: undefined })
  })

  it('names what lies before the beginning and after what was reached', () => {
    expect(missing({ live: lane(8, 12) }, [], 7, 13)).toEqual([
      [at(7), at(8), 'not-read'],
      [at(12), at(13), 'not-read'],
    ])
  })

  it('has read nothing before the first page', () => {
    expect(missing({ live: lane(8, undefined) }, [], 8, 9)).toEqual([[at(8), at(9), 'not-read']])
    expect(missing({}, [], 8, 9)).toEqual([[at(8), at(9), 'not-read']])
  })

  it('counts what a backfill has read, as far as it has come', () => {
    const lanes = { live: lane(8, 12), 'backfill-1': lane(4, 6, 8) }
    expect(missing(lanes, [], 4, 9)).toEqual([[at(6), at(8), 'not-read']])
  })

  it('does not count the backfill of another configuration', () => {
    const lanes = { live: lane(8, 12), 'backfill-1': lane(4, 8, 8, 'other') }
    expect(missing(lanes, [], 4, 8)).toEqual([[at(4), at(8), 'not-read']])
  })

  it('names the part of a gap that lies in the interval', () => {
    expect(missing({ live: lane(8, 12) }, [gap(7, 10, 'retention')], 9, 12)).toEqual([[at(9), at(10), 'retention']])
  })

  it.each(['configuration-changed', 'skipped'] as const)('lets a backfill close a gap that is %s', (reason) => {
    const lanes = { live: lane(11, 12), 'backfill-1': lane(8, 10, 10) }
    expect(missing(lanes, [gap(8, 11, reason)], 8, 12)).toEqual([[at(10), at(11), reason]])
  })

  it.each(['retention', 'saturated', 'too-large'] as const)('lets nothing close a gap that is %s', (reason) => {
    const lanes = { live: lane(8, 12), 'backfill-1': lane(8, 10, 10) }
    expect(missing(lanes, [gap(8, 9, reason)], 8, 12)).toEqual([[at(8), at(9), reason]])
  })

  it('names a part that a gap explains once, and not as unread besides', () => {
    expect(missing({ live: lane(8, 12) }, [gap(6, 8, 'configuration-changed')], 5, 9)).toEqual([
      [at(5), at(6), 'not-read'],
      [at(6), at(8), 'configuration-changed'],
    ])
  })

  it('holds a refused position against the interval until it has been read after all', () => {
    const gaps = [gap(10, 12, 'position-rejected')]
    expect(missing({ live: lane(8, 10) }, gaps, 9, 13)).toEqual([
      [at(10), at(12), 'position-rejected'],
      [at(12), at(13), 'not-read'],
    ])
    expect(missing({ live: lane(8, 13) }, gaps, 9, 13)).toEqual([])
    expect(missing({ live: lane(12, 13) }, gaps, 11, 13)).toEqual([[at(11), at(12), 'position-rejected']])
  })

  it('says how far late events were looked for', () => {
    const swept = (reached: number) =>
      completeness({ live: lane(8, 12), sweep: lane(6, reached, 11) }, [], at(8), at(12)).sweptTo
    expect(swept(8)).toBeUndefined()
    expect(swept(11)).toBe(at(11))
    expect(completeness({ live: lane(8, 12), sweep: lane(6, 11, 11) }, [], at(8), at(9)).sweptTo).toBe(at(9))
  })

  it('counts the sweeps before the one under way', () => {
    const before = { lane: 'sweep', from: at(6), to: at(10), fingerprint: 'x', at: at(11), found: 0, enqueued: 0 }
    const found = completeness({ live: lane(8, 14), sweep: lane(9, 11, 13) }, [], at(8), at(14), [before])
    expect(found.sweptTo).toBe(at(11))
  })
})
