import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { createSend } from '../../../shared/http/client.ts'
import { isEndpointFault } from '../../../shared/http/unreachable.ts'
import { pem } from '../../certificates.ts'

const OPTIONS = { timeoutMs: 5_000, maxBytes: 1_000_000 }

const open: Server[] = []

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** Starts a server on 127.0.0.1 and returns its port. */
async function serve(listener: RequestListener, server: Server = createServer(listener)): Promise<number> {
  server.listen(0, '127.0.0.1')
  open.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function get(url: string, headers: Record<string, string> = {}): HttpRequest {
  return { method: 'GET', url, headers }
}

/** The fault that a promise is rejected with. */
async function faultOf(promise: Promise<HttpResponse>): Promise<Fault> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Fault) return error
  throw new TypeError(`Wanted a Fault, found ${String(error)}`)
}

async function textOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await request.toArray()).toString()
}

describe('send(): the request', () => {
  test('sends method, path, headers and body as they are', async () => {
    const seen: unknown[] = []
    const port = await serve(async (request, response) => {
      seen.push(request.method, request.url, request.headers['x-key'], await textOf(request))
      response.end()
    })
    const send = createSend({ local: true })
    const body = '{"a":"ü"}'
    await send({ method: 'POST', url: `http://127.0.0.1:${port}/a?b=c`, headers: { 'x-key': 'k' }, body }, OPTIONS)
    await send({ method: 'PUT', url: `http://127.0.0.1:${port}`, headers: {}, body: Buffer.from('bytes') }, OPTIONS)
    expect(seen).toEqual(['POST', '/a?b=c', 'k', '{"a":"ü"}', 'PUT', '/', undefined, 'bytes'])
  })

  test.each([
    ["/a/../b?x='1'&y=[2]|^{}", "/a/../b?x='1'&y=[2]|^{}"],
    ['/a%2Fb?q=%27', '/a%2Fb?q=%27'],
    ['?q=1', '/?q=1'],
    ['/a?q=1#fragment', '/a?q=1'],
    ['/a b?q=ü', '/a%20b?q=%C3%BC'],
    ['\\a', '/a'],
  ])('sends the URL ending in %s as %s', async (written, sent) => {
    let url: string | undefined
    const port = await serve((request, response) => {
      url = request.url
      response.end()
    })
    await createSend({ local: true })(get(`http://127.0.0.1:${port}${written}`), OPTIONS)
    expect(url).toBe(sent)
  })

  test('asks for gzip and names itself, unless the request says otherwise', async () => {
    const seen: unknown[] = []
    const port = await serve(({ headers }, response) => {
      seen.push([headers['accept-encoding'], headers['user-agent']])
      response.end()
    })
    const send = createSend({ local: true })
    await send(get(`http://127.0.0.1:${port}/`), OPTIONS)
    await send(get(`http://127.0.0.1:${port}/`, { 'accept-encoding': 'br', 'user-agent': 'other/1' }), OPTIONS)
    expect(seen).toEqual([
      ['gzip', expect.stringMatching(/^pollhook\/\d+\.\d+\.\d+$/)],
      ['br', 'other/1'],
    ])
  })

  test('keeps connections for later requests', async () => {
    const ports = new Set<number | undefined>()
    const port = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('x')
    })
    const send = createSend({ local: true })
    for (let i = 0; i < 10; i++) await send(get(`http://127.0.0.1:${port}/`), OPTIONS)
    expect(ports.size).toBeLessThanOrEqual(2) // a connection is free again only a moment after its answer
  })
})

describe('send(): after the process was frozen', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('an idle connection is not used again once the clock has moved past its keep-alive time', async () => {
    const ports = new Set<number | undefined>()
    const port = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('x')
    })
    const send = createSend({ local: true })
    const request = get(`http://127.0.0.1:${port}/`)
    await send(request, OPTIONS)
    await setImmediate()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_900 })
    await send(request, OPTIONS)
    await setImmediate()
    expect(ports.size).toBe(1)
    vi.setSystemTime(Date.now() + 4_100)
    await send(request, OPTIONS)
    expect(ports.size).toBe(2)
  })
})

