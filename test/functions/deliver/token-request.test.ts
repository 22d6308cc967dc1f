import { generateKeyPairSync } from 'node:crypto'
import { importSPKI, importX509, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { tokenRequest } from '../../../functions/deliver/token-request.ts'
import type { OAuth2, OAuth2Client } from '../../../shared/contracts/auth.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { SecretRef } from '../../../shared/contracts/http.ts'
import { pem } from '../../certificates.ts'

const NOW = new Date('2026-05-01T10:15:42.479Z')
const NOW_SECONDS = 1_777_630_542
const TOKEN_URL = 'https://login.example.com/tenant/oauth2/v2.0/token'

const SECRETS: Readonly<Record<string, string>> = {
  id: ' s6BhdRkqt3\n',
  secret: 'gX1fBat3bV\n',
  odd: 'p%ä+:',
  rsa: pem('rsa'),
  'rsa-key': pem('rsa-key'),
  ec: pem('client-a'),
  'ec-key': pem('client-a-key'),
  ed25519: pem('ed25519'),
  'ed25519-key': pem('ed25519-key'),
  broken: pem('rsa').replace(/\nM.*\n/, '\n'),
  words: 'hunter2',
}
const lookUp = ({ secret }: SecretRef) => SECRETS[secret] ?? ''

function request(client: OAuth2Client, parameters: OAuth2['parameters'] = {}, secrets = lookUp) {
  const { body, ...rest } = tokenRequest(
    { kind: 'oauth2', tokenUrl: TOKEN_URL, parameters, client },
    secrets,
    NOW,
    '6a1f0f3e-93f5-4d0a-a5ff-1c34b7a0b6e1',
  )
  return { ...rest, body: String(body), form: Object.fromEntries(new URLSearchParams(String(body))) }
}

function faultOf(action: () => unknown): Fault {
  try {
    action()
  } catch (error) {
    if (error instanceof Fault) return error
  }
  throw new TypeError('Wanted a Fault, found none')
}

describe('client credentials', () => {
  it('are sent in the header as RFC 6749 shows it', () => {
    const client = { kind: 'secret-in-header', id: 's6BhdRkqt3', secret: { secret: 'secret' } } as const
    expect(request(client)).toMatchObject({
      method: 'POST',
      url: TOKEN_URL,
      headers: {
        accept: 'application/json',
        // The example of RFC 6749, section 4.4.2.
        authorization: 'Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
    })
  })

  it('are encoded as in a form before they are joined', () => {
    const client = { kind: 'secret-in-header', id: 'a b:c', secret: { secret: 'odd' } } as const
    const [, pair = ''] = request(client).headers.authorization?.split(' ') ?? []
    expect(Buffer.from(pair, 'base64').toString()).toBe('a+b%3Ac:p%25%C3%A4%2B%3A')
  })

  it('are sent in the body where that is asked for, with the white space around a secret dropped', () => {
    const client = { kind: 'secret-in-body', id: { secret: 'id' }, secret: { secret: 'secret' } } as const
    const { headers, body } = request(client, { scope: 'logs.write read', audience: 'https://logs.example/' })
    expect(headers.authorization).toBeUndefined()
    expect(body).toBe(
      'scope=logs.write+read&audience=https%3A%2F%2Flogs.example%2F' +
        '&grant_type=client_credentials&client_id=s6BhdRkqt3&client_secret=gX1fBat3bV',
    )
  })

  it('are not replaced by parameters', () => {
    const client = { kind: 'secret-in-body', id: 's6BhdRkqt3', secret: { secret: 'secret' } } as const
    const { form } = request(client, { grant_type: 'password', client_id: 'other', client_secret: 'other' })
    expect(form).toEqual({
      grant_type: 'client_credentials',
      client_id: 's6BhdRkqt3',
      client_secret: 'gX1fBat3bV',
    })
  })
})

describe('a client with a certificate', () => {
  const client = {
    kind: 'certificate',
    id: 's6BhdRkqt3',
    certificate: { secret: 'rsa' },
    key: { secret: 'rsa-key' },
  } as const
  const elliptic = { ...client, certificate: { secret: 'ec' }, key: { secret: 'ec-key' } }

  // Thumbprints by `openssl x509 -outform der | openssl dgst -sha256 -binary | basenc --base64url`.
  it.each<[string, OAuth2Client, string, string]>([
    ['PS256', client, 'rsa', 'xofC4--fEc47Dal80puUf5vgJVtQXEtsNCZmupWrTU8'],
    ['RS256', { ...client, algorithm: 'RS256' }, 'rsa', 'xofC4--fEc47Dal80puUf5vgJVtQXEtsNCZmupWrTU8'],
    ['ES256', elliptic, 'client-a', '6fM4Fg6AJIxB1UIJOlvC7q6kNxwTV_SLZ2iiQbyoExg'],
  ])('proves itself by a JWT that jose verifies: %s', async (algorithm, by, certificate, thumbprint) => {
    const { form, headers } = request(by, { scope: 'https://monitor.azure.com/.default' })
    expect(headers.authorization).toBeUndefined()
    const { client_assertion = '', ...rest } = form
    expect(rest).toEqual({
      grant_type: 'client_credentials',
      client_id: 's6BhdRkqt3',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: 'https://monitor.azure.com/.default',
    })
    const key = await importX509(pem(certificate), algorithm)
    const { payload, protectedHeader } = await jwtVerify(client_assertion, key, {
      algorithms: [algorithm],
      audience: TOKEN_URL,
      issuer: 's6BhdRkqt3',
      subject: 's6BhdRkqt3',
      currentDate: NOW,
    })
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', 'x5t#S256': thumbprint })
    expect(payload).toEqual({
      aud: TOKEN_URL,
      iss: 's6BhdRkqt3',
      sub: 's6BhdRkqt3',
      jti: '6a1f0f3e-93f5-4d0a-a5ff-1c34b7a0b6e1',
      iat: NOW_SECONDS,
      nbf: NOW_SECONDS,
      exp: NOW_SECONDS + 300,
    })
  })

  it.each<[string, Partial<typeof elliptic>, string]>([
    [
      'no certificate',
      { certificate: { secret: 'words' } },
      'Cannot use the secret words: found no certificate that can be read, wanted one or more as PEM',
    ],
    [
      'a certificate that is damaged',
      { certificate: { secret: 'broken' } },
      'Cannot use the secret broken: found no certificate that can be read, wanted one or more as PEM',
    ],
    [
      'no key',
      { key: { secret: 'words' } },
      'Cannot use the secret words: found no private key, wanted one as PEM, without a passphrase',
    ],
    [
      'the key of another certificate',
      { key: { secret: 'ec-key' } },
      'Cannot use the secret ec-key: found the key of another certificate, wanted that of the first certificate in the secret rsa',
    ],
    [
      'a key that JWTs are not signed with',
      { certificate: { secret: 'ed25519' }, key: { secret: 'ed25519-key' } },
      'Cannot use the secret ed25519-key: found a key of another kind, wanted RSA or the curve P-256',
    ],
  ])('names the secret that cannot be used, and nothing of it: %s', (_, wrong, message) => {
    const fault = faultOf(() => request({ ...client, ...wrong }))
    expect([fault.kind, fault.message, fault.cause]).toEqual(['configuration-invalid', message, undefined])
  })
})

describe('a service account of Google', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  // The fields of https://developers.google.com/identity/protocols/oauth2/service-account#creatinganaccount.
  const file = {
    type: 'service_account',
    project_id: 'acme-soc',
    private_key_id: '5f3c0d2b',
    private_key: privateKey,
    client_email: 'pollhook@acme-soc.iam.gserviceaccount.com',
    client_id: '1077',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://attacker.example/token',
  }
  const scope = 'https://www.googleapis.com/auth/malachite-ingestion'
  const client = { kind: 'service-account', key: { secret: 'file' }, scope } as const
  const ask = (content: string) => request(client, {}, () => content)

  it('signs the grant itself, to where the configuration says, whatever the key file says', async () => {
    const { url, form } = ask(JSON.stringify(file))
    expect(url).toBe(TOKEN_URL)
    const { assertion = '', ...rest } = form
    expect(rest).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' })
    const key = await importSPKI(publicKey, 'RS256')
    const { payload, protectedHeader } = await jwtVerify(assertion, key, { algorithms: ['RS256'], currentDate: NOW })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: '5f3c0d2b' })
    expect(payload).toEqual({
      iss: 'pollhook@acme-soc.iam.gserviceaccount.com',
      aud: TOKEN_URL,
      scope,
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + 3_600,
    })
  })

  it.each([
    ['no JSON', privateKey, 'Cannot use the secret file: found something else'],
    ['another JSON', '{"web":{"client_secret":"hunter2"}}', 'Cannot use the secret file: found something else'],
    [
      'no key in it',
      JSON.stringify({ ...file, private_key: 'hunter2' }),
      'Cannot use private_key of the secret file: found no private key',
    ],
  ])('names the secret that is no key file, and nothing of it: %s', (_, content, message) => {
    const fault = faultOf(() => ask(content))
    expect([fault.kind, fault.cause]).toEqual(['configuration-invalid', undefined])
    expect(fault.message).toContain(message)
    expect(fault.message).not.toMatch(/hunter2|BEGIN/)
  })
})
