import { createHmac, createPublicKey, verify } from 'node:crypto'
import * as octokit from '@octokit/webhooks-methods'
import fc from 'fast-check'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import { configOf, delivery, EVENT, NOW, PUBLIC_KEY, SECRETS, send } from './webhook-sending.ts'

const standardWebhooks = (...names: string[]) => ({
  signing: { scheme: 'standard-webhooks', keys: names.map((secret) => ({ secret })) },
})
const github = (more: Readonly<Record<string, string>> = {}) => ({
  signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header: 'X-Hub-Signature-256', ...more },
})
const stripe = (...names: string[]) => ({
  signing: { scheme: 'stripe', keys: names.map((secret) => ({ secret })) },
})

/** The published vectors have ids and bodies of their own, so they go in as a raw record. */
const signedAt = (own: object, seconds: number, raw: string, id = EVENT.id) =>
  send({ format: 'raw', ...own }, [{ ...EVENT, id, raw }], new Date(seconds * 1000)).headers

type Sent = ReturnType<typeof send>

/** `right`, or why not. */
function verdictOf(check: () => unknown): string {
  try {
    check()
    return 'right'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A receiver's own clock, in seconds after the attempt. */
const receivedAfter = (seconds: number) => vi.setSystemTime(NOW.getTime() + seconds * 1000)
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a Standard Webhooks signature', () => {
  const signatureOf = (id: string, seconds: number, raw: string, ...names: string[]) =>
    signedAt(standardWebhooks(...names), seconds, raw, id)['webhook-signature']

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
    [
      // libraries/go/webhook_asymmetric_test.go, whose keys are the 32 bytes of the private half alone
      "of the go library's tests, ed25519",
      'hook/seed',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
    ],
  ])('is the published one %s', (_, name, id, seconds, raw, signature) => {
    expect(signatureOf(id, seconds, raw, name)).toBe(signature)
  })

  it('has one for each key, in their order, between single spaces', () => {
    const args = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'] as const
    expect(signatureOf(...args, 'hook/seed', 'hook/new', 'hook/ed25519')).toBe(
      'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag== ' +
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ' +
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    )
  })

  it('lets the library standardwebhooks read what was meant', () => {
    const { headers, body } = send(standardWebhooks('hook/new'))
    expect(new StandardWebhook(SECRETS['hook/new']).verify(body, { ...headers })).toEqual({
      type: 'tines.event',
      timestamp: '2026-11-01T10:15:42.479123Z',
      source: 'prod-tines',
      // What JavaScript makes of 9007199254740993.
      data: { id: 9007199254740992, name: 'sync' },
    })
  })

  describe.each([
    ['standardwebhooks', StandardWebhook],
    ['svix', SvixWebhook],
  ] as const)('in the eyes of the library %s', (_, Webhook) => {
    const verdict = (key: string, { headers, body }: Pick<Sent, 'headers' | 'body'>) =>
      verdictOf(() => new Webhook(key).verify(Buffer.from(body), { ...headers }))

    it('is right with the new key and with the old one, and with an ed25519 key beside them', () => {
      const request = send(standardWebhooks('hook/ed25519', 'hook/new', 'hook/old'))
      expect(verdict(SECRETS['hook/new'], request)).toBe('right')
      expect(verdict(SECRETS['hook/old'], request)).toBe('right')
    })

    it('is wrong with another key', () => {
      const request = send(standardWebhooks('hook/new', 'hook/ed25519'))
      expect(verdict(SECRETS['hook/old'], request)).toBe('No matching signature found')
    })

    it('is wrong after any change of body, id or timestamp', () => {
      const { headers, body } = send(standardWebhooks('hook/new'))
      const later = String(Number(headers['webhook-timestamp']) + 1)
      for (const changed of [
        { headers, body: body.replace('9007199254740993', '9007199254740992') },
        { headers, body: `${body} ` },
        { headers: { ...headers, 'webhook-id': 'evt_q83vEjRWeJASNFZ4kBI0VniQEjS' }, body },
        { headers: { ...headers, 'webhook-timestamp': later }, body },
      ]) {
        expect(verdict(SECRETS['hook/new'], changed)).toBe('No matching signature found')
      }
    })

    it('is too old after five minutes', () => {
      const request = send(standardWebhooks('hook/new'))
      receivedAfter(300)
      expect(verdict(SECRETS['hook/new'], request)).toBe('right')
      receivedAfter(301)
      expect(verdict(SECRETS['hook/new'], request)).toBe('Message timestamp too old')
    })
  })

  describe('of an ed25519 key, by its public half', () => {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(PUBLIC_KEY.slice(5), 'base64').toString('base64url') },
      format: 'jwk',
    })
    const isRight = ({ headers, body }: Sent) => {
      const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      const signature = Buffer.from(`${headers['webhook-signature']}`.replace('v1a,', ''), 'base64')
      return verify(null, Buffer.from(content), key, signature)
    }

    it('is right', () => {
      expect(isRight(send(standardWebhooks('hook/ed25519')))).toBe(true)
    })

    it('is wrong of another key, and after a change', () => {
      expect(isRight(send(standardWebhooks('hook/seed')))).toBe(false)
      const request = send(standardWebhooks('hook/ed25519'))
      expect(isRight({ ...request, body: `${request.body} ` })).toBe(false)
    })
  })

  it('covers the characters that are sent, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const raw = JSON.stringify(text)
        const { headers, body } = send(standardWebhooks('hook/new'), [{ ...EVENT, raw }])
        const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
        const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
        expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
      }),
    )
  })

  it('is new on every attempt', () => {
    const at = (seconds: number) => signedAt(standardWebhooks('hook/new'), seconds, '{}')['webhook-signature']
    expect(at(1_000)).not.toBe(at(1_001))
  })
})