describe('send(): the answer', () => {
  test.each([204, 301, 307, 404, 500])('a %i is an answer, and no redirect is followed', async (status) => {
    let requests = 0
    const port = await serve((_request, response) => {
      requests++
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
    const answer = await createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS)
    expect([answer.status, answer.headers.location, requests]).toEqual([status, '/elsewhere', 1])
  })

  test('header names are in lower case and repeated headers are joined', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, ['X-Thing', 'a', 'X-Thing', 'b']).end()
    })
    const answer = await createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS)
    expect(answer.headers['x-thing']).toBe('a, b')
  })

  const text = '{"name":"Zoë 🦊"}'
  test.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['deflate, gzip', gzipSync(deflateSync(text))],
  ])('a body in %s is decompressed', async (encoding, bytes) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding })
      response.write(bytes.subarray(0, 7)) // cut in the middle of a character and of a header
      response.end(bytes.subarray(7))
    })
    expect((await createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS)).body).toBe(text)
  })

  test('an empty body that claims to be compressed is empty', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end()
    })
    expect((await createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS)).body).toBe('')
  })

  test('a byte order mark is not part of the body', async () => {
    const port = await serve((_request, response) => {
      response.end('\uFEFF{}')
    })
    expect((await createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS)).body).toBe('{}')
  })

  test.each([
    ['zstd', Buffer.from('x'), 'unknown content-encoding'],
    ['constructor', Buffer.from('x'), 'unknown content-encoding'],
    ['gzip, gzip, gzip, gzip, gzip, gzip', gzipSix(text), 'unknown content-encoding'],
    ['gzip', Buffer.from('this is not gzip'), 'Z_DATA_ERROR'],
    ['gzip', gzipSync(text).subarray(0, 20), 'Z_BUF_ERROR'],
  ])('a body that cannot be decompressed (%s) is no answer, but its status is known', async (encoding, bytes, code) => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes)
    })
    const fault = await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))
    expect(fault).toMatchObject({ kind: 'unreachable', status: 200, message: expect.stringContaining(code) })
  })
})

/** Compressed six times over. */
function gzipSix(content: string): Buffer {
  return Array.from({ length: 6 }).reduce<Buffer>((bytes) => gzipSync(bytes), Buffer.from(content))
}

describe('send(): limits', () => {
  test('a body of exactly maxBytes is read, one byte more is too large', async () => {
    const port = await serve((_request, response) => {
      response.end('x'.repeat(1_000))
    })
    const send = createSend({ local: true })
    const url = `http://127.0.0.1:${port}/`
    expect((await send(get(url), { ...OPTIONS, maxBytes: 1_000 })).body).toHaveLength(1_000)
    const fault = { kind: 'too-large', status: 200, date: expect.stringMatching(/ GMT$/) }
    expect(await faultOf(send(get(url), { ...OPTIONS, maxBytes: 999 }))).toMatchObject(fault)
  })

  test('the limit counts decompressed bytes', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)))
    })
    const fault = await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))
    expect(fault).toMatchObject({
      kind: 'too-large',
      status: 200,
      message: `Cannot read the answer of 127.0.0.1:${port}: found more than 1000000 bytes, wanted at most that`,
    })
  })

  test.each(['identity', 'gzip'])('the download of a body that is too large is broken off (%s)', async (encoding) => {
    let closed: Promise<unknown> = Promise.resolve()
    const chunk = encoding === 'gzip' ? gzipSync(Buffer.alloc(10_000)) : Buffer.alloc(10_000)
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding })
      closed = once(response, 'close')
      const more = () => {
        // Members of a gzip body may follow each other without end.
        while (response.write(chunk));
      }
      response.on('drain', more)
      more()
    })
    const fault = await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))
    expect(fault.kind).toBe('too-large')
    await closed
  })

  test('the time limit covers an answer that never begins', async () => {
    const port = await serve(() => {})
    const fault = await faultOf(
      createSend({ local: true })(get(`http://127.0.0.1:${port}/path?q=1`), { ...OPTIONS, timeoutMs: 50 }),
    )
    expect(fault).toMatchObject({
      kind: 'timed-out',
      message: `Cannot read the answer of 127.0.0.1:${port}: found no complete one within 50 ms, wanted one`,
    })
  })

  test('the time limit covers a body that never ends', async () => {
    const port = await serve((_request, response) => {
      response.write('x')
    })
    const fault = await faultOf(
      createSend({ local: true })(get(`http://127.0.0.1:${port}/`), { ...OPTIONS, timeoutMs: 50 }),
    )
    expect(fault).toMatchObject({ kind: 'timed-out' })
  })

  test('the time limit covers a look-up that never returns', async () => {
    const send = createSend({ local: true, resolve: () => new Promise(() => {}) })
    const fault = await faultOf(send(get('https://slow.example/'), { ...OPTIONS, timeoutMs: 50 }))
    expect(fault).toMatchObject({ kind: 'timed-out' })
  })
})

