import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpResponse, TlsOptions } from '../../../shared/contracts/http.ts'
import { createSend } from '../../../shared/http/client.ts'
import { isEndpointFault } from '../../../shared/http/unreachable.ts'
import { pem } from '../../certificates.ts'

const OPTIONS = { timeoutMs: 5_000, maxBytes: 1_000 }
const ca = pem('authority')
const A = { certificate: pem('client-a'), key: pem('client-a-key'), ca }
const B = { certificate: pem('client-b'), key: pem('client-b-key'), ca }

/** Stands for one of the public authorities. */
const PUBLIC = pem('public')
beforeAll(() => setDefaultCACertificates([...getCACertificates('default'), PUBLIC]))

const open: Server[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server on 127.0.0.1 that answers with the name in the client's certificate, and keeps its connections. */
class NamingServer {
  readonly sockets: TLSSocket[] = []
  port = 0

  async start(options: ServerOptions = {}): Promise<this> {
    const usual = { cert: pem('server'), key: pem('server-key'), ca, requestCert: true, rejectUnauthorized: false }
    const server = createServer({ ...usual, ...options }, ({ socket }, response) => {
      const { subject } = (socket as TLSSocket).getPeerCertificate()
      response.end(subject?.CN ?? 'nobody')
    })
    server.on('secureConnection', (socket) => this.sockets.push(socket))
    server.listen(0, '127.0.0.1')
    open.push(server)
    await once(server, 'listening')
    this.port = (server.address() as AddressInfo).port
    return this
  }
}

function client() {
  const send = createSend({ local: true, resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
  return async ({ port }: NamingServer, tls?: TlsOptions): Promise<HttpResponse> => {
    const request = { method: 'GET', url: `https://receiver.test:${port}/`, headers: {} } as const
    const answer = await send(request, tls === undefined ? OPTIONS : { ...OPTIONS, tls })
    await setImmediate() // a connection is free again only a moment after its answer
    return answer
  }
}

async function faultOf(promise: Promise<HttpResponse>): Promise<Fault> {
  const error: unknown = await promise.catch((reason: unknown) => reason)
  if (error instanceof Fault) return error
  throw new TypeError(`Wanted a Fault, found ${inspect(error)}`)
}

describe('an authority of one’s own', () => {
  test('is trusted where it is named, and nowhere else', async () => {
    const server = await new NamingServer().start()
    const get = client()
    expect((await get(server, { ca })).status).toBe(200)
    const fault = await faultOf(get(server))
    expect([fault.message, isEndpointFault(fault)]).toEqual([
      expect.stringContaining('SELF_SIGNED_CERT_IN_CHAIN'),
      true,
    ])
  })

  test('is trusted besides the public ones, and not instead of them', async () => {
    const server = await new NamingServer().start({ cert: PUBLIC, key: pem('public-key') })
    expect((await client()(server, { ca })).status).toBe(200)
  })

  test('does not make another name or an old certificate right', async () => {
    const get = client()
    const other = await new NamingServer().start({ cert: pem('other'), key: pem('other-key') })
    expect((await faultOf(get(other, { ca }))).message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
    const expired = await new NamingServer().start({ cert: pem('expired'), key: pem('expired-key') })
    expect((await faultOf(get(expired, { ca }))).message).toContain('CERT_HAS_EXPIRED')
  })

  test('may be the receiver’s own, self-signed certificate', async () => {
    const server = await new NamingServer().start({ cert: pem('self-signed'), key: pem('self-signed-key') })
    const get = client()
    expect((await get(server, { ca: `${ca}${pem('self-signed')}` })).status).toBe(200)
    expect((await faultOf(get(server, { ca }))).message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
  })
})

describe('a client certificate', () => {
  test('says who we are', async () => {
    const server = await new NamingServer().start()
    const get = client()
    expect((await get(server, A)).body).toBe('client a')
    expect((await get(server, { ca })).body).toBe('nobody')
  })

  test('needs no authority of one’s own', async () => {
    const server = await new NamingServer().start({ cert: PUBLIC, key: pem('public-key') })
    expect((await client()(server, { certificate: A.certificate, key: A.key })).body).toBe('client a')
  })

  test('has connections that serve nobody else, and keeps them', async () => {
    const server = await new NamingServer().start()
    const get = client()
    const bodies: string[] = []
    for (const tls of [A, B, { ca }, { ...A }, { ...B }, { ca }, A]) bodies.push((await get(server, tls)).body)
    expect(bodies).toEqual(['client a', 'client b', 'nobody', 'client a', 'client b', 'nobody', 'client a'])
    expect(server.sockets).toHaveLength(3)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that is missing where it is required is no answer (%s)',
    async (maxVersion) => {
      const server = await new NamingServer().start({ rejectUnauthorized: true, maxVersion })
      const get = client()
      expect((await faultOf(get(server, { ca }))).kind).toBe('unreachable')
      expect((await get(server, A)).body).toBe('client a')
    },
  )

  test('that has been replaced has no connections any more after a while', async () => {
    const server = await new NamingServer().start()
    const get = client()
    await get(server, A)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 4_100 })
    await get(server, B)
    vi.useRealTimers()
    // By itself the connection would be closed 4 s after its last request.
    await vi.waitFor(() => expect(server.sockets[0]?.destroyed).toBe(true), { timeout: 2_000 })
  })
})

test.each<[what: string, tls: TlsOptions]>([
  ['a certificate', { ...A, certificate: 'hunter2' }],
  ['a key', { ...A, key: 'hunter2' }],
  ['the key of another certificate', { ...A, key: B.key }],
])('%s that OpenSSL refuses is the configuration’s fault, and is not quoted', async (_, tls) => {
  const server = await new NamingServer().start()
  const get = client()
  const fault = await faultOf(get(server, tls))
  expect(fault.kind).toBe('configuration-invalid')
  expect(fault.message).toMatch(/^Cannot use tls: found a certificate or key that OpenSSL refuses \(ERR_[A-Z0-9_]+\)/)
  expect(inspect(fault)).not.toMatch(/hunter2|BEGIN/)
  expect((await get(server, A)).body).toBe('client a')
})
