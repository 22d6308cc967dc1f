import { createHmac, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { SecretRef } from '../../../../shared/contracts/http.ts'
import { rawElements, rawValue } from '../../../../shared/contracts/json.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'

const SECRETS: Readonly<Record<string, string>> = {
  'hook/new': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'hook/old': 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'hook/ed25519': 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  'hook/github': "It's a Secret to Everybody",
}
/** The public half of `hook/ed25519`, as Svix publishes it. */
const PUBLIC_KEY = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const secrets = ({ secret }: SecretRef) => SECRETS[secret] ?? ''

const NOW = new Date('2026-05-01T10:15:42.479Z')
const EVENT: OutgoingEvent = {
  id: 'evt_q83vEjRWeJASNFZ4kBI0VniQEjR',
  type: 'tines.event',
  time: '2026-11-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993, "name": "sync" }',
}
const SECOND: OutgoingEvent = { ...EVENT, id: 'evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA', raw: '{\r\n  "a": "b\\nc"\n}' }

const configOf = (own: Readonly<Record<string, unknown>> = {}) =>
  webhook.config.parse({ url: 'https://hooks.example.com/x', ...own })
const delivery = (events: readonly OutgoingEvent[] = [EVENT]) =>
  deliveryOf({ v: 1, destination: 'hook', source: { id: 'prod-tines', type: 'tines' }, events: [...events] })
const send = (own: Readonly<Record<string, unknown>> = {}, events?: readonly OutgoingEvent[]) => {
  const { headers, body, ...rest } = webhook.request(delivery(events), configOf(own) as never, secrets, NOW)
  return { ...rest, headers, body: String(body) }
}

const KEYS = { 'hook/new': SECRETS['hook/new'] ?? '', 'hook/ed25519': SECRETS['hook/ed25519'] ?? '' }
destinationContract('webhook', webhook, [
  ...['standard', 'raw', 'array', 'ndjson', 'cloudevents', 'cloudevents-batch'].map((format) => ({
    name: `${format}, signed`,
    own: { format, signing: { scheme: 'standard-webhooks', keys: Object.keys(KEYS).map((secret) => ({ secret })) } },
    secrets: KEYS,
  })),
  { name: 'nothing configured', own: {} },
  {
    name: 'hmac',
    own: { signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header: 'X-Hub-Signature-256' } },
    secrets: { 'hook/github': "It's a Secret to Everybody" },
  },
])

