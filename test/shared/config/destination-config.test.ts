import { describe, expect, test } from 'vitest'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { DESTINATIONS } from './registry.ts'

const PARAMETER = '/pollhook/destinations/soc'
const GOOD = { type: 'hook', url: 'https://soc.example/in' }

const parse = (value: unknown) => parseDestination(PARAMETER, JSON.stringify(value), DESTINATIONS)

function problems(value: unknown): string[] {
  try {
    parse(value)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return error.message.split('\n').map((line) => line.replace(`Cannot use ${PARAMETER} as `, '…'))
  }
  return []
}

describe('parseDestination()', () => {
  test('fills in every default, those of the type included', () => {
    const { destination, ...config } = parse(GOOD)
    expect(destination.type).toBe('hook')
    expect(config).toEqual({
      id: 'soc',
      type: 'hook',
      own: { format: 'standard', url: 'https://soc.example/in' },
      url: 'https://soc.example/in',
      timeoutMs: 15_000,
      giveUpAfterMs: 259_200_000,
      batch: { maxEvents: 1, maxBytes: 245_760 },
      filter: { types: ['*'], exclude: [] },
      headers: {},
      auth: undefined,
      tls: {},
      compression: 'none',
      rate: undefined,
      concurrency: undefined,
      ordered: false,
      normalize: undefined,
      allowPrivateNetworks: [],
    })
  })

  test('takes every common field', () => {
    const config = parse({
      ...GOOD,
      format: 'raw',
      timeout: '30s',
      giveUpAfter: '13d',
      batch: { maxEvents: 10 },
      filter: { types: ['orchard.*'], exclude: ['*.running'] },
      headers: { 'X-Api-Key': { secret: 'soc/key' }, 'x-tenant': 'blue' },
      auth: { bearer: { secret: 'soc/token' } },
      tls: { clientCertificate: { secret: 'soc/cert' }, clientKey: { secret: 'soc/key' }, ca: { secret: 'soc/ca' } },
      compression: 'gzip',
      rate: '600/m',
      concurrency: 4,
      ordered: true,
      normalize: 'ocsf',
      allowPrivateNetworks: ['10.1.0.0/16'],
    })
    expect(config).toMatchObject({
      own: { format: 'raw' },
      timeoutMs: 30_000,
      giveUpAfterMs: 1_123_200_000,
      batch: { maxEvents: 10, maxBytes: 245_760 },
      filter: { types: ['orchard.*'], exclude: ['*.running'] },
      headers: { 'x-api-key': { secret: 'soc/key' }, 'x-tenant': 'blue' },
      auth: { kind: 'bearer', token: { secret: 'soc/token' } },
      tls: { clientCertificate: { secret: 'soc/cert' }, clientKey: { secret: 'soc/key' }, ca: { secret: 'soc/ca' } },
      compression: 'gzip',
      rate: { requests: 600, perMs: 60_000 },
      concurrency: 4,
      ordered: true,
      normalize: 'ocsf',
      allowPrivateNetworks: ['10.1.0.0/16'],
    })
  })

  test('an order can be had only of a type whose receivers keep it', () => {
    const { keepsOrder: _, ...store } = DESTINATIONS.hook ?? {}
    const read = (ordered: boolean) => () =>
      parseDestination(PARAMETER, JSON.stringify({ ...GOOD, ordered }), { hook: store as AnyDestination })
    expect(read(false)().ordered).toBe(false)
    expect(read(true)).toThrow(
      `Cannot use ${PARAMETER} as ordered must be left out for the type hook, whose receivers keep no order: found true`,
    )
  })

  test('basic authentication has a plain or a secret user name', () => {
    const password = { secret: 'soc/password' }
    expect(parse({ ...GOOD, auth: { basic: { username: 'poll', password } } }).auth).toEqual({
      kind: 'basic',
      username: 'poll',
      password,
    })
    expect(parse({ ...GOOD, auth: { basic: { username: { secret: 'soc/user' }, password } } }).auth).toEqual({
      kind: 'basic',
      username: { secret: 'soc/user' },
      password,
    })
  })
})

describe('auth.oauth2', () => {
  const tokenUrl = 'https://login.example.com/token'
  const oauth2 = (fields: object) =>
    parse({ ...GOOD, auth: { oauth2: { tokenUrl, clientId: 'poll', ...fields } } }).auth

  test('is a client id and secret in the header, unless the body is asked for', () => {
    const clientSecret = { secret: 'soc/client' }
    const client = { id: 'poll', secret: clientSecret }
    expect(oauth2({ clientSecret, scope: 'logs.write', parameters: { audience: 'https://logs.example' } })).toEqual({
      kind: 'oauth2',
      tokenUrl,
      parameters: { audience: 'https://logs.example', scope: 'logs.write' },
      client: { kind: 'secret-in-header', ...client },
    })
    expect(oauth2({ clientSecret, sendSecretIn: 'body' })).toEqual({
      kind: 'oauth2',
      tokenUrl,
      parameters: {},
      client: { kind: 'secret-in-body', ...client },
    })
  })

  test('is a certificate instead of a secret', () => {
    const [certificate, key] = [{ secret: 'soc/cert' }, { secret: 'soc/key' }]
    expect(oauth2({ certificate, key })).toMatchObject({
      client: { kind: 'certificate', id: 'poll', certificate, key },
    })
  })
})

