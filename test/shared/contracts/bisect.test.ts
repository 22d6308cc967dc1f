import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bisect, isCrowd, justBefore, type Stretch } from '../../../shared/contracts/bisect.ts'
import { fromMicros, toMicros } from '../../../shared/contracts/time.ts'

const clock = (time: string) => `2026-05-01T${time}Z`
const stretch = (from: string, to: string): Stretch => ({ from: clock(from), to: clock(to) })
const texts = (parts: Stretch[] | undefined) =>
  parts?.map(({ from, to }) => `${from.slice(11, -1)} ${to.slice(11, -1)}`)

describe('bisect()', () => {
  const hour = stretch('10:00:00.000', '11:00:00.000')

  it.each([
    [
      'in the middle of events',
      ['10:10:00.000', '10:50:00.000'],
      ['10:00:00.000 10:30:00.000', '10:30:00.000 11:00:00.000'],
    ],
    ['in the middle of nothing', [], ['10:00:00.000 10:30:00.000', '10:30:00.000 11:00:00.000']],
    [
      'after the first of late events, which are read first',
      ['10:40:00.000', '10:50:00.000'],
      ['10:40:00.001 11:00:00.000', '10:00:00.000 10:40:00.001'],
    ],
    [
      'before the last of early events, which are read first',
      ['10:10:00.000', '10:20:00.000'],
      ['10:00:00.000 10:20:00.000', '10:20:00.000 11:00:00.000'],
    ],
    [
      'around a single instant, which is read first',
      ['10:10:00.000', '10:10:00.000'],
      ['10:10:00.000 10:10:00.001', '10:00:00.000 10:10:00.000', '10:10:00.001 11:00:00.000'],
    ],
    [
      'around a single instant at the start',
      ['10:00:00.000'],
      ['10:00:00.000 10:00:00.001', '10:00:00.001 11:00:00.000'],
    ],
    [
      'without looking at events outside',
      ['09:59:59.999', '11:00:00.000'],
      ['10:00:00.000 10:30:00.000', '10:30:00.000 11:00:00.000'],
    ],
    [
      'in microseconds once there are some',
      ['10:10:00.000', '10:50:00.000001'],
      ['10:00:00.000000 10:30:00.000000', '10:30:00.000000 11:00:00.000000'],
    ],
  ])('cuts %s', (_name, seen, parts) => {
    expect(texts(bisect(hour, seen.map(clock)))).toEqual(parts)
  })

  it('does not cut a millisecond, unless its events have microseconds', () => {
    const millisecond = stretch('10:00:00.000', '10:00:00.001')
    expect(bisect(millisecond, [clock('10:00:00.000')])).toBeUndefined()
    expect(texts(bisect(millisecond, [clock('10:00:00.0001'), clock('10:00:00.0003')]))).toEqual([
      '10:00:00.000000 10:00:00.000300',
      '10:00:00.000300 10:00:00.001000',
    ])
  })

  it('does not cut a microsecond', () => {
    const microsecond = { ...stretch('10:00:00.000001', '10:00:00.000002'), fine: true } as const
    expect(bisect(microsecond, [clock('10:00:00.000001')])).toBeUndefined()
  })

  it('gives parts that are together what was cut, each smaller, whatever was seen', () => {
    const micros = fc.integer({ min: -2_000, max: 52_000 })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.array(micros), (milliseconds, seen) => {
        const start = toMicros(clock('10:00:00.000'))
        const whole = { from: fromMicros(start), to: fromMicros(start + milliseconds * 1000) }
        const parts =
          bisect(
            whole,
            seen.map((offset) => fromMicros(start + offset)),
          ) ?? []
        const sorted = parts.toSorted((a, b) => toMicros(a.from) - toMicros(b.from))
        const edges = [toMicros(whole.from), ...sorted.map(({ to }) => toMicros(to))]
        expect(parts.length).toBeGreaterThan(1)
        expect(sorted.map(({ from }) => toMicros(from))).toEqual(edges.slice(0, -1))
        expect(edges.at(-1)).toBe(toMicros(whole.to))
        expect(sorted.every(({ from, to }) => toMicros(from) < toMicros(to))).toBe(true)
      }),
    )
  })
})

it('isCrowd() is one step that holds everything that was seen', () => {
  const step = stretch('10:00:00.000', '10:00:00.001')
  expect(isCrowd(step, [clock('10:00:00.000'), clock('10:00:00.000999')])).toBe(true)
  expect(isCrowd(step, [clock('10:00:00.000'), clock('10:00:00.001')])).toBe(false)
  expect(isCrowd(step, [clock('09:59:59.999999')])).toBe(false)
  expect(isCrowd({ ...step, fine: true }, [clock('10:00:00.000')])).toBe(false)
  expect(isCrowd(stretch('10:00:00.000', '10:00:00.002'), [clock('10:00:00.000')])).toBe(false)
})

it('justBefore() is one step before the start', () => {
  expect(justBefore(stretch('10:00:00.000', '11:00:00.000'))).toBe(clock('09:59:59.999'))
  expect(justBefore({ ...stretch('10:00:00.000', '11:00:00.000'), fine: true })).toBe(clock('09:59:59.999999'))
})

describe('microseconds', () => {
  it.each([
    ['2026-05-01T10:15:42.318204Z', 1_777_630_542_318_204],
    ['2026-05-01T10:15:42.3182Z', 1_777_630_542_318_200],
    ['2026-05-01T10:15:42.318204999Z', 1_777_630_542_318_204],
    ['2026-05-01T10:15:42.3Z', 1_777_630_542_300_000],
    ['2026-05-01T10:15:42Z', 1_777_630_542_000_000],
    ['2026-05-01T12:15:42.318204+02:00', 1_777_630_542_318_204],
    ['1969-12-31T23:59:59.999999Z', -1],
  ])('of %s are %i', (text, micros) => {
    expect(toMicros(text)).toBe(micros)
  })

  it.each([
    [1_777_630_542_318_204, '2026-05-01T10:15:42.318204Z'],
    [1_777_630_542_000_001, '2026-05-01T10:15:42.000001Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
  ])('%i are written as %s', (micros, text) => {
    expect(fromMicros(micros)).toBe(text)
  })
})
