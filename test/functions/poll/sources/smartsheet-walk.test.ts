import { describe, expect, test } from 'vitest'
import { smartsheet } from '../../../../functions/poll/sources/smartsheet.ts'
import { type SmartsheetOptions, simulatedSmartsheet } from '../../../../local/vendors/smartsheet.ts'
import type { VendorLog } from '../../../../local/vendors/vendor.ts'
import { Walk } from './walk.ts'

const START = Date.parse('2026-05-01T10:45:00.000Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const at = (ms: number) => new Date(START + ms)
const text = (ms: number) => at(ms).toISOString()
const span = (ms: number) => ({ from: text(0), to: text(ms), overlapMs: 0, bounded: false })

const variants: SmartsheetOptions[] = (['floor', 'round'] as const).flatMap((hours) =>
  [true, false].map((positionKeepsTo) => ({ hours, positionKeepsTo })),
)

function open(options: SmartsheetOptions): { log: VendorLog; walk: Walk } {
  const vendor = simulatedSmartsheet(options)
  return { log: vendor.open(3), walk: new Walk(smartsheet, vendor.settings, vendor.secrets) }
}

/** 1,000 events within 70 hours, 300 of them in one millisecond. */
function fill(log: VendorLog): Map<string, string> {
  const raws = new Map<string, string>()
  for (let index = 0; index < 700; index++) {
    for (let tie = 0; tie < (index === 350 ? 301 : 1); tie++) {
      const { id, raw } = log.emit(at(index * 360_000))
      raws.set(id, raw)
    }
  }
  return raws
}

const found = (walk: Walk) => new Map([...walk.found].map(([id, { raw }]) => [id, raw]))
const timeOf = (raw: string) => Date.parse(/"eventTimestamp": "([^"]+)"/.exec(raw)?.[1] ?? '')

describe.each(variants)('the simulated organisation: %j', (options) => {
  test.each([[[1000]], [[100]], [[7]], [[1]], [[64, 5, 1, 100, 2]]] as [number, ...number[]][][])(
    'a live walk with pages of %j finds every event, unchanged',
    (pageSizes) => {
      const { log, walk } = open(options)
      const raws = fill(log)
      walk.run(log, span(71 * HOUR), at(72 * HOUR), pageSizes)
      expect(found(walk)).toEqual(raws)
    },
  )

  test('a stream that grows, with events that appear late, is found whole by a walk a minute', () => {
    const { log, walk } = open(options)
    const raws = new Map<string, string>()
    for (let minute = 0; minute <= 120; minute++) {
      // Half of the minutes are silent, and what is late appears in one of those.
      for (let index = 0; index < 6 && minute < 100 && minute % 2 === 0; index++) {
        const ms = minute * MINUTE + index * 10_000
        const { id, raw } = log.emit(at(ms), at(ms + (index % 3 === 0 ? 90_000 : 0)))
        raws.set(id, raw)
      }
      walk.run(log, span(minute * MINUTE + 1), at(minute * MINUTE + 59_000), [4])
    }
    expect(found(walk)).toEqual(raws)
  })

  test('a bounded walk finds what lies in its span, and nothing else', () => {
    const { log, walk } = open(options)
    const raws = [...fill(log)]
    const [from, to] = [timeOf(raws[100]?.[1] ?? ''), timeOf(raws[900]?.[1] ?? '')]
    const bounds = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), overlapMs: 0, bounded: true }
    walk.run(log, bounds, at(100 * HOUR), [50])
    expect(found(walk)).toEqual(new Map(raws.filter(([, raw]) => timeOf(raw) >= from && timeOf(raw) < to)))
  })
})

describe('the simulated organisation', () => {
  test('a stream that was idle for days never uses a position older than two days and two polls', () => {
    const { log, walk } = open({ positionsExpireMs: 51 * HOUR })
    const raws = fill(log)
    for (let hour = 71; hour < 400; hour++) walk.run(log, span(hour * HOUR), at(hour * HOUR), [100])
    const late = log.emit(at(399 * HOUR), at(400 * HOUR))
    walk.run(log, span(401 * HOUR), at(401 * HOUR), [100])
    expect(found(walk)).toEqual(raws.set(late.id, late.raw))
  })

  test('an idle minute costs one request', () => {
    const { log, walk } = open({})
    fill(log)
    walk.run(log, span(71 * HOUR), at(71 * HOUR), [100])
    expect(walk.run(log, span(72 * HOUR), at(72 * HOUR), [100])).toBe(1)
  })
})