describe('parseDestination() refuses', () => {
  const KEPT = 'a secret is referred to as {"secret": "<name>"} and kept in /pollhook/secrets/<name>'
  const header = (name: string, value: unknown = 'x') => ({ ...GOOD, headers: { [name]: value } })
  test.each<[what: string, value: unknown, lines: string[]]>([
    ['no URL', { type: 'hook' }, ['…url is missing: wanted a string']],
    ['a URL without a scheme', { ...GOOD, url: 'soc.example' }, ['…url must be an absolute URL: found "soc.example"']],
    [
      'a fragment',
      { ...GOOD, url: 'https://soc.example/#a' },
      ['…url must not contain a fragment: found a string of 22 characters'],
    ],
    ['too long a time-out', { ...GOOD, timeout: '1m' }, ['…timeout must be a duration from 1s to 30s: found "1m"']],
    [
      'giving up too late',
      { ...GOOD, giveUpAfter: '14d' },
      ['…giveUpAfter must be a duration from 1m to 13d: found "14d"'],
    ],
    ['an empty batch', { ...GOOD, batch: { maxEvents: 0 } }, ['…batch.maxEvents must be at least 1: found 0']],
    [
      'a batch too large',
      { ...GOOD, batch: { maxBytes: 9e6 } },
      ['…batch.maxBytes must be at most 5000000: found 9000000'],
    ],
    [
      'a filter that lets nothing through',
      { ...GOOD, filter: { types: [] } },
      ['…filter.types must have at least 1 entry: found an empty list'],
    ],
    [
      'a pattern that no type can match',
      { ...GOOD, filter: { types: ['sync-*'] } },
      [
        '…filter.types[0] must be an event type such as tines.event, in which * stands for any characters: found "sync-*"',
      ],
    ],
    [
      'two ways to authenticate',
      { ...GOOD, auth: { bearer: { secret: 'a' }, basic: { username: 'a', password: { secret: 'b' } } } },
      ['…auth must have exactly one of bearer, basic and oauth2'],
    ],
    ['no way to authenticate', { ...GOOD, auth: {} }, ['…auth must have exactly one of bearer, basic and oauth2']],
    [
      'an unknown way',
      { ...GOOD, auth: { baerer: { secret: 'a' } } },
      ['…auth has the unknown key "baerer": did you mean "bearer"?'],
    ],
    [
      'a token in plain text',
      { ...GOOD, auth: { bearer: 'abc' } },
      [`…auth.bearer must be a reference to a secret: found a string; ${KEPT}`],
    ],
    [
      'two authorization headers',
      { ...header('Authorization', { secret: 'a' }), auth: { bearer: { secret: 'a' } } },
      ['…auth and headers.authorization both set the authorization header: wanted one of them'],
    ],
    [
      'more events than a request can carry',
      { ...GOOD, batch: { maxEvents: 2 } },
      ['…batch.maxEvents must be at most 1, which is what a request carries as configured: found 2'],
    ],
    [
      'an unknown alternative',
      { ...GOOD, signing: { scheme: 'hmacc', secret: { secret: 'a' }, header: 'x-a' } },
      ['…signing.scheme must be "keys" or "hmac": found "hmacc"'],
    ],
    [
      'a mistake in one of two alternatives',
      { ...GOOD, signing: { scheme: 'keys', keys: ['whsec_x'] } },
      [`…signing.keys[0] must be a reference to a secret: found a string; ${KEPT}`],
    ],
    [
      'no alternative',
      { ...GOOD, signing: {} },
      ['…signing.scheme is missing: wanted "keys" or "hmac"', '…signing.keys is missing: wanted a list'],
    ],
    [
      'a header name with a space',
      header('x a'),
      ['…headers has the key "x a", which must be a header name of letters, digits and any of !#$%&\'*+-.^_`|~'],
    ],
    [
      'a value with a line break',
      header('x-a', 'a\r\nb'),
      ['…headers.x-a must be printable ASCII without spaces around it: found a string'],
    ],
    [
      'a value of another kind',
      header('x-a', 5),
      ['…headers.x-a must be a string or a reference to a secret, {"secret": "<name>"}: found a number'],
    ],
    [
      'a credential in plain text',
      header('X-Api-Key', 'abc'),
      ['…headers.X-Api-Key is a credential and must be a reference to a secret, {"secret": "<name>"}: found a string'],
    ],
    [
      'a header twice',
      { ...GOOD, headers: { 'X-a': '1', 'x-A': '2' } },
      ['…headers.x-A is there twice, in upper and lower case: found a string'],
    ],
    ...[
      'Content-Length',
      'host',
      'webhook-id',
      'Pollhook-Source',
      'transfer-encoding',
      'content-type',
      'proxy-authorization',
      'User-Agent',
    ].map((name): [string, unknown, string[]] => [
      `the reserved header ${name}`,
      header(name),
      [`…headers has the key "${name}", which is set by pollhook itself and cannot be configured`],
    ]),
  ])('%s', (_, value, lines) => {
    expect(problems(value)).toEqual(lines)
  })
})
