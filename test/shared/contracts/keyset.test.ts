import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SourceEvent } from '../../../shared/contracts/event.ts'
import { advanceWalk, type Keyset, keyset, openWalk, openWalkOf } from '../../../shared/contracts/keyset.ts'
import type { Span } from '../../../shared/contracts/source.ts'
import { fromMs } from '../../../shared/contracts/time.ts'

const MINUTE_MS = 60_000
const SETTLE_MS = 30_000
const OVERLAP_MS = 5 * MINUTE_MS
const START_MS = Date.parse('2026-05-01T00:00:00.000Z')

const event = (id: number | bigint, ms: number): SourceEvent => ({
  id: String(id),
  type: 'event',
  time: fromMs(START_MS + ms),
  raw: '{}',
})

function spanAt(nowMs: number, overlapMs = OVERLAP_MS): Span {
  return { from: fromMs(START_MS), to: fromMs(START_MS + nowMs - SETTLE_MS), overlapMs, bounded: false }
}

interface Row {
  readonly event: SourceEvent
  readonly visibleMs: number
}

/** By id; or by time, and then the records of one instant in any order. */
const ORDERS = ['newest id', 'oldest id', 'newest time', 'oldest time'] as const
type Order = (typeof ORDERS)[number]

/** A server whose filters know ids alone. */

function answer(rows: readonly Row[], at: Keyset, order: Order, pageSize: number, nowMs: number) {
  const { after = '0', upTo } = openWalkOf(at).next
  const isInRange = (id: bigint) => id > BigInt(after) && (upTo === undefined || id <= BigInt(upTo))
  const found = rows.filter((row) => row.visibleMs <= nowMs && isInRange(BigInt(row.event.id))).map((row) => row.event)
  const noise = (id: bigint) => (id * 2_654_435_761n) % 4_294_967_291n
  const key = ({ id, time }: SourceEvent): [bigint, bigint] =>
    order.endsWith('id') ? [BigInt(id), 0n] : [BigInt(Date.parse(time)), noise(BigInt(id))]
  const isBefore = ([a, b]: [bigint, bigint], [c, d]: [bigint, bigint]) => a < c || (a === c && b < d)
  const sorted = found.toSorted((a, b) => (isBefore(key(a), key(b)) ? -1 : 1))
  if (order.startsWith('newest')) sorted.reverse()
  return { page: sorted.slice(0, pageSize), complete: sorted.length <= pageSize }
}

const gaps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40_000 })),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: SETTLE_MS + OVERLAP_MS - 50 })),
    idStep: fc.integer({ min: 1, max: 5 }),
    /** Written beside the one before: its id is higher, its time is earlier. */
    earlierMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
  }),
  { maxLength: 150 },
)

function rowsOf(steps: readonly { afterMs: number; lateMs: number; idStep: number; earlierMs: number }[]): Row[] {
  let [id, ms] = [9_007_199_254_740_900n, 0]
  return steps.map(({ afterMs, lateMs, idStep, earlierMs }) => {
    id += BigInt(idStep)
    ms += afterMs
    return { event: event(id, Math.max(0, ms - earlierMs)), visibleMs: ms + lateMs }
  })
}

test('whatever the order, the page sizes, the polls and what is committed late, every event is found', () => {
  const polls = fc.array(fc.integer({ min: 1_000, max: 20 * MINUTE_MS }), { maxLength: 30 })
  const sizes = fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(gaps, fc.constantFrom(...ORDERS), sizes, polls, (steps, order, pageSizes, intervals) => {
      const rows = rowsOf(steps)
      const lastMs = rows.reduce((latest, row) => Math.max(latest, row.visibleMs), 0)
      const found = new Set<string>()
      let saved: Keyset | undefined
      let [nowMs, requests] = [SETTLE_MS, 0]
      for (const interval of [...intervals, Math.max(1_000, lastMs)]) {
        nowMs += interval
        saved = openWalk(saved, spanAt(nowMs))
        for (let more = true; more; ) {
          const pageSize = pageSizes[requests++ % pageSizes.length] ?? 1
          const { page, complete } = answer(rows, saved, order, pageSize, nowMs)
          const step = advanceWalk(saved, page, complete)
          for (const { id } of step.events) found.add(id)
          saved = keyset.parse(JSON.parse(JSON.stringify(step.position)))
          more = step.more
          expect(saved.walk?.unread.length ?? 0).toBeLessThan(20)
          // Time passes while pages are turned.
          nowMs += 200
          if (requests > 20_000) throw new Error('the walk does not end')
        }
        expect(saved.reached).toBe(fromMs(Math.max(Date.parse(saved.reached), START_MS)))
        expect(saved.trail.length).toBeLessThan(20)
      }
      expect([...found].sort()).toEqual(rows.map((row) => row.event.id).sort())
    }),
    { numRuns: 300 },
  )
})