describe('an hmac signature', () => {
  const signed = (more: Readonly<Record<string, string>>, raw: string) =>
    signedAt(github(more), 1_614_265_330, raw)['x-hub-signature-256']

  it("is GitHub's with its published example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    expect(signed({ prefix: 'sha256=' }, 'Hello, World!')).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    )
  })

  it.each([
    // `printf 'Hello, World!' | openssl dgst -<algorithm> -hmac "It's a Secret to Everybody" -binary | base64 -w0`
    ['sha1', 'hex', '01dc10d0c83e72ed246219cdd91669667fe2ca59'],
    ['sha1', 'base64', 'AdwQ0Mg+cu0kYhnN2RZpZn/iylk='],
    ['sha256', 'base64', 'dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc='],
    [
      'sha512',
      'hex',
      '11ed355a617e98134e842012a7944ccf59c10256cb182357bd7e3a42013ff07c376f8c14cf5cc1923da20b51d64256b2fb8ebbf100aa67a61326f61fea8111bc',
    ],
    ['sha512', 'base64', 'Ee01WmF+mBNOhCASp5RMz1nBAlbLGCNXvX46QgE/8Hw3b4wUz1zBkj2iC1HWQlay+4678QCqZ6YTJvYf6oERvA=='],
  ])('is made with %s in %s', (algorithm, encoding, value) => {
    expect(signed({ algorithm, encoding }, 'Hello, World!')).toBe(value)
  })

  describe('in the eyes of the library @octokit/webhooks-methods', () => {
    const verified = (key: string, { headers, body }: Sent) =>
      octokit.verify(key, body, `${headers['x-hub-signature-256']}`)

    it.each(['standard', 'raw', 'ndjson', 'cloudevents-batch'])('is right in %s', async (format) => {
      expect(await verified(SECRETS['hook/github'], send({ format, ...github({ prefix: 'sha256=' }) }))).toBe(true)
    })

    it('is wrong with another key, and after a change of one byte', async () => {
      const request = send(github({ prefix: 'sha256=' }))
      expect(await verified('It is a Secret to Everybody', request)).toBe(false)
      expect(await verified(SECRETS['hook/github'], { ...request, body: request.body.replace('sync', 'synd') })).toBe(
        false,
      )
    })

    it('stays right for ever: it covers no time', async () => {
      const request = send(github({ prefix: 'sha256=' }))
      receivedAfter(86_400 * 365)
      expect(await verified(SECRETS['hook/github'], request)).toBe(true)
    })
  })

  it('leaves the other headers as they are', () => {
    const { headers } = send(github())
    expect(Object.keys(headers)).toEqual([
      'content-type',
      'webhook-id',
      'webhook-timestamp',
      'pollhook-source',
      'x-hub-signature-256',
    ])
  })
})