describe('the body', () => {
  it('standard is what Standard Webhooks recommends, with the record in its own characters', () => {
    expect(send().body).toBe(
      '{"type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","data":{ "id": 9007199254740993, "name": "sync" }}',
    )
    expect(send().headers['content-type']).toBe('application/json')
  })

  it('raw is the record alone', () => {
    const { headers, body } = send({ format: 'raw' })
    expect(body).toBe(EVENT.raw)
    expect(headers['content-type']).toBe('application/json')
  })

  it('array has an object with its own id for each event', () => {
    const { headers, body } = send({ format: 'array' }, [EVENT, SECOND])
    expect(body).toBe(
      '[{"id":"evt_q83vEjRWeJASNFZ4kBI0VniQEjR","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","data":{ "id": 9007199254740993, "name": "sync" }},' +
        '{"id":"evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","data":{\r\n  "a": "b\\nc"\n}}]',
    )
    expect(headers['content-type']).toBe('application/json')
  })

  it('ndjson has a line for each event, and no other line break', () => {
    const { headers, body } = send({ format: 'ndjson' }, [EVENT, SECOND])
    expect(body).toBe(
      '{"id":"evt_q83vEjRWeJASNFZ4kBI0VniQEjR","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","data":{ "id": 9007199254740993, "name": "sync" }}\n' +
        '{"id":"evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","data":{    "a": "b\\nc" }}\n',
    )
    expect(headers['content-type']).toBe('application/x-ndjson')
  })

  it('cloudevents is a structured CloudEvent 1.0', () => {
    const { headers, body } = send({ format: 'cloudevents' })
    expect(body).toBe(
      '{"specversion":"1.0","id":"evt_q83vEjRWeJASNFZ4kBI0VniQEjR","source":"prod-tines","type":"tines.event","time":"2026-11-01T10:15:42.479123Z","datacontenttype":"application/json","data":{ "id": 9007199254740993, "name": "sync" }}',
    )
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8')
  })

  it('cloudevents-batch is an array of them', () => {
    const { headers, body } = send({ format: 'cloudevents-batch' }, [EVENT, SECOND])
    const single = [EVENT, SECOND].map((event) => send({ format: 'cloudevents' }, [event]).body)
    expect(body).toBe(`[${single.join(',')}]`)
    expect(headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8')
  })

  it.each(['standard', 'raw', 'cloudevents'])('%s takes one event per request', (format) => {
    expect(webhook.maxEventsPerRequest?.(configOf({ format }) as never)).toBe(1)
    expect(() => send({ format }, [EVENT, SECOND])).toThrow('found 2 events, wanted exactly one')
  })

  it.each(['array', 'ndjson', 'cloudevents-batch'])('%s takes any number', (format) => {
    expect(webhook.maxEventsPerRequest?.(configOf({ format }) as never)).toBeUndefined()
  })

  it('holds any JSON of a vendor without changing a character', () => {
    const record = fc.json({ noUnicodeString: false, stringUnit: 'binary' }).map((json) => json.replaceAll(',', ' ,\t'))
    fc.assert(
      fc.property(record, record, (one, two) => {
        const events = [one, two].map((raw, n) => ({ ...EVENT, id: `evt_${n}`, raw }))
        expect(rawValue(send({}, events.slice(0, 1)).body, ['data'])).toBe(one.trim())
        expect(rawValue(send({ format: 'cloudevents' }, events.slice(0, 1)).body, ['data'])).toBe(one.trim())
        const elements = rawElements(send({ format: 'array' }, events).body, []) ?? []
        expect(elements.map((element) => rawValue(element, ['data']))).toEqual([one.trim(), two.trim()])
        const lines = send({ format: 'ndjson' }, events).body.split('\n')
        expect(lines.map((line) => (line === '' ? line : JSON.parse(line).data))).toEqual([
          JSON.parse(one),
          JSON.parse(two),
          '',
        ])
      }),
    )
  })
})

describe('the headers', () => {
  it('name the event, the attempt and the source', () => {
    expect(send().headers).toEqual({
      'content-type': 'application/json',
      'webhook-id': 'evt_q83vEjRWeJASNFZ4kBI0VniQEjR',
      // `date -u -d 2026-05-01T10:15:42Z +%s`
      'webhook-timestamp': '1777630542',
      'pollhook-source': 'prod-tines',
    })
  })

  it('name the message when there are several events', () => {
    expect(send({ format: 'array' }, [EVENT, SECOND]).headers['webhook-id']).toMatch(/^msg_[A-Za-z0-9_-]{27}$/)
  })
})

describe('a Standard Webhooks signature', () => {
  const signing = (...names: string[]) => ({
    scheme: 'standard-webhooks',
    keys: names.map((secret) => ({ secret })),
  })

  /** The published vectors have ids and bodies of their own, so they go in as a raw record. */
  const vector = (id: string, seconds: number, raw: string, ...names: string[]) => {
    const config = configOf({ format: 'raw', signing: signing(...names) }) as never
    const event = { ...EVENT, id, raw }
    return webhook.request(delivery([event]), config, secrets, new Date(seconds * 1000)).headers['webhook-signature']
  }

  it.each([
    [
      'of the js, py and go libraries',
      'hook/new',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'of the rust library',
      'hook/old',
      'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      1_649_367_553,
      '{"email":"test@example.com","username":"test_user"}',
      'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    ],
    [
      "of Svix's server, ed25519",
      'hook/ed25519',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    ],
  ])('is the published one %s', (_, name, id, seconds, raw, signature) => {
    expect(vector(id, seconds, raw, name)).toBe(signature)
  })

  it('has one for each key, in their order, between single spaces', () => {
    const args = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'] as const
    const alone = ['hook/ed25519', 'hook/new', 'hook/old'].map((name) => vector(...args, name))
    expect(vector(...args, 'hook/ed25519', 'hook/new', 'hook/old')).toBe(alone.join(' '))
  })

  it('is verified by the official library with the new key and with the old one', () => {
    const now = new Date()
    const own = { signing: signing('hook/ed25519', 'hook/new', 'hook/old') }
    const { headers, body } = webhook.request(delivery(), configOf(own) as never, secrets, now)
    for (const name of ['hook/new', 'hook/old']) {
      expect(new Webhook(SECRETS[name] ?? '').verify(String(body), { ...headers })).toMatchObject({
        type: 'tines.event',
      })
    }
    const other = new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')
    expect(() => other.verify(String(body), { ...headers })).toThrow('No matching signature found')
    expect(() => new Webhook(SECRETS['hook/new'] ?? '').verify(`${body} `, { ...headers })).toThrow()
  })

  it('is verified by the public key alone when the key is an ed25519 one', () => {
    const { headers, body } = send({ signing: signing('hook/ed25519') })
    const raw = Buffer.from(PUBLIC_KEY.replace('whpk_', ''), 'base64')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = Buffer.from((headers['webhook-signature'] ?? '').replace('v1a,', ''), 'base64')
    expect(verify(null, Buffer.from(content), createPublicKey({ key: jwk, format: 'jwk' }), signature)).toBe(true)
  })

  it('covers the characters that are sent, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const raw = JSON.stringify(text)
        const { headers, body } = send({ signing: signing('hook/new') }, [{ ...EVENT, raw }])
        const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
        const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
        expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
      }),
    )
  })

  it('is new on every attempt', () => {
    const config = configOf({ signing: signing('hook/new') }) as never
    const at = (ms: number) => webhook.request(delivery(), config, secrets, new Date(ms)).headers['webhook-signature']
    expect(at(1_000_000)).not.toBe(at(1_001_000))
  })
})