test('a bounded walk finds exactly what lies in [from, to), even from a server that ignores times', () => {
  const bounds = fc.tuple(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 1, max: 3_000_000 }))
  fc.assert(
    fc.property(
      gaps,
      fc.constantFrom(...ORDERS),
      fc.integer({ min: 1, max: 12 }),
      bounds,
      (steps, order, pageSize, [fromAt, length]) => {
        const rows = rowsOf(steps)
        const [from, to] = [fromMs(START_MS + fromAt), fromMs(START_MS + fromAt + length)]
        const found = new Set<string>()
        let at = openWalk(undefined, { from, to, overlapMs: 0, bounded: true })
        for (let more = true; more; ) {
          const { page, complete } = answer(rows, at, order, pageSize, Number.MAX_SAFE_INTEGER)
          const step = advanceWalk(at, page, complete)
          for (const { id } of step.events) found.add(id)
          ;({ more, position: at } = step)
        }
        const wanted = rows.filter(({ event: { time } }) => time >= from && time < to)
        expect([...found].sort()).toEqual(wanted.map((row) => row.event.id).sort())
        expect(at.reached).toBe(to)
      },
    ),
    { numRuns: 300 },
  )
})

describe('openWalk()', () => {
  const mark = (minute: number, id: string) => ({ at: fromMs(START_MS + minute * MINUTE_MS), id })

  test('begins at the last mark that is an overlap old, and forgets those before it', () => {
    const trail = [1, 2, 3, 4, 5, 6, 7, 8].map((minute) => mark(minute, String(minute)))
    const at = openWalk({ reached: fromMs(START_MS + 8 * MINUTE_MS), trail }, spanAt(9 * MINUTE_MS))
    expect(at.walk).toEqual({ asOf: fromMs(START_MS + 8.5 * MINUTE_MS), unread: [{ after: '3' }] })
    expect(at.trail.map(({ id }) => id)).toEqual(['3', '4', '5', '6', '7', '8'])
  })

  test('after a long silence begins an overlap behind where it stopped, not an overlap ago', () => {
    const trail = [mark(1, '1'), mark(8, '8')]
    const at = openWalk({ reached: fromMs(START_MS + 8 * MINUTE_MS), trail }, spanAt(5_000 * MINUTE_MS))
    expect(at.walk?.unread).toEqual([{ after: '1' }])
  })

  test('keeps few marks, however often it is polled', () => {
    const trail = Array.from({ length: 600 }, (_, second) => mark(second / 60, String(second + 1)))
    const at = openWalk({ reached: trail.at(-1)?.at ?? '', trail }, spanAt(11 * MINUTE_MS))
    expect(at.trail.length).toBeLessThan(12)
    expect(at.trail.at(-1)?.id).toBe('600')
    expect(Number(at.trail[0]?.id)).toBeGreaterThan(280)
  })

  test('keeps an open walk', () => {
    const open = openWalk(undefined, spanAt(10 * MINUTE_MS))
    expect(openWalk(open, spanAt(20 * MINUTE_MS))).toBe(open)
  })
})

describe('advanceWalk()', () => {
  const from = (after: string, upTo?: string): Keyset => ({
    reached: fromMs(START_MS),
    trail: [],
    walk: { asOf: fromMs(START_MS + 60 * MINUTE_MS), unread: [{ after, ...(upTo !== undefined && { upTo }) }] },
  })

  const unread = (step: { position: Keyset }) =>
    step.position.walk?.unread.map(({ after, upTo }) => ({ after, ...(upTo !== undefined && { upTo }) }))

  test('the last instant of a page is read again, in case it goes on behind it', () => {
    const page = [event(19, 9_000), event(18, 8_000), event(16, 8_000), event(17, 7_950)]
    expect(unread(advanceWalk(from('10'), page, false))).toEqual([{ after: '10', upTo: '18' }])
    const rising = [event(11, 1_000), event(13, 2_000), event(12, 2_050)]
    expect(unread(advanceWalk(from('10'), rising, false))).toEqual([{ after: '11' }])
  })

  test('a page of one instant halves the range, and the narrower half is next', () => {
    const page = [event(14, 1), event(12, 2), event(19, 3)]
    expect(unread(advanceWalk(from('10'), page, false))).toEqual([{ after: '14' }, { after: '10', upTo: '14' }])
    expect(unread(advanceWalk(from('10', '20'), [event(13, 1)], false))).toEqual([
      { after: '13', upTo: '20' },
      { after: '10', upTo: '12' },
    ])
  })

  test('what holds no id is not asked for', () => {
    const step = advanceWalk(from('10', '12'), [event(12, 1_200), event(11, 0)], false)
    expect(unread(step)).toEqual([{ after: '10', upTo: '11' }])
    expect(advanceWalk(from('10', '11'), [event(11, 0)], false).more).toBe(false)
  })

  test('a page without movement leaves the position where it is', () => {
    const at = from('10', '20')
    expect(advanceWalk(at, [], false)).toEqual({ events: [], position: at, more: true })
  })

  test('without an open walk it refuses', () => {
    expect(() => advanceWalk({ reached: fromMs(START_MS), trail: [] }, [], true)).toThrow(TypeError)
  })
})

test('keyset refuses ids that are no whole numbers, and a walk with nothing to read', () => {
  const reached = fromMs(START_MS)
  const bad = [
    { reached, trail: [{ at: reached, id: '-1' }] },
    { reached, trail: [{ at: reached, id: '1e3' }] },
    { reached, trail: [], walk: { asOf: reached, unread: [] } },
    { reached, trail: [], walk: { asOf: reached, unread: [{ after: 5 }] } },
    { reached },
  ]
  expect(bad.filter((value) => keyset.safeParse(value).success)).toEqual([])
})
