import { describe, expect, test } from 'vitest'
import { parseSource } from '../../../shared/config/source-config.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { SOURCES } from './registry.ts'

const PARAMETER = '/pollhook/sources/apples'
const GOOD = {
  type: 'orchard',
  destinations: ['soc'],
  baseUrl: 'https://apple.orchard.example',
  apiKey: { secret: 'orchard/api-key' },
}

function parse(value: unknown, more: { local?: boolean } = {}) {
  return parseSource(PARAMETER, typeof value === 'string' ? value : JSON.stringify(value), SOURCES, more)
}

function problems(value: unknown, parameter = PARAMETER): string[] {
  try {
    parseSource(parameter, typeof value === 'string' ? value : JSON.stringify(value), SOURCES)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    expect(error.kind).toBe('configuration-invalid')
    return error.message.split('\n').map((line) => line.replace(`Cannot use ${parameter} as `, '…'))
  }
  return []
}

describe('parseSource()', () => {
  test('fills in every default, those of the type included', () => {
    const { source, fingerprint, ...config } = parse(GOOD)
    expect(source.type).toBe('orchard')
    expect(fingerprint).toMatch(/^[\w-]{22}$/)
    expect(config).toEqual({
      id: 'apples',
      type: 'orchard',
      own: { baseUrl: 'https://apple.orchard.example', apiKey: { secret: 'orchard/api-key' }, feed: 'events' },
      destinations: ['soc'],
      everyMs: 60_000,
      startFrom: 'now',
      enabled: true,
      settleMs: 30_000,
      overlapMs: 300_000,
      sweep: { everyMs: 86_400_000, backMs: 172_800_000 },
      allowPrivateNetworks: [],
    })
  })

  test('takes every common field', () => {
    const config = parse({
      ...GOOD,
      $schema: '../../docs/schema/source.schema.json',
      every: '24h',
      startFrom: '2026-05-01T12:00:00.5+02:00',
      enabled: false,
      settle: '0s',
      overlap: '1h',
      sweep: { back: '7d' },
      allowPrivateNetworks: ['10.1.0.0/16', 'fd12:3456::/32'],
    })
    expect(config).toMatchObject({
      everyMs: 86_400_000,
      startFrom: '2026-05-01T10:00:00.500Z',
      enabled: false,
      settleMs: 0,
      overlapMs: 3_600_000,
      sweep: { everyMs: 86_400_000, backMs: 604_800_000 },
      allowPrivateNetworks: ['10.1.0.0/16', 'fd12:3456::/32'],
    })
  })

  test('the sweep is off when it is false, and where the vendor cannot be read again', () => {
    expect(parse({ ...GOOD, sweep: false }).sweep).toBe(false)
    expect(parse({ type: 'stream', destinations: ['soc'], token: { secret: 'stream' } }).sweep).toBe(false)
  })

  test('the id of a file is its name without .json', () => {
    expect(parseSource('conf/sources/apples.json', JSON.stringify(GOOD), SOURCES).id).toBe('apples')
  })

  test('a local run may poll every second', () => {
    expect(parse({ ...GOOD, every: '1s' }, { local: true }).everyMs).toBe(1_000)
    expect(problems({ ...GOOD, every: '1s' })).toEqual(['…every must be a duration from 1m to 24h: found "1s"'])
  })

  test('the fingerprint changes with what is read, and with nothing else', () => {
    const { fingerprint } = parse(GOOD)
    expect(parse({ ...GOOD, every: '5m', destinations: ['other'], apiKey: { secret: 'new' } }).fingerprint).toBe(
      fingerprint,
    )
    expect(parse({ ...GOOD, feed: 'audit_logs' }).fingerprint).not.toBe(fingerprint)
    expect(parse({ ...GOOD, baseUrl: 'https://pear.orchard.example' }).fingerprint).not.toBe(fingerprint)
  })

  test('the whole line says the parameter, the field, what was wanted and what was found', () => {
    expect(() => parse({ ...GOOD, every: '10s' })).toThrow(
      'Cannot use /pollhook/sources/apples as every must be a duration from 1m to 24h: found "10s"',
    )
  })
})

