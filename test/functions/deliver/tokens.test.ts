import { describe, expect, it } from 'vitest'
import { Tokens } from '../../../functions/deliver/tokens.ts'
import type { OAuth2 } from '../../../shared/contracts/auth.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpResponse, SecretRef } from '../../../shared/contracts/http.ts'
import { unreachable } from '../../../shared/http/unreachable.ts'
import { type Answer, Receiver } from '../../fakes/receiver.ts'

const START = Date.parse('2026-05-01T10:00:00Z')
const SECOND = 1_000

const granted = (token: string, more: object = {}): HttpResponse => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3_600, ...more }),
})

/** An authorisation server that grants `token-1`, `token-2`, … unless told otherwise. */
class Server {
  nowMs = START
  readonly receiver = new Receiver()
  readonly tokens: Tokens
  readonly auth: OAuth2 = {
    kind: 'oauth2',
    tokenUrl: 'https://login.example.com/token',
    parameters: {},
    client: { kind: 'secret-in-body', id: 'poll', secret: { secret: 'soc/client' } },
  }
  secret = 'hunter2'

  constructor() {
    this.receiver.answer = (_, index) => granted(`token-${index + 1}`)
    const now = () => new Date(this.nowMs)
    this.tokens = new Tokens({ send: this.receiver.send, now, uuid: () => 'uuid' })
  }

  get(connection = {}): Promise<string> {
    const { secret } = this
    return this.tokens.get(this.auth, (_: SecretRef) => secret, connection)
  }

  async fault(): Promise<Fault> {
    const error = await this.get().catch((reason: unknown) => reason)
    if (error instanceof Fault) return error
    throw new TypeError(`Wanted a Fault, found ${String(error)}`)
  }
}

describe('an access token', () => {
  it('is fetched once for all that want it at the same time', async () => {
    const server = new Server()
    expect(await Promise.all(Array.from({ length: 10 }, () => server.get()))).toEqual(Array(10).fill('token-1'))
    expect(server.receiver.requests).toHaveLength(1)
  })

  it('is asked for under the same rules as a delivery: addresses, certificates, a limit on time and size', async () => {
    const server = new Server()
    const connection = { allowPrivateNetworks: ['10.0.0.0/8'], tls: { ca: 'PEM' } }
    await server.get(connection)
    expect(server.receiver.requests[0]?.options).toEqual({ timeoutMs: 10_000, maxBytes: 262_144, ...connection })
  })

  it.each<[what: string, more: object, lastSecond: number]>([
    ['an hour', { expires_in: 3_600 }, 3_539],
    ['an hour, as text', { expires_in: '3600' }, 3_539],
    ['100 seconds', { expires_in: 100 }, 79],
    ['no time at all said', { expires_in: undefined }, 239],
  ])('is used until shortly before its end: %s', async (_, more, lastSecond) => {
    const server = new Server()
    server.receiver.answer = (_request, index) => granted(`token-${index + 1}`, more)
    await server.get()
    server.nowMs = START + lastSecond * SECOND
    expect(await server.get()).toBe('token-1')
    server.nowMs += SECOND
    expect(await server.get()).toBe('token-2')
  })

  it('that ends at once is used once', async () => {
    const server = new Server()
    server.receiver.answer = (_, index) => granted(`token-${index + 1}`, { expires_in: 0 })
    expect([await server.get(), await server.get()]).toEqual(['token-1', 'token-2'])
  })

  it('is not used again after it was rejected, and one that took its place is', async () => {
    const server = new Server()
    await server.get()
    server.tokens.reject(server.auth, 'token-1')
    expect(await server.get()).toBe('token-2')
    server.tokens.reject(server.auth, 'token-1')
    expect(await server.get()).toBe('token-2')
  })

  it('is fetched anew after it was forgotten', async () => {
    const server = new Server()
    await server.get()
    server.tokens.forget(server.auth)
    expect(await server.get()).toBe('token-2')
  })

  it('is fetched anew with another secret', async () => {
    const server = new Server()
    await server.get()
    server.secret = 'correct horse'
    expect(await server.get()).toBe('token-2')
    expect(server.receiver.requests[1]?.body).toContain('client_secret=correct+horse')
  })

  it('of one destination is not used for another', async () => {
    const server = new Server()
    await server.get()
    const token = await server.tokens.get({ ...server.auth }, () => 'hunter2', {})
    expect(token).toBe('token-2')
  })
})

