import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { createSend } from '../../../shared/http/client.ts'

const OPTIONS = { timeoutMs: 5_000, maxBytes: 1_000 }
const BLOCKED = expect.objectContaining({ kind: 'blocked-address' })

/** A server on loopback that must not be reached from a deployed function, and counts who did. */
let server: Server
let port: number
let connections = 0

beforeAll(async () => {
  server = createServer((_request, response) => response.end('internal')).listen(0, '127.0.0.1')
  server.on('connection', () => connections++)
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
beforeEach(() => {
  connections = 0
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function get(url: string): HttpRequest {
  return { method: 'GET', url, headers: {} }
}

function v4(...addresses: string[]): LookupAddress[] {
  return addresses.map((address) => ({ address, family: 4 }))
}

describe('a deployed function', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '１２７.0.0.1',
    '127。0。0。1',
  ]
  test.each(spellings)('cannot reach https://%s/', async (host) => {
    const send = createSend({ local: false })
    await expect(send(get(`https://${host}:${port}/`), OPTIONS)).rejects.toEqual(BLOCKED)
    expect(connections).toBe(0)
  })

  test.each(['169.254.169.254', '10.0.0.1', '[fd00:ec2::254]', '[fe80::1]', '192.168.0.1'])(
    'cannot reach https://%s/',
    async (host) => {
      await expect(createSend({ local: false })(get(`https://${host}/`), OPTIONS)).rejects.toEqual(BLOCKED)
    },
  )

  test('cannot reach localhost through the system’s resolver', async () => {
    await expect(createSend({ local: false })(get(`https://localhost:${port}/`), OPTIONS)).rejects.toEqual(BLOCKED)
    expect(connections).toBe(0)
  })

  test('cannot reach a name with one private address among public ones', async () => {
    const resolve = async () => v4('8.8.8.8', '10.0.0.7')
    await expect(createSend({ local: false, resolve })(get('https://mixed.example/'), OPTIONS)).rejects.toEqual(
      expect.objectContaining({
        kind: 'blocked-address',
        message:
          'Cannot connect to mixed.example: found the private address 10.0.0.7, ' +
          'wanted a public address, or a range of allowPrivateNetworks',
      }),
    )
  })

  test('cannot send plain http, nor to loopback by allowing its range', async () => {
    const send = createSend({ local: false })
    await expect(send(get(`http://127.0.0.1:${port}/`), OPTIONS)).rejects.toEqual(BLOCKED)
    const allowed = { ...OPTIONS, allowPrivateNetworks: ['127.0.0.0/8', '::1/128'] }
    await expect(send(get(`https://127.0.0.1:${port}/`), allowed)).rejects.toEqual(BLOCKED)
    await expect(send(get('http://hook.example/'), OPTIONS)).rejects.toMatchObject({
      message: 'Cannot connect to hook.example: found http, wanted https',
    })
    expect(connections).toBe(0)
  })

  test.each([
    'ftp://hook.example/',
    'file:///etc/passwd',
    'https://user:word@hook.example/',
    'https://user@hook.example/',
  ])('cannot use %s', async (url) => {
    const error = await createSend({ local: false })(get(url), OPTIONS).catch((reason: unknown) => reason)
    expect(error).toEqual(BLOCKED)
    expect(String(error)).not.toContain('word@')
  })

  test('gets as far as the connection when its private range is allowed', async () => {
    const resolve = async () => v4('10.255.255.1')
    const send = createSend({ local: false, resolve })
    const options = { ...OPTIONS, timeoutMs: 100, allowPrivateNetworks: ['10.255.0.0/16'] }
    await expect(send(get('https://intranet.example/'), options)).rejects.toMatchObject({ kind: 'unreachable' })
  })
})

describe('a name whose addresses change between look-ups', () => {
  test('is looked up once, and the address that was checked is the one connected to', async () => {
    const answers = [v4('127.0.0.1'), v4('10.0.0.1')]
    let lookUps = 0
    const resolve = async () => {
      lookUps++
      return answers.shift() ?? []
    }
    const answer = await createSend({ local: true, resolve })(get(`http://rebind.example:${port}/`), OPTIONS)
    expect([answer.body, lookUps]).toEqual(['internal', 1])
  })

  test('is checked again with every new connection', async () => {
    const answers = [v4('127.0.0.1'), v4('10.0.0.1')]
    const resolve = async () => answers.shift() ?? []
    const send = createSend({ local: true, resolve })
    await send(get(`http://rebind.example:${port}/`), OPTIONS)
    server.closeAllConnections()
    await new Promise((resolve) => setTimeout(resolve, 20))
    await expect(send(get(`http://rebind.example:${port}/`), OPTIONS)).rejects.toEqual(BLOCKED)
  })
})

describe('a kept connection', () => {
  test('that was opened under one allow-list does not serve a request with another', async () => {
    const resolve = async () => v4('127.0.0.1')
    const send = createSend({ local: true, resolve })
    const url = `http://host.example:${port}/`
    await send(get(url), { ...OPTIONS, allowPrivateNetworks: ['10.0.0.0/8', '192.168.0.0/16'] })
    await setImmediate() // a connection is free again only a moment after its answer
    await send(get(url), { ...OPTIONS, allowPrivateNetworks: ['192.168.0.0/16', '10.0.0.0/8'] })
    expect(connections).toBe(1)
    await setImmediate()
    await send(get(url), OPTIONS)
    expect(connections).toBe(2)
  })
})

describe('a local run', () => {
  test('reaches loopback by name and by address', async () => {
    const send = createSend({ local: true })
    expect((await send(get(`http://localhost:${port}/`), OPTIONS)).body).toBe('internal')
    expect((await send(get(`http://127.0.0.1:${port}/`), OPTIONS)).body).toBe('internal')
  })

  test.each([
    ['http://public.example/', v4('8.8.8.8'), 'found http, wanted https'],
    ['http://8.8.8.8/', [], 'found http, wanted https'],
    ['http://10.0.0.1/', [], 'found the private address 10.0.0.1'],
  ])('cannot send plain http to %s', async (url, addresses, text) => {
    const send = createSend({ local: true, resolve: async () => addresses })
    const error = await send(get(url), OPTIONS).catch((reason: unknown) => reason)
    expect(error).toEqual(BLOCKED)
    expect(String(error)).toContain(text)
  })

  test('cannot send plain http to a private range that is allowed', async () => {
    const options = { ...OPTIONS, allowPrivateNetworks: ['10.0.0.0/8'] }
    await expect(createSend({ local: true })(get('http://10.0.0.1/'), options)).rejects.toMatchObject({
      message: 'Cannot connect to 10.0.0.1: found http, wanted https',
    })
  })
})