describe('a stripe signature', () => {
  it('is the time and the digest of time and body', () => {
    // `printf '1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`
    expect(signedAt(stripe('hook/new'), 1_614_265_330, '{"test": 2432232314}')['stripe-signature']).toBe(
      't=1614265330,v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964',
    )
  })

  it('is what the library makes of the same payload, key and time', () => {
    const { headers, body } = send(stripe('hook/new'))
    const timestamp = NOW.getTime() / 1000
    const made = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRETS['hook/new'], timestamp })
    expect(headers['stripe-signature']).toBe(made)
  })

  it('has a value for each key, in their order', () => {
    const both = signedAt(stripe('hook/new', 'hook/old'), 1_614_265_330, '{}')['stripe-signature']
    const [, ...alone] = ['hook/new', 'hook/old'].flatMap((name, index) => {
      const [t = '', v1 = ''] = `${signedAt(stripe(name), 1_614_265_330, '{}')['stripe-signature']}`.split(',')
      return index === 0 ? [t, v1] : [v1]
    })
    expect(both).toBe(['t=1614265330', ...alone].join(','))
  })

  it('stands in another header if asked to', () => {
    const [key] = stripe('hook/new').signing.keys
    const { headers } = send({ signing: { scheme: 'stripe', keys: [key], header: 'X-Acme-Signature' } })
    expect(headers['x-acme-signature']).toMatch(/^t=\d{10},v1=[0-9a-f]{64}$/)
    expect(headers['stripe-signature']).toBeUndefined()
  })

  describe('in the eyes of the library stripe', () => {
    const verified = (key: string, { headers, body }: Sent): unknown =>
      Stripe.webhooks.constructEvent(Buffer.from(body), `${headers['stripe-signature']}`, key)

    it('is right, with the new key and with the old one', () => {
      const request = send(stripe('hook/new', 'hook/old'))
      for (const name of ['hook/new', 'hook/old'] as const) {
        expect(verified(SECRETS[name], request)).toMatchObject({ type: 'tines.event', data: { name: 'sync' } })
      }
    })

    it('is wrong with another key', () => {
      expect(() => verified(SECRETS['hook/old'], send(stripe('hook/new')))).toThrow('No signatures found matching')
    })

    it('is wrong after a change of one byte, of the time, or of the digest', () => {
      const { headers, body, ...rest } = send(stripe('hook/new'))
      const signature = `${headers['stripe-signature']}`
      for (const changed of [
        { headers, body: body.replace('sync', 'synd') },
        { headers: { 'stripe-signature': signature.replace('t=1777630542', 't=1777630543') }, body },
        { headers: { 'stripe-signature': signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }, body },
      ]) {
        expect(() => verified(SECRETS['hook/new'], { ...rest, ...changed })).toThrow('No signatures found matching')
      }
    })

    it('is too old after five minutes', () => {
      const request = send(stripe('hook/new'))
      receivedAfter(300)
      expect(verified(SECRETS['hook/new'], request)).toMatchObject({ type: 'tines.event' })
      receivedAfter(301)
      expect(() => verified(SECRETS['hook/new'], request)).toThrow('Timestamp outside the tolerance zone')
    })
  })
})

describe('a header for a signature', () => {
  it.each([
    'Content-Type',
    'webhook-id',
    'webhook-timestamp',
    'Host',
    'pollhook-source',
    'Content-Length',
    'ce-id',
    'two words',
    '',
  ])('does not take the place of another one: %s', (header) => {
    const url = 'https://hooks.example.com/x'
    const secret = { secret: 'hook/github' }
    for (const signing of [
      { scheme: 'hmac', secret, header },
      { scheme: 'stripe', keys: [secret], header },
    ]) {
      expect(webhook.config.safeParse({ url, signing: { ...signing, header: 'X-Signature' } }).success).toBe(true)
      expect(webhook.config.safeParse({ url, signing }).success).toBe(false)
    }
  })
})

describe('a key that is none', () => {
  const faultOf = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return error
    }
  }
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
    const fault = faultOf(() => signWith(value))
    expect(fault).toMatchObject({ kind: 'configuration-invalid' })
    expect(String(fault)).toContain(`Cannot sign with the secret hook/bad: ${problem}`)
    if (value.length > 12) expect(String(fault)).not.toContain(value.slice(6))
  })

  it.each([github(), stripe('hook/empty')])('is not nothing at all: $signing.scheme', (own) => {
    const config = configOf(own)
    const fault = faultOf(() => webhook.request(delivery(), config as never, () => '', NOW))
    expect(fault).toMatchObject({ kind: 'configuration-invalid' })
    expect(String(fault)).toMatch(/Cannot sign with the secret hook\/\w+: found nothing, wanted at least one character/)
  })

  it('may have white space around it, as a shell adds', () => {
    const clean = signWith('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    expect(signWith(' whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n')).toEqual(clean)
  })

  it('may be an ed25519 one without its public half', () => {
    const whole = SECRETS['hook/ed25519']
    const seed = Buffer.from(whole.slice(5), 'base64').subarray(0, 32).toString('base64')
    expect(signWith(`whsk_${seed}`)).toEqual(signWith(whole))
  })
})