describe('an hmac signature', () => {
  const signed = (more: Readonly<Record<string, string>> = {}, raw = EVENT.raw) =>
    send(
      {
        format: 'raw',
        signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header: 'X-Hub-Signature-256', ...more },
      },
      [{ ...EVENT, raw }],
    ).headers['x-hub-signature-256']

  it("is GitHub's with its published example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    expect(signed({ prefix: 'sha256=' }, 'Hello, World!')).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    )
  })

  it.each([
    // `printf 'Hello, World!' | openssl dgst -<algorithm> -hmac "It's a Secret to Everybody" -binary | base64`
    ['sha1', 'hex', '01dc10d0c83e72ed246219cdd91669667fe2ca59'],
    ['sha256', 'base64', 'dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc='],
  ])('is made with %s in %s', (algorithm, encoding, value) => {
    expect(signed({ algorithm, encoding }, 'Hello, World!')).toBe(value)
  })

  it('with sha512 is as long as it should be', () => {
    expect(signed({ algorithm: 'sha512' })).toMatch(/^[0-9a-f]{128}$/)
  })

  it('leaves the other headers as they are', () => {
    const { headers } = send({ signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header: 'X-Sign' } })
    expect(Object.keys(headers)).toEqual([
      'content-type',
      'webhook-id',
      'webhook-timestamp',
      'pollhook-source',
      'x-sign',
    ])
  })

  it.each(['Content-Type', 'webhook-id', 'Host', 'pollhook-source', 'Content-Length', 'two words', ''])(
    'does not take the place of another header: %s',
    (header) => {
      const config = { signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header } }
      expect(webhook.config.safeParse(config).success).toBe(false)
    },
  )
})

