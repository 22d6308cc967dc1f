import { describe, expect, it } from 'vitest'
import type { Missing } from '../../shared/completeness.ts'
import { hoursOf } from '../../shared/hours.ts'
import type { FinishedWalk } from '../../shared/source-state.ts'

const at = (hour: number, minute = 0) =>
  `2026-05-01T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00.000Z`
const chunk = (hour: number, queued: number, ...ids: number[]) => ({
  bucket: at(hour),
  ids: Buffer.concat(ids.map((id) => Buffer.alloc(12, id))),
  queued,
})
const walk = (from: number, to: number, ended: number): FinishedWalk => ({
  ...{ lane: 'sweep', from: at(from), to: at(to), fingerprint: 'f', at: at(ended), found: 0, enqueued: 0 },
})
const interval = (from: string, to: string) => ({ from, to })
const hole = (from: string, to: string): Missing => ({ from, to, why: 'not-read' })

describe('hoursOf()', () => {
  it('has a row for every hour that the interval touches, those without events included', () => {
    const hours = hoursOf(interval(at(8, 30), at(10, 1)), [], [], [], 12)
    expect(hours).toEqual([8, 9, 10].map((hour) => ({ hour: at(hour), read: 0, enqueued: 0, closed: true })))
  })

  it('counts an event once however often it was written, and as enqueued when it ever was', () => {
    const chunks = [chunk(8, 1, 1, 2), chunk(8, 2, 2, 3), chunk(8, 0, 3), chunk(9, 0, 4)]
    expect(hoursOf(interval(at(8), at(10)), chunks, [], [], 12)).toMatchObject([
      { read: 3, enqueued: 3 },
      { read: 1, enqueued: 0 },
    ])
  })

  it('calls an hour closed when nothing of it is missing', () => {
    const closed = (missing: Missing[]) =>
      hoursOf(interval(at(8), at(11)), [], missing, [], 12).map((hour) => hour.closed)
    expect(closed([hole(at(9, 59), at(10))])).toEqual([true, false, true])
    expect(closed([hole(at(8), at(9))])).toEqual([false, true, true])
  })

  it('calls an hour swept when the walks after it leave nothing of it out, since the oldest that it takes', () => {
    const swept = (...walks: FinishedWalk[]) =>
      hoursOf(interval(at(8), at(10)), [], [], walks, 12).map((hour) => hour.sweptAt)
    expect(swept(walk(6, 9, 12))).toEqual([at(12), undefined])
    expect(swept(walk(6, 9, 12), walk(8, 10, 15))).toEqual([at(15), at(15)])
    const half = { ...walk(6, 9, 14), to: at(8, 30) }
    expect(swept(walk(6, 9, 12), half)).toEqual([at(12), undefined])
  })

  it('asks for no more of an hour than lies in the interval', () => {
    const half = { ...walk(6, 9, 12), to: at(8, 30) }
    expect(hoursOf(interval(at(8), at(8, 30)), [], [hole(at(8, 30), at(9))], [half], 12)).toMatchObject([
      { closed: true, sweptAt: at(12) },
    ])
  })
})
