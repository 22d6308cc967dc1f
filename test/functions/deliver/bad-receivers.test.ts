import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createSend } from '../../../shared/http/client.ts'
import { pem } from '../../certificates.ts'
import { listen } from '../../fakes/receiver.ts'
import { body, HOUR, MINUTE, START, World } from './world.ts'

/** How long a request may take here: where the receiver is too slow, and elsewhere, where nothing waits for it. */
const [SHORT_MS, LONG_MS] = [150, 15_000]

const open: (Server | TlsServer)[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of open.splice(0)) server.close()
})

/** Starts a server on 127.0.0.1 and returns its port. */
async function start(server: Server | TlsServer): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}))
  })
  server.listen(0, '127.0.0.1')
  open.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const GOOD = 'HTTP/1.1 204 No Content\r\n\r\n'

/** What a receiver does once it has read a whole request; `index` counts the requests from 0. */
type Behaviour = (socket: Socket, index: number) => void

/** A receiver that speaks TCP by itself, so that it can say anything. Good answers after `badRequests`. */
async function receiver(behave: Behaviour, badRequests = 1) {
  const requests: string[] = []
  const server = createServer((socket) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(text) ?? []
      const [head = '', content] = text.split('\r\n\r\n')
      if (content === undefined || content.length < Number(length ?? 0)) return
      requests.push(head)
      text = ''
      if (requests.length > badRequests) socket.write(GOOD)
      else behave(socket, requests.length - 1)
    })
  })
  return { port: await start(server), requests }
}

/** A world whose function makes real requests, as in a local run: loopback may be reached, nothing else. */
class RealWorld extends World {
  /** What a name resolves to. */
  resolve: (hostname: string) => LookupAddress[] = () => [{ address: '127.0.0.1', family: 4 }]

  timeoutMs = LONG_MS

  constructor(fields: Readonly<Record<string, unknown>>) {
    super()
    this.configure('soc', fields)
    const send = createSend({ local: true, resolve: async (hostname) => this.resolve(hostname) })
    Object.assign(this.receiver, {
      send: (request: Parameters<typeof send>[0], options: Parameters<typeof send>[1]) =>
        send(request, { ...options, timeoutMs: this.timeoutMs }),
    })
  }

  async deliver(name: string): Promise<void> {
    this.queue.put(body([name]))
    await this.invoke()
  }

  get attempts() {
    return this.told('delivery.attempted').map(({ outcome, status, reason }) => ({ outcome, status, reason }))
  }

  async open() {
    return (await this.circuits.read('soc')).circuit.open
  }
}