describe('a key that is none', () => {
  const signWith = (value: string) =>
    webhook.request(
      delivery(),
      configOf({ signing: { scheme: 'standard-webhooks', keys: [{ secret: 'hook/bad' }] } }) as never,
      () => value,
      NOW,
    )

  it.each([
    [
      'without its beginning',
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'found another beginning, wanted whsec_ or whsk_ and then base64',
    ],
    ['of the public half', PUBLIC_KEY, 'found another beginning, wanted whsec_ or whsk_ and then base64'],
    [
      'without anything',
      'whsec_',
      'found 0 characters that are not padded base64, wanted base64 after whsec_ or whsk_',
    ],
    [
      'in base64url',
      'whsec_-_-_',
      'found 4 characters that are not padded base64, wanted base64 after whsec_ or whsk_',
    ],
    [
      'without padding',
      'whsec_QQ',
      'found 2 characters that are not padded base64, wanted base64 after whsec_ or whsk_',
    ],
    ['that is too short', 'whsk_AAAA', 'found 3 bytes, wanted the 32 bytes of an ed25519 private key'],
    [
      'of two halves that do not belong together',
      `whsk_${Buffer.alloc(64, 7).toString('base64')}`,
      'found a public key that belongs to another private key, wanted the 32 bytes of an ed25519 private key',
    ],
  ])('names the secret and not its value: %s', (_, value, problem) => {
    const fault = (() => {
      try {
        return signWith(value)
      } catch (error) {
        return error
      }
    })()
    expect(fault).toMatchObject({ kind: 'configuration-invalid' })
    expect(String(fault)).toContain(`Cannot sign with the secret hook/bad: ${problem}`)
    if (value.length > 12) expect(String(fault)).not.toContain(value.slice(6))
  })

  it('may have white space around it, as a shell adds', () => {
    const clean = signWith('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    expect(signWith(' whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n')).toEqual(clean)
  })

  it('may be an ed25519 one without its public half', () => {
    const whole = SECRETS['hook/ed25519'] ?? ''
    const seed = Buffer.from(whole.slice(5), 'base64').subarray(0, 32).toString('base64')
    expect(signWith(`whsk_${seed}`)).toEqual(signWith(whole))
  })
})

describe('the outcome', () => {
  const outcome = (status: number) =>
    webhook.outcome({ status, headers: {}, body: '' }, delivery(), configOf() as never, NOW)

  it.each([
    ['delivered', [200, 201, 202, 204, 206, 260, 299]],
    ['retry', [408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 599, 100, 199, 600, 999]],
    ['hold', [300, 301, 302, 303, 304, 307, 308, 399, 401, 403, 404, 405, 407, 410]],
    ['refused', [400, 402, 406, 409, 411, 412, 413, 414, 415, 418, 421, 422, 423, 431, 451, 499]],
  ])('is %s for %j', (kind, statuses) => {
    for (const status of statuses) expect([status, outcome(status).kind]).toEqual([status, kind])
  })
})

describe('the configuration', () => {
  it('signs nothing and sends one standard event unless it says otherwise', () => {
    const url = 'https://hooks.example.com/x'
    expect(webhook.config.parse({ url })).toEqual({ url, format: 'standard' })
    expect(webhook.batch).toEqual({ maxEvents: 1, maxBytes: 245_760 })
  })

  it.each([
    { format: 'xml' },
    { signing: { scheme: 'standard-webhooks', keys: [] } },
    { signing: { scheme: 'standard-webhooks', keys: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] } },
    { signing: { scheme: 'md5', secret: { secret: 'x' }, header: 'x' } },
    { signing: { scheme: 'hmac', secret: { secret: 'x' }, header: 'x', algorithm: 'md5' } },
    { signing: { scheme: 'hmac', secret: { secret: 'x' }, header: 'x', prefix: 'line\nbreak' } },
    { unknown: 1 },
  ])('refuses %j', (own) => {
    expect(webhook.config.safeParse({ url: 'https://hooks.example.com/x', ...own }).success).toBe(false)
  })
})

describe('docs/destinations/webhook.md', () => {
  const page = readFileSync('docs/destinations/webhook.md', 'utf8')
  const first = { ...EVENT, time: '2026-11-01T10:15:42.479Z', raw: '{"id":31337,"name":"sync"}' }
  const second = {
    ...EVENT,
    id: 'evt_mT0jEjRWeJASNFZ4kBI0VniQEjR',
    time: '2026-11-01T10:15:43.002Z',
    raw: '{"id":31338,"name":"sync"}',
  }

  it.each(['standard', 'raw', 'cloudevents'])('shows what is sent as %s', (format) => {
    expect(page).toContain(`\n${send({ format }, [first]).body}\n`)
  })

  it.each(['array', 'ndjson'])('shows what is sent as %s', (format) => {
    expect(page).toContain(`\n${send({ format }, [first, second]).body.trimEnd()}\n`)
  })
})
