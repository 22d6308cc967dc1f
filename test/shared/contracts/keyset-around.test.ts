import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SourceEvent } from '../../../shared/contracts/event.ts'
import { advanceWalk, type Keyset, keyset, openWalk, openWalkOf } from '../../../shared/contracts/keyset.ts'
import { aroundRecord } from '../../../shared/contracts/keyset-around.ts'
import type { Span } from '../../../shared/contracts/source.ts'
import { fromMs } from '../../../shared/contracts/time.ts'

const START_MS = Date.parse('2026-05-01T00:00:00.000Z')
const SECOND_MS = 1_000
const at = (seconds: number) => fromMs(START_MS + seconds * SECOND_MS)
const SPAN: Span = { from: at(0), to: at(10_000), overlapMs: 300_000, bounded: false }

interface Row {
  readonly event: SourceEvent
  readonly large: boolean
}

const row = (id: number | bigint, seconds: number, large = false): Row => ({
  event: { id: String(id), type: 'event', time: at(seconds), raw: '{}' },
  large,
})

/** Walks to the end, one record a page, at a vendor whose answer cannot be read when its record is large. */
function walk(rows: readonly Row[], opened: Keyset, order: 'newest' | 'oldest') {
  const found: string[] = []
  const gaps: { record?: string | undefined; from: string; to: string }[] = []
  let [position, requests] = [opened, 0]
  for (let more = true; more; requests++) {
    const { after = '0', upTo } = openWalkOf(position).next
    const inside = rows.filter(
      ({ event: { id } }) => BigInt(id) > BigInt(after) && (upTo === undefined || BigInt(id) <= BigInt(upTo)),
    )
    const shown = order === 'newest' ? inside.at(-1) : inside[0]
    const page = shown === undefined ? [] : [shown.event]
    const step =
      shown?.large === true
        ? { events: [], ...aroundRecord(position) }
        : advanceWalk(position, page, inside.length <= 1)
    found.push(...step.events.map(({ id }) => id))
    if (step.gap !== undefined) gaps.push(step.gap)
    position = keyset.parse(JSON.parse(JSON.stringify(step.position)))
    more = step.more
    if (requests > 20_000) throw new Error('the walk does not end')
  }
  return { found: [...new Set(found)], gaps, requests, position }
}

test('whatever the order and wherever they lie, all but the large records are read, and each of those is one gap', () => {
  const steps = fc.array(
    fc.record({
      idStep: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5_000 })),
      seconds: fc.integer({ min: 0, max: 90 }),
      large: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  const firsts = fc.constantFrom(0n, 1_785_421_734n, 9_007_199_254_740_992n)
  fc.assert(
    fc.property(steps, firsts, fc.constantFrom('newest', 'oldest'), (records, first, order) => {
      let [id, seconds] = [first, 0]
      const rows = records.map(({ idStep, large, ...record }) => {
        id += BigInt(idStep)
        seconds += record.seconds
        return row(id, seconds, large)
      })
      const { found, gaps } = walk(rows, openWalk(undefined, SPAN), order)
      const ids = (large: boolean) => rows.filter((one) => one.large === large).map(({ event }) => event.id)
      expect(found.sort()).toEqual(ids(false).sort())
      expect(gaps.map(({ record }) => record).sort()).toEqual(ids(true).sort())
      for (const gap of gaps) {
        const time = rows.find(({ event }) => event.id === gap.record)?.event.time ?? ''
        expect([gap.from <= time, time < gap.to]).toEqual([true, true])
      }
    }),
    { numRuns: 200 },
  )
})

describe('aroundRecord()', () => {
  const rows = [row(1_785_421_735, 10), row(1_785_421_740, 60, true), row(1_785_421_741, 65), row(1_785_421_999, 90)]
  const known: Keyset = { reached: at(5), trail: [{ at: at(-400), id: '1785421700' }] }

  test('tells when the record was written, as near as its neighbours tell', () => {
    const { gaps } = walk(rows, openWalk(known, SPAN), 'newest')
    expect(gaps).toEqual([{ from: at(9), to: at(66), reason: 'too-large', record: '1785421740' }])
  })

  test('tells the whole walk where there is no neighbour', () => {
    const { gaps } = walk([row(1_785_421_740, 60, true)], openWalk(known, SPAN), 'newest')
    expect(gaps).toEqual([{ from: at(-400), to: at(10_300), reason: 'too-large', record: '1785421740' }])
    const bounded = openWalk(undefined, { ...SPAN, bounded: true })
    expect(walk([row(7, 60, true)], bounded, 'newest').gaps).toMatchObject([{ from: at(0), to: at(10_000) }])
  })

  test('needs some forty requests, and from the next walk on none', () => {
    const first = walk(rows, openWalk(known, SPAN), 'newest')
    expect(first.requests).toBeLessThan(45)
    const next = walk(rows, openWalk(first.position, { ...SPAN, to: at(10_060) }), 'newest')
    expect(next.gaps).toEqual([])
    expect(next.requests).toBeLessThan(8)
  })

  test('asks for what lies above a record that was passed over, and for what lies below', () => {
    const walked = openWalk({ ...known, passedOver: ['1785421740', '1785421701', '1785421650'] }, SPAN)
    expect(walked.walk?.unread).toEqual([{ after: '1785421701', upTo: '1785421739' }, { after: '1785421740' }])
    expect(walked.passedOver).toEqual(['1785421740', '1785421701'])
  })
})
