import { describe, expect, test } from 'vitest'
import { duration, durationMs, httpsUrl, id, secretRef, textOrSecret } from '../../../shared/contracts/settings.ts'

describe('durationMs()', () => {
  test.each([
    ['250ms', 250],
    ['0s', 0],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['3d', 259_200_000],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms)
  })

  test.each(['', '5', 'm', '-5m', '1.5h', '5 m', '5M', '1h30m', '5m '])('"%s" is no duration', (text) => {
    expect(durationMs(text)).toBeUndefined()
  })
})

describe('duration()', () => {
  const between = duration('1m', '24h')
  const problem = (value: unknown) => between.safeParse(value).error?.issues[0]?.message

  test('parses to milliseconds, both limits included', () => {
    expect(between.parse('1m')).toBe(60_000)
    expect(between.parse('24h')).toBe(86_400_000)
    expect(between.parse('1d')).toBe(86_400_000)
  })

  test('names the limits when it refuses', () => {
    for (const value of ['59s', '25h', 'soon']) expect(problem(value)).toBe('must be a duration from 1m to 24h')
    expect(problem(60)).toBe('Invalid input: expected string, received number')
  })
})

describe('id', () => {
  test.each(['a', '0', 'prod-tines', `a${'b'.repeat(62)}`])('%s is an id', (text) => {
    expect(id.safeParse(text).success).toBe(true)
  })

  test.each(['', '-a', 'A', 'a_b', 'a/b', 'a.b', `a${'b'.repeat(63)}`, 'a\n'])('%j is no id', (text) => {
    expect(id.safeParse(text).success).toBe(false)
  })
})

describe('secretRef', () => {
  test.each(['tines/api-key', 'aws:secretsmanager:prod/tines', 'a.b_c'])('%s is a name', (secret) => {
    expect(secretRef.parse({ secret })).toEqual({ secret })
  })

  test('a value in the place of a reference is refused and not repeated', () => {
    for (const value of ['hunter2', { secret: 'hunter2 !' }, { value: 'hunter2' }, { secret: '' }]) {
      const { error } = secretRef.safeParse(value)
      expect(error?.issues.length).toBeGreaterThan(0)
      expect(JSON.stringify(error?.issues.map(({ message }) => message))).not.toContain('hunter2')
    }
  })

  test('where a plain text is as good, both are taken', () => {
    expect(textOrSecret.parse('plain')).toBe('plain')
    expect(textOrSecret.parse({ secret: 'a' })).toEqual({ secret: 'a' })
  })
})

describe('httpsUrl', () => {
  test.each([
    'https://acme-1234.tines.com',
    'https://vendor.example:8443/path/?a=b',
    'http://127.0.0.1:8080',
    'http://localhost',
    'http://[::1]:3000/x',
  ])('%s may be used', (text) => {
    expect(httpsUrl.parse(text)).toBe(text)
  })

  test.each([
    ['acme-1234.tines.com', 'must be an absolute URL'],
    ['', 'must be an absolute URL'],
    ['http://acme-1234.tines.com', 'must be an https URL'],
    ['http://127.0.0.1.evil.example', 'must be an https URL'],
    ['http://localhost.evil.example', 'must be an https URL'],
    ['ftp://127.0.0.1', 'must be an https URL'],
    ['file:///etc/passwd', 'must be an https URL'],
    ['https://user@acme.example', 'must not contain a user name or password'],
    ['https://:pass@acme.example', 'must not contain a user name or password'],
    ['https://acme.example/#top', 'must not contain a fragment'],
  ])('"%s" %s', (text, problem) => {
    expect(httpsUrl.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([problem])
  })
})
