import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import type { Auth } from '../../../shared/contracts/auth.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { DESTINATIONS } from './registry.ts'

const PARAMETER = '/pollhook/destinations/soc'
const GOOD = { type: 'hook', url: 'https://soc.example/in' }

/** A type of receiver for each way in which a type may authorise its requests by itself. */
function typeWith(type: string, auth: Auth): AnyDestination {
  const { hook } = DESTINATIONS
  if (hook === undefined) throw new TypeError('The registry has no hook')
  return { ...hook, type, config: z.strictObject({}), maxEventsPerRequest: () => undefined, auth: () => auth }
}
const REGISTRY = {
  ...DESTINATIONS,
  store: typeWith('store', { kind: 'aws', service: 's3', region: 'eu-west-1' }),
  index: typeWith('index', {
    kind: 'header',
    name: 'x-index-key',
    prefix: '',
    key: { secret: 'index/key' },
    second: { name: 'x-index-app', key: { secret: 'index/app' } },
  }),
}

const parse = (value: unknown) => parseDestination(PARAMETER, JSON.stringify(value), REGISTRY)

function problems(value: unknown): string[] {
  try {
    parse(value)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return error.message.split('\n').map((line) => line.replace(`Cannot use ${PARAMETER} as `, '…'))
  }
  return []
}

const [clientSecret, certificate, key] = [{ secret: 'soc/client' }, { secret: 'soc/cert' }, { secret: 'soc/key' }]
const withOAuth2 = (fields: object) => ({
  ...GOOD,
  auth: { oauth2: { tokenUrl: 'https://login.example.com/token', clientId: 'poll', ...fields } },
})

describe('auth.oauth2', () => {
  test('with a certificate may say how it signs', () => {
    expect(parse(withOAuth2({ certificate, key, algorithm: 'RS256' })).auth).toMatchObject({
      client: { kind: 'certificate', id: 'poll', certificate, key, algorithm: 'RS256' },
    })
  })

  test('may have the client id in a secret', () => {
    expect(parse(withOAuth2({ clientId: { secret: 'soc/id' }, clientSecret })).auth).toMatchObject({
      client: { kind: 'secret-in-header', id: { secret: 'soc/id' }, secret: clientSecret },
    })
  })

  const noUse = '…auth.oauth2 must have either clientSecret, or certificate and key'
  test.each<[what: string, fields: object, lines: string[]]>([
    ['neither secret nor certificate', {}, [noUse]],
    ['both', { clientSecret, certificate, key }, [noUse]],
    ['a certificate without its key', { certificate }, [noUse]],
    [
      'a way to send the secret, without one',
      { certificate, key, sendSecretIn: 'body' },
      ['…auth.oauth2 must have sendSecretIn only with clientSecret'],
    ],
    [
      'an algorithm without a certificate',
      { clientSecret, algorithm: 'RS256' },
      ['…auth.oauth2 must have algorithm only with a certificate'],
    ],
    [
      'two scopes',
      { clientSecret, scope: 'a', parameters: { scope: 'b' } },
      ['…auth.oauth2 must have scope once: by itself or among the parameters'],
    ],
    [
      'a token over http',
      { clientSecret, tokenUrl: 'http://login.example.com/token' },
      ['…auth.oauth2.tokenUrl must be an https URL: found a string of 30 characters'],
    ],
    ...['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'assertion'].map(
      (name): [string, object, string[]] => [
        `the parameter ${name}`,
        { clientSecret, parameters: { [name]: 'hunter2' } },
        [`…auth.oauth2.parameters has the key "${name}", which is set by pollhook itself and cannot be configured`],
      ],
    ),
    ...['password', 'refresh_token', 'Secret'].map((name): [string, object, string[]] => [
      `the parameter ${name}`,
      { clientSecret, parameters: { [name]: 'hunter2' } },
      [`…auth.oauth2.parameters has the key "${name}", which is a credential, and a configuration holds none`],
    ]),
  ])('is refused with %s', (_, fields, lines) => {
    expect(problems(withOAuth2(fields))).toEqual(lines)
  })
})

describe('a credential in plain text', () => {
  test.each([
    'authorization',
    'cookie',
    'x-auth',
    'api-key',
    'x-apikey',
    'X-API-Key',
    'x_auth_key',
    'x-access-key',
    'x-functions-key',
    'ocp-apim-subscription-key',
    'x-license-key',
    'x-auth-token',
    'my_token',
    'x-client-secret',
    'x-password',
  ])('is refused as the header %s', (name) => {
    expect(problems({ ...GOOD, headers: { [name]: 'hunter2' } })).toEqual([
      `…headers.${name} is a credential and must be a reference to a secret, {"secret": "<name>"}: found a string`,
    ])
  })

  test.each(['x-tenant', 'idempotency-key', 'x-partition-key', 'x-tokens', 'x-keyboard'])(
    'is not what the header %s holds',
    (name) => {
      expect(problems({ ...GOOD, headers: { [name]: 'blue' } })).toEqual([])
    },
  )
})

describe('a header that is set twice', () => {
  const token = { secret: 'soc/token' }
  test.each<[what: string, value: object, header: string]>([
    ['by a bearer token', { ...GOOD, auth: { bearer: token } }, 'authorization'],
    ['by an access token', withOAuth2({ clientSecret }), 'authorization'],
    ['by a type with a key in a header', { type: 'index' }, 'x-index-key'],
    ['by a type with two keys in headers', { type: 'index' }, 'x-index-app'],
    ['by a type that signs', { type: 'store' }, 'authorization'],
    ['by a type that signs', { type: 'store' }, 'x-amz-date'],
    ['by a type that signs', { type: 'store' }, 'x-amz-security-token'],
    ['by a type that signs', { type: 'store' }, 'x-amz-content-sha256'],
  ])('is refused: %s and by headers', (_, value, header) => {
    expect(problems({ ...value, headers: { [header]: token } })).toEqual([
      `…auth and headers.${header} both set the ${header} header: wanted one of them`,
    ])
  })

  test('is refused: auth beside a type that has a way of its own', () => {
    expect(problems({ type: 'store', auth: { bearer: token } })).toEqual([
      '…auth says how requests are authorised, and so do the fields of its type: wanted one of them',
    ])
  })

  test('is fine where auth sets another', () => {
    expect(problems({ type: 'index', headers: { authorization: token } })).toEqual([])
  })
})

describe('tls', () => {
  test.each([[{ clientCertificate: { secret: 'a' } }], [{ clientKey: { secret: 'a' } }]])(
    'is refused with half a pair',
    (tls) => {
      expect(problems({ ...GOOD, tls })).toEqual(['…tls must have both clientCertificate and clientKey, or neither'])
    },
  )

  test('takes an authority in plain text, which is no secret', () => {
    expect(parse({ ...GOOD, tls: { ca: '-----BEGIN CERTIFICATE-----' } }).tls).toEqual({
      ca: '-----BEGIN CERTIFICATE-----',
    })
  })
})