/** Writes a byte at a time until the connection is closed. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (const character of text) {
    if (socket.destroyed) return
    socket.write(character)
    await sleep(SHORT_MS / 5)
  }
}

const retry = (code: string) => ({ outcome: 'retry', status: undefined, reason: expect.stringContaining(code) })
const TOO_SLOW = retry('found no complete one within 150 ms')
const delivered = (status: number) => ({ outcome: 'delivered', status, reason: undefined })

describe('a receiver that', () => {
  it.each<[what: string, behaviour: Behaviour, first: object]>([
    ['never answers', () => {}, TOO_SLOW],
    ['drips its headers', (socket) => void drip(socket, 'HTTP/1.1 200 OK\r\n'.padEnd(99, 'x')), TOO_SLOW],
    [
      'drips its body',
      (socket) => void drip(socket, `HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n${'x'.repeat(99)}`),
      TOO_SLOW,
    ],
    [
      'says 200 and ends before its body does',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'),
      retry('UND_ERR_SOCKET'),
    ],
    [
      'says 200 and resets',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', () => socket.resetAndDestroy())
      },
      retry('found no complete answer'),
    ],
    ['resets at once', (socket) => socket.resetAndDestroy(), retry('ECONNRESET')],
    ['closes without a word', (socket) => socket.end(), retry('UND_ERR_SOCKET')],
    [
      'breaks off in the middle of a chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'),
      retry('found no complete answer'),
    ],
    ['does not speak HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'), retry('HTTPParserError')],
    [
      'says how long its answer is in two ways',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
      retry('found no complete answer'),
    ],
    [
      'sends headers without end',
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${`x-header: ${'x'.repeat(1_000)}\r\n`.repeat(200)}`)
      },
      retry('UND_ERR_HEADERS_OVERFLOW'),
    ],
    [
      'sends a body without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
        const more = () => {
          while (!socket.destroyed && socket.write(chunk));
        }
        socket.on('drain', more)
        more()
      },
      // Its status has decided; nothing of the body is kept.
      delivered(200),
    ],
    // undici breaks off at what RFC 9110, section 15.2, would let it skip. That is no answer, and so no loss.
    [
      'says 100 Continue unasked',
      (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${GOOD}`),
      retry('UND_ERR_SOCKET'),
    ],
    [
      'says 103 Early Hints',
      (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n${GOOD}`),
      delivered(204),
    ],
    [
      'says 100 Continue and no more',
      (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
      retry('UND_ERR_SOCKET'),
    ],
    ['says 100 Continue and closes', (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n'), retry('UND_ERR_SOCKET')],
    [
      'changes the protocol unasked',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      retry('UND_ERR_SOCKET'),
    ],
    [
      'says a status that HTTP does not know',
      (socket) => socket.end('HTTP/1.1 999 Blocked\r\ncontent-length: 0\r\n\r\n'),
      { outcome: 'retry', status: 999, reason: 'the receiver answered 999' },
    ],
  ])('%s does not stop what comes after', async (_, behaviour, first) => {
    const { port } = await receiver(behaviour)
    const world = new RealWorld({ url: `http://127.0.0.1:${port}/` })
    if (first === TOO_SLOW) world.timeoutMs = SHORT_MS
    await world.deliver('a')
    expect(world.attempts).toEqual([first])
    world.timeoutMs = LONG_MS
    await world.deliver('b')
    await world.run(START + HOUR)
    expect(world.attempts.slice(1)).toEqual(world.attempts.slice(1).map(() => delivered(204)))
    expect(world.attempts.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(2)
    expect([world.queue.size, world.letters]).toEqual([0, []])
  })

  it('answers twice does not answer the next request with it', async () => {
    const { port, requests } = await receiver((socket, index) => {
      if (index === 0) socket.write('HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      else socket.write('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
    }, 2)
    const world = new RealWorld({ url: `http://127.0.0.1:${port}/` })
    await world.deliver('a')
    await world.deliver('b')
    await world.run(START + HOUR)
    const outcomes = world.attempts.map(({ outcome, status }) => [outcome, status])
    // Each answer is that of its own request: the second was answered 503, and nothing else.
    expect(outcomes).not.toContainEqual(['delivered', 200])
    expect(outcomes).toContainEqual(['retry', 503])
    expect([requests.length, world.queue.size]).toEqual([3, 0])
  })

  it.each([301, 302, 303, 307, 308])(
    'sends us elsewhere (%i) is on hold, and elsewhere learns nothing',
    async (status) => {
      const elsewhere = await listen()
      const { port, requests } = await receiver((socket) =>
        socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: ${elsewhere.url}\r\ncontent-length: 0\r\n\r\n`),
      )
      const world = new RealWorld({ url: `http://127.0.0.1:${port}/`, auth: { bearer: { secret: 'soc/token' } } })
      world.secrets.values.set('soc/token', 'hunter2')
      await world.deliver('a')
      expect(await world.open()).toMatchObject({ reason: `the receiver answered ${status}` })
      expect(requests[0]).toContain('authorization: Bearer hunter2')
      await world.run(START + HOUR)
      expect([elsewhere.requests, world.queue.size]).toEqual([[], 0])
      await elsewhere.close()
    },
  )
})

describe('a name that', () => {
  const addresses = (...texts: string[]): LookupAddress[] =>
    texts.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

  it('leads to the metadata service the second time is on hold, and is reached again when it leads back', async () => {
    const server = createTlsServer({ cert: pem('server'), key: pem('server-key') }, (request, response) => {
      request.resume().on('end', () => response.writeHead(204, { connection: 'close' }).end())
    })
    const port = await start(server)
    const world = new RealWorld({ url: `https://receiver.test:${port}/`, tls: { ca: pem('authority') } })
    await world.deliver('a')
    world.resolve = () => addresses('169.254.169.254')
    await world.deliver('b')
    expect(await world.open()).toMatchObject({
      reason: expect.stringContaining('found the link-local address 169.254.169.254'),
    })
    world.resolve = () => addresses('127.0.0.1')
    await world.run(START + HOUR)
    expect(world.attempts.map(({ outcome }) => outcome)).toEqual(['delivered', 'hold', 'delivered'])
  })

  it.each([
    ['a private address', '10.0.0.1', 'private'],
    ['the metadata service, as IPv6', 'fd00:ec2::254', 'instance metadata'],
    ['the metadata service, mapped into IPv6', '::ffff:169.254.169.254', 'link-local'],
    ['the metadata service, mapped into IPv6 in hexadecimal', '::ffff:a9fe:a9fe', 'link-local'],
    ['the metadata service, through NAT64', '64:ff9b::a9fe:a9fe', 'link-local'],
    ['the metadata service, through a local NAT64', '64:ff9b:1::a9fe:a9fe', 'link-local'],
    ['the metadata service, through 6to4', '2002:a9fe:a9fe::1', 'link-local'],
    ['a public address, through NAT64', '64:ff9b::808:808', 'NAT64'],
  ])('leads to %s is on hold, by name and by address', async (_, address, kind) => {
    const host = address.includes(':') ? `[${address}]` : address
    for (const url of ['https://hook.test/', `https://${host}/`]) {
      const world = new RealWorld({ url })
      world.resolve = () => addresses('127.0.0.1', address)
      await world.deliver('a')
      expect(await world.open()).toMatchObject({ reason: expect.stringContaining(`found the ${kind} address`) })
      expect(world.queue.size).toBe(1)
    }
  })
})

describe('a certificate that', () => {
  const certificate = (name: string) => ({ cert: pem(name), key: pem(`${name}-key`) })

  it.each([
    ['has expired', 'expired', 'CERT_HAS_EXPIRED'],
    ['is for another name', 'other', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['is self-signed', 'self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('%s is tried again, is a hold after five minutes, and is none when it is put right', async (_, name, code) => {
    const server = createTlsServer(certificate(name), (request, response) => {
      request.resume().on('end', () => response.writeHead(204).end())
    })
    const port = await start(server)
    const world = new RealWorld({ url: `https://receiver.test:${port}/`, tls: { ca: pem('authority') } })
    world.queue.put(body(['a']))
    world.queue.put(body(['b']))
    await world.run(START + 4 * MINUTE)
    expect(world.attempts.length).toBeGreaterThan(0)
    expect(new Set(world.attempts.map(({ outcome }) => outcome))).toEqual(new Set(['retry']))
    expect(await world.open()).toBeUndefined()
    await world.run(START + 8 * MINUTE)
    expect(await world.open()).toMatchObject({ reason: expect.stringContaining(code) })

    server.setSecureContext(certificate('server'))
    await world.run(START + 3 * HOUR)
    expect([world.queue.size, world.letters, await world.open()]).toEqual([0, [], undefined])
  })
})
