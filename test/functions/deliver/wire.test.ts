import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import { createSend } from '../../../shared/http/client.ts'
import { encode } from '../../../shared/message.ts'
import { listen } from '../../fakes/receiver.ts'
import { event, message, World } from './world.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

it('what is signed is what arrives, byte by byte', async () => {
  const { url, requests, close } = await listen()
  onTestFinished(close)
  const world = new World()
  world.nowMs = Date.now()
  world.secrets.values.set('hook/key', SECRET).set('hook/token', 'abc')
  world.configure('soc', {
    url,
    signing: { scheme: 'standard-webhooks', keys: [{ secret: 'hook/key' }] },
    auth: { bearer: { secret: 'hook/token' } },
  })
  Object.assign(world.receiver, { send: createSend({ local: true }) })
  world.queue.put(encode(message([event('a', '{ "n": 9007199254740993, "text": "é漢😀\u2028\\u00e9" }')])))
  await world.invoke()

  expect(world.queue.size).toBe(0)
  const [{ headers, body: bytes } = { headers: {}, body: Buffer.of() }] = requests
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), bytes])
  const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  const verified = new Webhook(SECRET).verify(bytes, {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  })
  expect(verified).toMatchObject({ type: 'tines.event', data: { text: 'é漢😀\u2028é' } })
  expect(bytes.toString()).toContain('"data":{ "n": 9007199254740993, "text": "é漢😀\u2028\\u00e9" }')
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    'pollhook-source': 'prod-tines',
    authorization: 'Bearer abc',
    'user-agent': expect.stringMatching(/^pollhook\/\d+\.\d+\.\d+$/),
  })
})
