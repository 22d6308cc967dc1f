import { describe, expect, test } from 'vitest'
import { durationText, roughDuration } from '../../../shared/config/duration-text.ts'
import { fingerprint } from '../../../shared/config/fingerprint.ts'
import { nearest } from '../../../shared/config/nearest.ts'
import { checkReferences } from '../../../shared/config/references.ts'
import { secretRefs } from '../../../shared/config/secret-refs.ts'

describe('fingerprint()', () => {
  test('is the start of the SHA-256 of the text with sorted keys', () => {
    // printf '{"a":[1,{"c":3,"d":4}],"b":null}' | sha256sum, as base64url
    expect(fingerprint({ b: null, a: [1, { d: 4, c: 3, e: undefined }] })).toBe('fGoHYVnIgNC_7u_-p9kFpd')
  })

  test('the order of a list counts', () => {
    expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]))
  })
})

describe('nearest()', () => {
  test.each<[name: string, known: string[], expected: string | undefined]>([
    ['destination', ['destinations', 'every'], 'destinations'],
    ['api_key', ['apiKey', 'apiToken'], 'apiKey'],
    ['tine', ['tines', 'merge'], 'tines'],
    ['okta', ['tines', 'merge'], undefined],
    ['x', [], undefined],
  ])('%s of %j is %s', (name, known, expected) => {
    expect(nearest(name, known)).toBe(expected)
  })
})

describe('secretRefs()', () => {
  test('finds each reference once, at any depth', () => {
    const config = {
      apiKey: { secret: 'a' },
      headers: { 'x-a': { secret: 'b' }, 'x-b': 'plain' },
      keys: [{ secret: 'c' }, { secret: 'a' }],
      off: false,
      none: null,
    }
    expect(secretRefs(config)).toEqual([{ secret: 'a' }, { secret: 'b' }, { secret: 'c' }])
  })

  test('a plain field of that name among others is not a reference', () => {
    expect(
      secretRefs({ signing: { scheme: 'hmac', secret: { secret: 'a' } }, odd: { secret: 'x', other: 1 } }),
    ).toEqual([{ secret: 'a' }])
  })
})

describe('checkReferences()', () => {
  const sources = [{ parameter: '/pollhook/sources/apples', destinations: ['soc', 'hok'] }]

  test('names the destination that does not exist and the nearest one that does', () => {
    expect(checkReferences(sources, ['soc', 'hook'])).toEqual([
      'Cannot use /pollhook/sources/apples as destinations names "hok", which does not exist: did you mean "hook"?',
    ])
  })

  test('says so when there are none', () => {
    expect(checkReferences(sources, [])[0]).toBe(
      'Cannot use /pollhook/sources/apples as destinations names "soc", which does not exist: there are none',
    )
  })

  test('says nothing when all exist', () => {
    expect(checkReferences(sources, ['soc', 'hok'])).toEqual([])
  })
})

describe('durationText() and roughDuration()', () => {
  test.each([
    [0, '0s', '0s'],
    [1, '1ms', '0s'],
    [999, '999ms', '0s'],
    [30_000, '30s', '30s'],
    [90_000, '90s', '1m 30s'],
    [3_600_000, '1h', '1h'],
    [5_400_000, '90m', '1h 30m'],
    [93_600_000, '26h', '1d 2h'],
    [86_399_999, '86399999ms', '23h 59m'],
    [1_123_200_000, '13d', '13d'],
  ])('%i ms: %s, %s', (ms, exact, rough) => {
    expect(durationText(ms)).toBe(exact)
    expect(roughDuration(ms)).toBe(rough)
  })
})