describe('send(): no answer', () => {
  test('a refused connection is unreachable, and not the endpoint’s fault', async () => {
    const port = await serve(() => {})
    open.pop()?.close()
    const fault = await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/secret`), OPTIONS))
    expect(fault).toMatchObject({
      kind: 'unreachable',
      message: `Cannot reach 127.0.0.1:${port}: found no complete answer (ECONNREFUSED), wanted one`,
    })
    expect(isEndpointFault(fault)).toBe(false)
  })

  test('a connection that is reset is unreachable', async () => {
    const port = await serve((request) => {
      request.socket.resetAndDestroy()
    })
    expect((await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))).kind).toBe(
      'unreachable',
    )
  })

  test('a body that ends early is unreachable', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('short')
      response.socket?.end()
    })
    expect((await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))).kind).toBe(
      'unreachable',
    )
  })

  test('an answer that is not HTTP is unreachable, and is not quoted', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-secret banner\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const fault = await faultOf(createSend({ local: true })(get(`http://127.0.0.1:${port}/`), OPTIONS))
    server.close()
    expect(fault.kind).toBe('unreachable')
    expect(JSON.stringify([fault.message, fault.cause])).not.toContain('SSH')
  })

  test.each(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA'])(
    'a look-up that ends in %s is the endpoint’s fault',
    async (code) => {
      const resolve = async () => {
        if (code === 'ENODATA') return []
        throw Object.assign(new Error('look-up failed'), { code })
      }
      const fault = await faultOf(createSend({ local: false, resolve })(get('https://gone.example/p?q'), OPTIONS))
      expect(fault).toMatchObject({
        kind: 'unreachable',
        message: `Cannot reach gone.example: found no complete answer (${code}), wanted one`,
      })
      expect(isEndpointFault(fault)).toBe(true)
    },
  )

  test('a header with a line break is the configuration’s fault, and is not quoted', async () => {
    const request = get('https://127.0.0.1/', { authorization: 'Bearer SECRET\n' })
    const fault = await faultOf(createSend({ local: true })(request, OPTIONS))
    expect(fault.kind).toBe('configuration-invalid')
    expect(`${fault.stack} ${String(fault.cause)}`).not.toContain('SECRET')
  })

  test('neither path, query nor headers are in the error', async () => {
    const port = await serve(() => {})
    open.pop()?.close()
    const url = `http://127.0.0.1:${port}/PATH?key=QUERY`
    const fault = await faultOf(createSend({ local: true })(get(url, { authorization: 'HEADER' }), OPTIONS))
    expect(`${fault.stack} ${String(fault.cause)}`).not.toMatch(/PATH|QUERY|HEADER/)
  })
})

describe('send(): TLS', () => {
  beforeAll(() => setDefaultCACertificates([...getCACertificates('default'), pem('public')]))

  async function serveTls(listener: RequestListener): Promise<number> {
    return serve(listener, createTlsServer({ key: pem('public-key'), cert: pem('public') }, listener))
  }
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]

  test('the certificate is checked against the name in the URL, which is the name asked for', async () => {
    let serverName: unknown
    const port = await serveTls((request, response) => {
      serverName = (request.socket as TLSSocket & { servername?: string }).servername
      response.end('secure')
    })
    const answer = await createSend({ local: true, resolve })(get(`https://receiver.test:${port}/`), OPTIONS)
    expect([answer.body, serverName]).toEqual(['secure', 'receiver.test'])
  })

  test('a certificate for another name is the endpoint’s fault', async () => {
    const port = await serveTls((_request, response) => response.end())
    const fault = await faultOf(createSend({ local: true, resolve })(get(`https://other.test:${port}/secret`), OPTIONS))
    expect(fault).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    })
    expect(isEndpointFault(fault)).toBe(true)
  })

  test('a certificate of an unknown authority is the endpoint’s fault', async () => {
    const port = await serve(() => {}, createTlsServer({ key: pem('server-key'), cert: pem('server') }))
    const fault = await faultOf(createSend({ local: true, resolve })(get(`https://receiver.test:${port}/`), OPTIONS))
    expect(fault).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    })
    expect(isEndpointFault(fault)).toBe(true)
  })

  test('a server that does not speak TLS is the endpoint’s fault', async () => {
    const port = await serve((_request, response) => response.end())
    const fault = await faultOf(createSend({ local: true, resolve })(get(`https://receiver.test:${port}/`), OPTIONS))
    expect(isEndpointFault(fault)).toBe(true)
  })
})