describe('an answer to the request for a token', () => {
  const json = (status: number, body: object, headers = {}): Answer => ({ status, headers, body: JSON.stringify(body) })
  const cannot = 'Cannot get an access token from login.example.com'
  const soon = { 'retry-after': '30' }

  it.each<[what: string, answer: Answer, kind: string, message: string]>([
    // RFC 6749, section 5.2, and what servers make of it.
    [
      'a wrong secret',
      json(401, { error: 'invalid_client', error_description: 'AADSTS7000215: hunter2' }),
      'unauthorized',
      `${cannot}: found status 401 (invalid_client), wanted a token`,
    ],
    [
      'a wrong secret, as 400',
      json(400, { error: 'invalid_client' }),
      'unauthorized',
      `${cannot}: found status 400 (invalid_client), wanted a token`,
    ],
    [
      'a key that Google does not know',
      json(400, { error: 'invalid_grant' }),
      'unauthorized',
      `${cannot}: found status 400 (invalid_grant), wanted a token`,
    ],
    [
      'a client that may not',
      json(400, { error: 'unauthorized_client' }),
      'unauthorized',
      `${cannot}: found status 400 (unauthorized_client), wanted a token`,
    ],
    ['403 without a word', 403, 'unauthorized', `${cannot}: found status 403, wanted a token`],
    [
      'a wrong scope',
      json(400, { error: 'invalid_scope' }),
      'request-rejected',
      `${cannot}: found status 400 (invalid_scope), wanted a token`,
    ],
    ['a wrong address', 404, 'request-rejected', `${cannot}: found status 404, wanted a token`],
    ['a redirect', 302, 'request-rejected', `${cannot}: found status 302, wanted a token`],
    [
      'words of its own, which are not repeated',
      json(400, { error: 'hunter2' }),
      'request-rejected',
      `${cannot}: found status 400, wanted a token`,
    ],
    [
      'an error under status 200',
      json(200, { error: 'invalid_client' }),
      'unauthorized',
      `${cannot}: found status 200 (invalid_client), wanted a token`,
    ],
    [
      'a token of another type',
      granted('token-1', { token_type: 'hunter2' }),
      'request-rejected',
      `${cannot}: found one of another type, wanted a bearer token`,
    ],
    ['a failure', 500, 'vendor-error', `${cannot}: found status 500, wanted a token`],
    ['a failure on the way', 502, 'vendor-error', `${cannot}: found status 502, wanted a token`],
    ['a time-out of its own', 408, 'vendor-error', `${cannot}: found status 408, wanted a token`],
    ['too many requests', 429, 'vendor-error', `${cannot}: found status 429, wanted a token`],
    [
      'a failure that passes, as 400',
      json(400, { error: 'temporarily_unavailable' }),
      'vendor-error',
      `${cannot}: found status 400 (temporarily_unavailable), wanted a token`,
    ],
    ['too many requests, with a time', json(429, {}, soon), 'throttled', `${cannot}: found status 429, wanted a token`],
    [
      'HTML',
      { status: 200, body: '<html>hunter2' },
      'unexpected-answer',
      `${cannot}: found status 200 without a usable one`,
    ],
    ['no token', json(200, { expires_in: 5 }), 'unexpected-answer', `${cannot}: found status 200 without a usable one`],
    [
      'a token that no header can hold',
      granted('hunter2\r\nx-evil: 1'),
      'unexpected-answer',
      `${cannot}: found status 200 without a usable one`,
    ],
  ])('is a fault that says no more than status and code: %s', async (_, answer, kind, message) => {
    const server = new Server()
    server.receiver.answer = () => answer
    const fault = await server.fault()
    expect([fault.kind, fault.message, fault.cause]).toEqual([kind, message, undefined])
  })

  it.each([
    new Fault('too-large', 'found more than 262144 bytes', { status: 200 }),
    unreachable('login.example.com', 'Z_DATA_ERROR', 200),
  ])('that is too long or badly compressed is not taken for an answer of the receiver: %s', async (fault) => {
    const server = new Server()
    server.receiver.answer = () => {
      throw fault
    }
    const { kind, status } = await server.fault()
    expect([kind, status]).toEqual(['unexpected-answer', undefined])
  })

  it('that does not come is the fault of the connection', async () => {
    const server = new Server()
    server.receiver.answer = () => {
      throw unreachable('login.example.com', 'ECONNRESET')
    }
    expect((await server.fault()).kind).toBe('unreachable')
  })

  it('that failed is not kept', async () => {
    const server = new Server()
    server.receiver.answer = (_, index) => (index === 0 ? 500 : granted('token-2'))
    await server.fault()
    expect(await server.get()).toBe('token-2')
  })

  it('with a time to come back is heeded: no other request before', async () => {
    const server = new Server()
    server.receiver.answer = (_, index) => (index === 0 ? json(429, {}, soon) : granted('token-2'))
    expect((await server.fault()).notBefore).toEqual(new Date(START + 30 * SECOND))
    server.nowMs += 29 * SECOND
    expect((await server.fault()).kind).toBe('throttled')
    expect(server.receiver.requests).toHaveLength(1)
    server.nowMs += SECOND
    expect(await server.get()).toBe('token-2')
  })
})
