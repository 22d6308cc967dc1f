import { createPublicKey, verify } from 'node:crypto'
import * as octokit from '@octokit/webhooks-methods'
import { HTTP } from 'cloudevents'
import fc from 'fast-check'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { expect, it, onTestFinished } from 'vitest'
import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import { createSend } from '../../../../shared/http/client.ts'
import { decode, deliveryOf, encode, type Message } from '../../../../shared/message.ts'
import { listen, type WireRequest } from '../../../fakes/receiver.ts'
import { records } from './webhook-records.ts'
import { PUBLIC_KEY, SECRETS, secrets } from './webhook-sending.ts'

/** How many events are sent, each in every format. `POLLHOOK_FUZZ_EVENTS=100000 npx vitest run <this file>` is the whole proof. */
const EVENTS = Number(process.env.POLLHOOK_FUZZ_EVENTS ?? 2_000)
const EVENTS_PER_RUN = 10

const SINGLE = ['standard', 'raw', 'cloudevents', 'cloudevents-binary']
const MANY = ['array', 'ndjson', 'cloudevents-batch']

const KEY = { secret: 'hook/github' }
const SCHEMES = {
  'standard-webhooks': { keys: ['hook/ed25519', 'hook/new', 'hook/old'].map((secret) => ({ secret })) },
  hmac: { secret: KEY, header: 'X-Hub-Signature-256', prefix: 'sha256=' },
  stripe: { keys: [KEY] },
}

it(
  `${EVENTS} random events arrive in every format with the same meaning, and verify`,
  async () => {
    const receiver = await listen()
    onTestFinished(receiver.close)
    const post = createSend({ local: true })

    /** What arrived, in the order of the parts. */
    async function deliver(parts: readonly Message[], format: string, scheme: keyof typeof SCHEMES) {
      const signing = { scheme, ...SCHEMES[scheme] }
      const config = webhook.config.parse({ url: receiver.url, format, signing }) as never
      const deliveries = parts.map(deliveryOf)
      const requests = deliveries.map((delivery) => webhook.request(delivery, config, secrets, new Date()))
      const answers = await Promise.all(requests.map((request) => post(request, { timeoutMs: 20_000, maxBytes: 100 })))
      expect(answers.map(({ status }) => status)).toEqual(parts.map(() => 204))
      const arrived = receiver.requests.splice(0)
      return deliveries.map(({ id }) => {
        const request = arrived.find(({ headers }) => headers['webhook-id'] === id)
        if (request === undefined) throw new Error(`Nothing arrived for ${id}`)
        return request
      })
    }

    // As a record of its own it is Infinity to the SDK of CloudEvents, which its own schema then refuses.
    const record = records().filter((raw) => raw !== '1E400')
    const batch = fc.array(record, { minLength: EVENTS_PER_RUN, maxLength: EVENTS_PER_RUN })
    const scheme = fc.constantFrom('standard-webhooks', 'hmac', 'stripe')
    await fc.assert(
      fc.asyncProperty(batch, scheme, async (raws, name) => {
        const message = throughQueue(raws)
        const alone = message.events.map((event) => ({ ...message, events: [event] }))
        const expected = (format: string) =>
          message.events.map(({ id }, index) => EXPECTED[format]?.(id, meaningOf(raws[index] ?? '')))
        for (const format of SINGLE) {
          const arrived = await deliver(alone, format, name)
          for (const request of arrived) await expectVerified(request, name)
          expect(arrived.flatMap((request) => meaningsIn(request, format))).toEqual(expected(format))
          expect(arrived.every(({ body }, index) => body.includes(message.events[index]?.raw ?? '\0'))).toBe(true)
        }
        for (const format of MANY) {
          const [request = { headers: {}, body: Buffer.of() }] = await deliver([message], format, name)
          await expectVerified(request, name)
          const events = expected(format)
          expect(meaningsIn(request, format)).toEqual(format === 'ndjson' ? events : [`[${events.join(',')}]`])
        }
      }),
      { numRuns: Math.ceil(EVENTS / EVENTS_PER_RUN) },
    )
  },
  60_000 + EVENTS * 30,
)

