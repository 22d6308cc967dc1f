import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asTimestamp,
  earlier,
  floorTo,
  fromMicros,
  fromMs,
  later,
  shift,
  timestamp,
  toMicros,
  toMs,
  wholeSeconds,
} from '../../../shared/contracts/time.ts'

const HOUR_MS = 3_600_000
const anyMs = fc.integer({ min: Date.parse('2000-01-01T00:00:00Z'), max: Date.parse('2100-01-01T00:00:00Z') })

test('toMs() cuts off what is finer than a millisecond, and never rounds up', () => {
  expect(toMs('2026-05-01T10:15:42.999999Z')).toBe(1_777_630_542_999)
  expect(toMs('2026-05-01T10:15:42.4799999Z')).toBe(1_777_630_542_479)
  expect(toMs('2026-05-01T12:15:42+02:00')).toBe(1_777_630_542_000)
})

test('fromMs() writes milliseconds and Z', () => {
  expect(fromMs(1_777_630_542_000)).toBe('2026-05-01T10:15:42.000Z')
})

test('fromMs() and toMs() are inverse', () => {
  fc.assert(fc.property(anyMs, (ms) => toMs(fromMs(ms)) === ms))
})

test('toMicros() keeps six digits', () => {
  expect(toMicros('2026-05-01T10:15:42.318204Z')).toBe(1_777_630_542_318_204)
  expect(toMicros('2026-05-01T10:15:42.3182049Z')).toBe(1_777_630_542_318_204)
  expect(toMicros('2026-05-01T10:15:42.3182Z')).toBe(1_777_630_542_318_200)
  expect(toMicros('2026-05-01T10:15:42.5Z')).toBe(1_777_630_542_500_000)
  expect(toMicros('2026-05-01T10:15:42Z')).toBe(1_777_630_542_000_000)
})

test('fromMicros() and toMicros() are inverse', () => {
  expect(fromMicros(1_777_630_542_318_004)).toBe('2026-05-01T10:15:42.318004Z')
  fc.assert(fc.property(anyMs, fc.nat(999), (ms, rest) => toMicros(fromMicros(ms * 1000 + rest)) === ms * 1000 + rest))
})

test('shift() moves both ways', () => {
  expect(shift('2026-05-01T00:00:00Z', -1)).toBe('2026-04-30T23:59:59.999Z')
  expect(shift('2026-05-01T00:00:00.000Z', 60_000)).toBe('2026-05-01T00:01:00.000Z')
})

describe('floorTo()', () => {
  test('is the hour that the instant lies in', () => {
    expect(floorTo('2026-05-01T10:59:59.999Z', HOUR_MS)).toBe('2026-05-01T10:00:00.000Z')
    expect(floorTo('2026-05-01T10:00:00.000Z', HOUR_MS)).toBe('2026-05-01T10:00:00.000Z')
  })

  test('is never later than the instant, and less than a unit before it', () => {
    fc.assert(
      fc.property(anyMs, fc.constantFrom(1000, 60_000, HOUR_MS, 24 * HOUR_MS), (ms, unit) => {
        const difference = ms - toMs(floorTo(fromMs(ms), unit))
        expect(difference).toBeGreaterThanOrEqual(0)
        expect(difference).toBeLessThan(unit)
      }),
    )
  })
})

test('wholeSeconds() drops the fraction', () => {
  expect(wholeSeconds('2026-05-01T10:15:42.999Z')).toBe('2026-05-01T10:15:42Z')
  expect(wholeSeconds('2026-05-01T12:15:42.000001+02:00')).toBe('2026-05-01T10:15:42Z')
})

test('earlier() and later() compare instants, not texts', () => {
  const [plain, offset] = ['2026-05-01T10:00:00Z', '2026-05-01T11:30:00+02:00']
  expect([earlier(plain, offset), later(plain, offset)]).toEqual([offset, plain])
  expect([earlier(offset, plain), later(offset, plain)]).toEqual([offset, plain])
})

test('timestamp takes RFC 3339 with any fraction and any offset, and nothing else', () => {
  const good = ['2026-05-01T10:15:42Z', '2026-05-01T10:15:42.318204Z', '2026-05-01T10:15:42+02:00']
  const bad = ['2026-05-01', '2026-05-01T10:15:42', '2026-13-01T10:15:42Z', 'now', '', 1_777_630_542_000]
  expect(good.filter((text) => !timestamp.safeParse(text).success)).toEqual([])
  expect(bad.filter((text) => timestamp.safeParse(text).success)).toEqual([])
})

describe('asTimestamp()', () => {
  test.each(['2026-05-01T10:15:42Z', '2026-05-01T10:15:42.318204999Z', '2026-05-01T12:15:42.5+02:00'])(
    'leaves %s as it is',
    (text) => {
      expect(asTimestamp(text)).toBe(text)
    },
  )

  test.each([
    ['2026-05-01 10:15:42.479123 UTC', '2026-05-01T10:15:42.479123Z'],
    ['2026-05-01T10:15:42.479123+0000', '2026-05-01T10:15:42.479123+00:00'],
    ['2026-05-01 12:15:42 +0200', '2026-05-01T12:15:42+02:00'],
    ['2026-05-01 05:15:42-05:00', '2026-05-01T05:15:42-05:00'],
    ['2026-05-01t10:15:42z', '2026-05-01T10:15:42Z'],
    ['2026-05-01T10:15:42.479123', '2026-05-01T10:15:42.479123Z'],
    ['2026-05-01', '2026-05-01T00:00:00.000Z'],
    ['Fri, 01 May 2026 10:15:42 GMT', '2026-05-01T10:15:42.000Z'],
  ])('writes %s as %s, which every receiver reads', (text, written) => {
    expect(asTimestamp(text)).toBe(written)
    expect(timestamp.safeParse(asTimestamp(text)).success).toBe(true)
  })

  test.each(['', 'yesterday', '2026-13-01 10:15:42', '2026-05-01T25:15:42Z'])('knows that %j is no date', (text) => {
    expect(asTimestamp(text)).toBeUndefined()
  })
})
