import { createHmac } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compressed } from '../../../functions/deliver/compress.ts'
import { createSend } from '../../../shared/http/client.ts'
import { encode } from '../../../shared/message.ts'
import { listen } from '../../fakes/receiver.ts'
import { body, event, message, World } from './world.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  ({ method: 'POST', url: 'https://hooks.example.com/', headers, body }) as const

describe('compressed()', () => {
  it('is the body as gzip, and a header that says so', () => {
    const text = `{"text":"${'é'.repeat(2_000)}"}`
    const { headers, body: bytes } = compressed(post(text, { 'content-type': 'application/json' }))
    expect(headers).toEqual({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(gunzipSync(bytes ?? '').toString()).toBe(text)
  })

  it('is the same bytes for the same body, on every attempt', () => {
    expect(compressed(post('x'.repeat(2_000)))).toEqual(compressed(post('x'.repeat(2_000))))
  })

  it.each([
    ['a short body', post('x'.repeat(1_023))],
    ['no body', { method: 'GET', url: 'https://hooks.example.com/', headers: {} } as const],
    ['a file that is compressed', post(Buffer.alloc(2_000), { 'content-type': 'application/gzip' })],
    ['a body that is compressed', post(Buffer.alloc(2_000), { 'content-encoding': 'zstd' })],
  ])('leaves %s as it is', (_, request) => {
    expect(compressed(request)).toBe(request)
  })

  it('begins at 1 KiB', () => {
    expect(compressed(post('x'.repeat(1_024))).headers).toEqual({ 'content-encoding': 'gzip' })
  })
})

describe('a destination with compression: gzip', () => {
  it('is sent gzip, and its signatures cover what comes out of it', async () => {
    const { url, requests, close } = await listen()
    onTestFinished(close)
    const world = new World()
    world.nowMs = Date.now()
    world.secrets.values.set('hook/key', SECRET)
    const signing = { scheme: 'standard-webhooks', keys: [{ secret: 'hook/key' }] }
    world.configure('soc', { url, signing, compression: 'gzip' })
    Object.assign(world.receiver, { send: createSend({ local: true }) })
    const text = '{ "n": 9007199254740993, "text": "é漢😀\u2028" }'.repeat(50)
    world.queue.put(encode(message([event('a', JSON.stringify({ text }))])))
    await world.invoke()

    expect(world.queue.size).toBe(0)
    const [{ headers, body: bytes } = { headers: {}, body: Buffer.of() }] = requests
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(bytes.length) })
    const plain = gunzipSync(bytes)
    const verified = new Webhook(SECRET).verify(plain, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    })
    expect(verified).toMatchObject({ data: { text } })
  })

  it('is sent an HMAC of what comes out of it', async () => {
    const { url, requests, close } = await listen()
    onTestFinished(close)
    const world = new World()
    world.secrets.values.set('hook/key', "It's a Secret to Everybody")
    const signing = { scheme: 'hmac', secret: { secret: 'hook/key' }, header: 'X-Hub-Signature-256', prefix: 'sha256=' }
    world.configure('soc', { url, signing, compression: 'gzip' })
    Object.assign(world.receiver, { send: createSend({ local: true }) })
    world.queue.put(encode(message([event('a', JSON.stringify({ text: 'x'.repeat(2_000) }))])))
    await world.invoke()
    const [{ headers, body: bytes } = { headers: {}, body: Buffer.of() }] = requests
    const hmac = createHmac('sha256', "It's a Secret to Everybody").update(gunzipSync(bytes)).digest('hex')
    expect(headers['x-hub-signature-256']).toBe(`sha256=${hmac}`)
  })

  const large = () => encode(message([event('a', JSON.stringify({ text: 'x'.repeat(2_000) }))]))

  it('that answers 415 is on hold, because no event is to blame', async () => {
    const world = new World()
    world.configure('soc', { compression: 'gzip' })
    world.receiver.answer = () => 415
    world.queue.put(large())
    await world.invoke()
    expect((await world.circuits.read('soc')).circuit.open?.reason).toBe(
      'the receiver answered 415 to a compressed body',
    )
    expect(world.letters).toEqual([])
  })

  it.each([
    ['was not compressed as it is short', { compression: 'gzip' }, body(['a'])],
    ['was not compressed as that is not asked for', {}, large()],
  ])('that answers 415 refuses an event that %s', async (_, fields, text) => {
    const world = new World()
    world.configure('soc', fields)
    world.receiver.answer = () => 415
    world.queue.put(text)
    await world.invoke()
    expect(world.letters).toHaveLength(1)
  })
})
