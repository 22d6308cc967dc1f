import { describe, expect, test } from 'vitest'
import { tines } from '../../../../functions/poll/sources/tines.ts'
import { simulatedTines, type TinesLog, type TinesOptions } from '../../../../local/vendors/tines.ts'
import { Walk } from './walk.ts'

const START = Date.parse('2026-05-01T10:00:00.000Z')
const MINUTE = 60_000
const at = (ms: number) => new Date(START + ms)
const text = (ms: number) => at(ms).toISOString()

const variants: TinesOptions[] = (['events', 'audit_logs'] as const).flatMap((feed) =>
  (['newest', 'oldest'] as const).flatMap((order) => [false, true].map((oldVersion) => ({ feed, order, oldVersion }))),
)

/** Some ids are below 2^53, some above. */
function open(options: TinesOptions, seed = 1): { log: TinesLog; walk: Walk } {
  const vendor = simulatedTines({ ...options, idsAbove: 9_007_199_254_740_000n })
  const settings = { ...vendor.settings, baseUrl: 'https://acme-1234.tines.com' }
  return { log: vendor.open(seed), walk: new Walk(tines, settings, vendor.secrets) }
}

/** 1,000 events within 100 minutes, 300 of them in one millisecond. */
function fill(log: TinesLog): Map<string, string> {
  const raws = new Map<string, string>()
  for (let index = 0; index < 700; index++) {
    const { id, raw } = log.emit(at(index * 8_571))
    raws.set(id, raw)
    for (let tie = 0; index === 350 && tie < 300; tie++) {
      const tied = log.emit(at(index * 8_571))
      raws.set(tied.id, tied.raw)
    }
  }
  return raws
}

const found = (walk: Walk) => new Map([...walk.found].map(([id, { raw }]) => [id, raw]))

describe.each(variants)('the simulated tenant: %j', (options) => {
  test.each([[[100]], [[500]], [[7]], [[1]], [[64, 5, 1, 100, 2]]] as [number, ...number[]][][])(
    'a live walk with pages of %j finds every event, unchanged',
    (pageSizes) => {
      const { log, walk } = open(options)
      const raws = fill(log)
      const span = { from: text(0), to: text(100 * MINUTE), overlapMs: 300_000, bounded: false }
      walk.run(log, span, at(101 * MINUTE), pageSizes)
      expect(found(walk)).toEqual(raws)
    },
  )

  test('a log that grows, with late commits, is found whole by a walk a minute', () => {
    const { log, walk } = open(options, 2)
    const raws = new Map<string, string>()
    for (let minute = 0; minute <= 90; minute++) {
      for (let index = 0; index < 12 && minute < 80; index++) {
        const ms = minute * MINUTE + index * 5_000
        const { id, raw } = log.emit(at(ms), at(ms + (index % 5 === 0 ? 330_000 - index : 0)))
        raws.set(id, raw)
      }
      const now = minute * MINUTE + 59_000
      const span = { from: text(0), to: text(now - 30_000), overlapMs: 300_000, bounded: false }
      walk.run(log, span, at(now), [10])
    }
    expect(found(walk)).toEqual(raws)
  })

  test('a bounded walk finds what lies in its span, and nothing else', () => {
    const { log, walk } = open(options)
    const raws = fill(log)
    const times = [...raws.values()].map((raw) => Date.parse(/"created_at":"([^"]+)"/.exec(raw)?.[1] ?? ''))
    const [from, to] = [times[200] ?? 0, times[900] ?? 0]
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), overlapMs: 0, bounded: true }
    walk.run(log, span, at(200 * MINUTE), [50])
    const wanted = [...raws].filter((_, index) => (times[index] ?? 0) >= from && (times[index] ?? 0) < to)
    expect(found(walk)).toEqual(new Map(wanted))
  })
})

describe('the simulated tenant', () => {
  test('what is deleted while a walk is under way hides nothing else', () => {
    const { log, walk } = open({})
    const raws = fill(log)
    const ids = [...raws.keys()]
    const answer = log.answer.bind(log)
    let page = 0
    // The newest hundred that were read already: a walk by page number would skip a hundred others now.
    log.answer = (request, now) => {
      for (const id of ids.slice(1000 - page * 100, 1100 - page * 100)) log.remove(id)
      page++
      return answer(request, now)
    }
    walk.run(log, { from: text(0), to: text(100 * MINUTE), overlapMs: 0, bounded: false }, at(101 * MINUTE), [100])
    expect(found(walk)).toEqual(raws)
  })

  test('an idle minute costs one request', () => {
    const { log, walk } = open({})
    fill(log)
    const span = (ms: number) => ({ from: text(0), to: text(ms), overlapMs: 300_000, bounded: false })
    walk.run(log, span(200 * MINUTE), at(200 * MINUTE), [100])
    walk.run(log, span(201 * MINUTE), at(201 * MINUTE), [100])
    expect(walk.run(log, span(202 * MINUTE), at(202 * MINUTE), [100])).toBe(1)
  })
})