const REFERENCE = 'a reference to a secret, {"secret": "<name>"}'
const KEPT = 'a secret is referred to as {"secret": "<name>"} and kept in /pollhook/secrets/<name>'

describe('parseSource() refuses', () => {
  const without = (key: string) => Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key))
  test.each<[what: string, value: unknown, lines: string[]]>([
    ['a list', [], ['…it must be an object: found an empty list']],
    ['no type', without('type'), ['…type is missing: wanted one of orchard, stream']],
    [
      'a mistyped type',
      { ...GOOD, type: 'Orchrad' },
      ['…type must be a known one: found "Orchrad"; did you mean "orchard"?'],
    ],
    [
      'an unknown type',
      { ...GOOD, type: 'okta' },
      ['…type must be a known one: found "okta"; known are orchard, stream'],
    ],
    [
      'a type from the prototype',
      { ...GOOD, type: 'constructor' },
      ['…type must be a known one: found "constructor"; known are orchard, stream'],
    ],
    ['a type of another kind', { ...GOOD, type: 7 }, ['…type must be a known one: found 7; known are orchard, stream']],
    [
      'a mistyped common key, and the key that is missing therefore',
      { ...without('destinations'), destination: ['soc'] },
      [
        '…destinations is missing: wanted a list',
        '…it has the unknown key "destination": did you mean "destinations"?',
      ],
    ],
    ['a mistyped own key', { ...GOOD, teamid: 1 }, ['…it has the unknown key "teamid": did you mean "teamId"?']],
    [
      'a key like no other',
      { ...GOOD, xyzzy: 'sk_live_1' },
      [
        '…it has the unknown key "xyzzy": known are $schema, type, destinations, every, startFrom, enabled, settle, overlap, sweep, allowPrivateNetworks, baseUrl, apiKey, tokenId, feed, organizationId, teamId',
      ],
    ],
    [
      'an unknown key inside',
      { ...GOOD, sweep: { evry: '1h' } },
      ['…sweep has the unknown key "evry": did you mean "every"?'],
    ],
    [
      'a secret in plain text',
      { ...GOOD, apiKey: 'sk_live_1' },
      [`…apiKey must be a reference to a secret: found a string; ${KEPT}`],
    ],
    ['no secret', without('apiKey'), [`…apiKey is missing: wanted ${REFERENCE}`]],
    ['a number for a secret', { ...GOOD, apiKey: 12345 }, [`…apiKey must be ${REFERENCE}: found a number`]],
    [
      'a value for a name',
      { ...GOOD, apiKey: { secret: 'a b=' } },
      ['…apiKey.secret must be the name of a secret: found a string'],
    ],
    ['a number near secrets', { ...GOOD, tokenId: 7 }, [`…tokenId must be a string or ${REFERENCE}: found a number`]],
    [
      'a key beside the name',
      { ...GOOD, apiKey: { secret: 'a', value: 'x' } },
      ['…apiKey has the unknown key "value": known are secret'],
    ],
    ['a wrong choice', { ...GOOD, feed: 'audit' }, ['…feed must be one of "events", "audit_logs": found "audit"']],
    [
      'a long value',
      { ...GOOD, feed: 'x'.repeat(33) },
      ['…feed must be one of "events", "audit_logs": found a string of 33 characters'],
    ],
    ['no UUID', { ...GOOD, organizationId: 'acme' }, ['…organizationId must be a UUID: found "acme"']],
    ['a fraction', { ...GOOD, teamId: 1.5 }, ['…teamId must be a whole number: found 1.5']],
    ['a number too small', { ...GOOD, teamId: 0 }, ['…teamId must be at least 1: found 0']],
    ['a number as text', { ...GOOD, teamId: '12' }, ['…teamId must be a number: found "12"']],
    [
      'fields that exclude each other',
      { ...GOOD, teamId: 1, tokenId: 'a' },
      ['…it must not have both tokenId and teamId'],
    ],
    [
      'no destination',
      { ...GOOD, destinations: [] },
      ['…destinations must have at least 1 entry: found an empty list'],
    ],
    [
      'a destination twice',
      { ...GOOD, destinations: ['a', 'b', 'a'] },
      ['…destinations must name each destination once: found "a" twice'],
    ],
    [
      'no id',
      { ...GOOD, destinations: ['soc', 'So c'] },
      ['…destinations[1] must match [a-z0-9][a-z0-9-]{0,62}: found "So c"'],
    ],
    ['one destination without a list', { ...GOOD, destinations: 'soc' }, ['…destinations must be a list: found "soc"']],
    [
      'a duration as a number',
      { ...GOOD, every: 60 },
      ['…every must be a duration from 1m to 24h, such as 30s, 5m, 24h or 3d: found 60'],
    ],
    ['too long an interval', { ...GOOD, every: '2d' }, ['…every must be a duration from 1m to 24h: found "2d"']],
    [
      'an unknown start',
      { ...GOOD, startFrom: 'yesterday' },
      ['…startFrom must be "now", "earliest" or an RFC 3339 time: found "yesterday"'],
    ],
    [
      'a time without a zone',
      { ...GOOD, startFrom: '2026-05-01T10:00:00' },
      ['…startFrom must be "now", "earliest" or an RFC 3339 time: found "2026-05-01T10:00:00"'],
    ],
    ['a sweep of another kind', { ...GOOD, sweep: true }, ['…sweep must be false or an object: found true']],
    ['text for a boolean', { ...GOOD, enabled: 'yes' }, ['…enabled must be true or false: found "yes"']],
    [
      'http',
      { ...GOOD, baseUrl: 'http://apple.orchard.example' },
      ['…baseUrl must be an https URL: found a string of 28 characters'],
    ],
    [
      'a password in a URL',
      { ...GOOD, baseUrl: 'https://a:pw@b.example' },
      ['…baseUrl must not contain a user name or password: found a string of 22 characters'],
    ],
    [
      'loopback',
      { ...GOOD, allowPrivateNetworks: ['127.0.0.0/8'] },
      [
        '…allowPrivateNetworks[0] must not be a loopback or link-local range, which is never reachable: found a string of 11 characters',
      ],
    ],
    [
      'no range',
      { ...GOOD, allowPrivateNetworks: ['10.0.0.1'] },
      ['…allowPrivateNetworks[0] must be a CIDR range such as 10.1.0.0/16: found "10.0.0.1"'],
    ],
    [
      'text that is not JSON',
      '{\n  "type": "orchard",\n  "apiKey": sk_live_1\n}',
      ['…it is not JSON: a value is wanted at line 3, column 13'],
    ],
    [
      'a key that is there twice',
      '{"type":"orchard",\n"type":"stream"}',
      ['…it is not JSON: a key stands in its object twice at line 2, column 1'],
    ],
    ['nothing', '', ['…it is not JSON: a value is wanted at line 1, column 1']],
  ])('%s', (_, value, lines) => {
    expect(problems(value)).toEqual(lines)
  })

  test('a sweep where the vendor cannot be read again', () => {
    expect(problems({ type: 'stream', destinations: ['soc'], token: { secret: 'a' }, sweep: {} })).toEqual([
      '…sweep must be false or absent: stream cannot be read again by time',
    ])
  })

  test.each([
    ['/pollhook/sources/Apples', '…its id must match [a-z0-9][a-z0-9-]{0,62}: found "Apples"'],
    ['/pollhook/sources/team/apples', '…its id must match [a-z0-9][a-z0-9-]{0,62}: found a string of 11 characters'],
  ])('the id of %s', (parameter, line) => {
    expect(problems(GOOD, parameter)).toEqual([line])
  })

  test('several things at once, each on its own line', () => {
    expect(problems({ ...GOOD, every: '10s', feed: 'audit', apiKey: 'x' })).toHaveLength(3)
  })

  test('and never says what stands where a secret may be', () => {
    const leak = 'LEAKED1'
    const wrong = {
      ...GOOD,
      apiKey: leak,
      tokenId: { secret: `${leak}=` },
      baseUrl: `https://x:${leak}@b.example`,
      [`x${'y'.repeat(9)}`]: leak,
    }
    const text = problems(wrong).join('\n')
    expect(text).toContain('apiKey')
    expect(text).not.toContain(leak)
  })
})