/** The events as a deliver function reads them from the queue. */
function throughQueue(raws: readonly string[]): Message {
  const events = raws.map((raw, index) => ({
    id: `evt_${String(index).padStart(27, '0')}`,
    type: 'tines.event',
    time: '2026-11-01T10:15:42.479123Z',
    raw,
  }))
  const read = decode(encode({ v: 1, destination: 'hook', source: { id: 'prod-tines', type: 'tines' }, events }))
  if ('claim' in read) throw new Error('Found a claim, wanted the message')
  return read
}

const MEMBERS = '"type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines"'

/** What one event looks like to its receiver. */
const EXPECTED: Readonly<Record<string, (id: string, record: string) => string>> = {
  standard: (_, record) => `{${MEMBERS},"data":${record}}`,
  raw: (_, record) => record,
  cloudevents,
  'cloudevents-binary': (_, record) => record,
  array: identified,
  ndjson: identified,
  'cloudevents-batch': cloudevents,
}

function identified(id: string, record: string): string {
  return `{"id":"${id}",${MEMBERS},"data":${record}}`
}

function cloudevents(id: string, record: string): string {
  const attributes = `"specversion":"1.0","id":"${id}","source":"prod-tines","type":"tines.event"`
  return `{${attributes},"time":"2026-11-01T10:15:42.479123Z","datacontenttype":"application/json","data":${record}}`
}

/** What the receiver's software makes of the bytes: for each text of JSON in them, its meaning. */
function meaningsIn({ headers, body }: WireRequest, format: string): string[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  if (format.startsWith('cloudevents')) HTTP.toEvent({ headers: { ...headers }, body: text })
  if (format !== 'ndjson') return [meaningOf(text)]
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split(/[\r\n]/)
    .map(meaningOf)
}

const TOKEN = /"(?:[^"\\]+|\\.)*"|[^\s"[\]{}:,]+|[[\]{}:,]/g

/**
 * JSON without the white space between tokens, and with each string written in one way; numbers keep their digits, and members
 * their order. Not by way of JSON.parse, which takes one key for another when an object before it had a key with a backslash
 * (V8 13.6: `{"x":1,"\\\\":1}`, then `{"x":1,"\\u00e9":1}`).
 */
function meaningOf(json: string): string {
  JSON.parse(json) // or else it is none
  return (json.match(TOKEN) ?? [])
    .map((token) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token))
    .join('')
}

const ED25519 = createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(PUBLIC_KEY.slice(5), 'base64').toString('base64url') },
  format: 'jwk',
})

/** By the library that its receivers use. */
async function expectVerified({ headers, body }: WireRequest, scheme: keyof typeof SCHEMES): Promise<void> {
  if (scheme === 'hmac') {
    expect(await octokit.verify(SECRETS['hook/github'], body.toString(), `${headers['x-hub-signature-256']}`)).toBe(
      true,
    )
  } else if (scheme === 'stripe') {
    const signature = `${headers['stripe-signature']}`
    expect(Stripe.webhooks.signature?.verifyHeader(body, signature, SECRETS['hook/github'], 300)).toBe(true)
  } else {
    const values = { 'webhook-id': '', 'webhook-timestamp': '', 'webhook-signature': '' }
    const signed = Object.fromEntries(Object.keys(values).map((name) => [name, `${headers[name]}`]))
    new StandardWebhook(SECRETS['hook/new']).verify(body, signed, { jsonParse: false })
    new SvixWebhook(SECRETS['hook/old']).verify(body, signed)
    const [, v1a = ''] = /^v1a,(\S+) /.exec(`${headers['webhook-signature']}`) ?? []
    const content = Buffer.concat([Buffer.from(`${signed['webhook-id']}.${signed['webhook-timestamp']}.`), body])
    expect(verify(null, content, ED25519, Buffer.from(v1a, 'base64'))).toBe(true)
  }
}
