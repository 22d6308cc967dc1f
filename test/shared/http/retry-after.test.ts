import { describe, expect, test } from 'vitest'
import { retryAfter } from '../../../shared/http/retry-after.ts'

/** 1,777,630,542 s since 1970. */
const NOW = new Date('2026-05-01T10:15:42.000Z')

describe('retryAfter()', () => {
  test.each([
    ['retry-after', '120', '2026-05-01T10:17:42.000Z'],
    ['retry-after', ' 120 ', '2026-05-01T10:17:42.000Z'],
    ['retry-after', '1.5', '2026-05-01T10:15:43.500Z'],
    ['retry-after', '0', '2026-05-01T10:15:42.000Z'],
    ['retry-after', '-30', '2026-05-01T10:15:42.000Z'],
    ['retry-after', '86400', '2026-05-02T10:15:42.000Z'],
    ['retry-after', '86401', '2026-05-02T10:15:42.000Z'],
    ['retry-after', '1777630602', '2026-05-01T10:16:42.000Z'],
    ['retry-after', 'Fri, 01 May 2026 10:20:00 GMT', '2026-05-01T10:20:00.000Z'],
    ['retry-after', 'Friday, 01-May-26 10:20:00 GMT', '2026-05-01T10:20:00.000Z'],
    ['retry-after', 'Fri May  1 10:20:00 2026', '2026-05-01T10:20:00.000Z'],
    ['retry-after', 'Fri, 01 May 2026 10:00:00 GMT', '2026-05-01T10:15:42.000Z'],
    ['retry-after', 'Fri, 31 Dec 9999 23:59:59 GMT', '2026-05-02T10:15:42.000Z'],
    ['x-ratelimit-reset', '30', '2026-05-01T10:16:12.000Z'],
    ['x-ratelimit-reset', '1777630602', '2026-05-01T10:16:42.000Z'],
    ['x-ratelimit-reset', '1777630602.5', '2026-05-01T10:16:42.500Z'],
    ['x-ratelimit-reset', '1777630602500', '2026-05-01T10:16:42.500Z'],
    ['x-ratelimit-reset', '1777630000', '2026-05-01T10:15:42.000Z'],
    ['x-ratelimit-reset', '2026-05-01T10:16:00Z', '2026-05-01T10:16:00.000Z'],
    ['ratelimit-reset', '30', '2026-05-01T10:16:12.000Z'],
    ['ratelimit-reset', '1777630602500', '2026-05-01T10:16:42.500Z'],
    ['x-rate-limit-reset', '1777630602', '2026-05-01T10:16:42.000Z'],
  ])('%s: %s means %s', (name, value, expected) => {
    expect(retryAfter({ [name]: value }, NOW)?.toISOString()).toBe(expected)
  })

  test.each(['', 'soon', '1e3', '12 seconds', '-', 'Fri, 99 Foo 2026 10:20:00 GMT'])(
    'the text "%s" says nothing',
    (value) => {
      expect(retryAfter({ 'retry-after': value }, NOW)).toBeUndefined()
    },
  )

  test('Retry-After goes before a reset header', () => {
    const headers = { 'x-ratelimit-reset': '5', 'retry-after': '60' }
    expect(retryAfter(headers, NOW)?.toISOString()).toBe('2026-05-01T10:16:42.000Z')
  })

  test('a reset header counts when Retry-After cannot be read', () => {
    const headers = { 'x-ratelimit-reset': '5', 'retry-after': 'soon' }
    expect(retryAfter(headers, NOW)?.toISOString()).toBe('2026-05-01T10:15:47.000Z')
  })

  test('an answer without such a header says nothing', () => {
    expect(retryAfter({ 'content-type': 'text/html' }, NOW)).toBeUndefined()
  })
})
