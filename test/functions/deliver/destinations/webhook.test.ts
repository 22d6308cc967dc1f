import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import { parseDestination } from '../../../../shared/config/destination-config.ts'
import { rawElements, rawValue } from '../../../../shared/contracts/json.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configOf, delivery, EVENT, NOW, SECOND, SECRETS, send } from './webhook-sending.ts'

const SINGLE = ['standard', 'raw', 'cloudevents', 'cloudevents-binary']
const MANY = ['array', 'ndjson', 'cloudevents-batch']

const KEYS = { 'hook/new': SECRETS['hook/new'], 'hook/ed25519': SECRETS['hook/ed25519'] }
destinationContract('webhook', webhook, [
  ...[...SINGLE, ...MANY].map((format) => ({
    name: `${format}, signed`,
    own: { format, signing: { scheme: 'standard-webhooks', keys: Object.keys(KEYS).map((secret) => ({ secret })) } },
    secrets: KEYS,
  })),
  { name: 'nothing configured', own: {} },
  {
    name: 'hmac',
    own: { signing: { scheme: 'hmac', secret: { secret: 'hook/github' }, header: 'X-Hub-Signature-256' } },
    secrets: { 'hook/github': SECRETS['hook/github'] },
  },
  {
    name: 'stripe',
    own: { signing: { scheme: 'stripe', keys: [{ secret: 'hook/new' }] } },
    secrets: { 'hook/new': SECRETS['hook/new'] },
  },
])

describe('the body', () => {
  it('standard is what Standard Webhooks recommends, with the record in its own characters', () => {
    expect(send().body).toBe(
      '{"type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993, "name": "sync" }}',
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
      '[{"id":"evt_q83vEjRWeJASNFZ4kBI0VniQEjR","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993, "name": "sync" }},' +
        '{"id":"evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines","data":{\r\n  "a": "b\\nc"\n}}]',
    )
    expect(headers['content-type']).toBe('application/json')
  })

  it('ndjson has a line for each event, and no other line break', () => {
    const { headers, body } = send({ format: 'ndjson' }, [EVENT, SECOND])
    expect(body).toBe(
      '{"id":"evt_q83vEjRWeJASNFZ4kBI0VniQEjR","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993, "name": "sync" }}\n' +
        '{"id":"evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA","type":"tines.event","timestamp":"2026-11-01T10:15:42.479123Z","source":"prod-tines","data":{    "a": "b\\nc" }}\n',
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

  it('cloudevents-binary is the record alone, and its attributes are headers', () => {
    const { headers, body } = send({ format: 'cloudevents-binary' })
    expect(body).toBe(EVENT.raw)
    expect(headers).toEqual({
      'ce-specversion': '1.0',
      'ce-id': 'evt_q83vEjRWeJASNFZ4kBI0VniQEjR',
      'ce-source': 'prod-tines',
      'ce-type': 'tines.event',
      'ce-time': '2026-11-01T10:15:42.479123Z',
      'content-type': 'application/json',
      'webhook-id': 'evt_q83vEjRWeJASNFZ4kBI0VniQEjR',
      'webhook-timestamp': '1777630542',
      'pollhook-source': 'prod-tines',
    })
  })

  it('cloudevents-batch is an array of them', () => {
    const { headers, body } = send({ format: 'cloudevents-batch' }, [EVENT, SECOND])
    const single = [EVENT, SECOND].map((event) => send({ format: 'cloudevents' }, [event]).body)
    expect(body).toBe(`[${single.join(',')}]`)
    expect(headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8')
  })

  it.each(SINGLE)('%s takes one event per request', (format) => {
    expect(webhook.maxEventsPerRequest?.(configOf({ format }) as never)).toBe(1)
    expect(() => send({ format }, [EVENT, SECOND])).toThrow('found 2 events, wanted exactly one')
  })

  it.each(MANY)('%s takes any number', (format) => {
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
        expect(lines.map((line) => rawValue(line, ['data']))).toEqual([one.trim(), two.trim(), undefined])
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

describe('the outcome', () => {
  const outcome = (status: number) =>
    webhook.outcome({ status, headers: {}, body: '' }, delivery(), configOf() as never, NOW)

  it.each([
    ['delivered', [200, 201, 202, 204, 206, 260, 299]],
    ['retry', [408, 425, 429, 500, 501, 502, 503, 504, 507, 511, 599, 100, 199, 600, 999]],
    ['hold', [300, 301, 302, 303, 304, 307, 308, 399, 401, 402, 403, 404, 405, 407, 410, 421, 426, 451]],
    ['refused', [400, 406, 409, 411, 412, 413, 414, 415, 418, 422, 423, 431, 499]],
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
    { signing: { scheme: 'stripe', keys: [] } },
    { signing: { scheme: 'stripe', secret: { secret: 'x' } } },
    { signing: { scheme: 'stripe', keys: [{ secret: 'x' }], algorithm: 'sha1' } },
    { unknown: 1 },
  ])('refuses %j', (own) => {
    expect(webhook.config.safeParse({ url: 'https://hooks.example.com/x', ...own }).success).toBe(false)
  })
})

describe('a mistake in signing', () => {
  const problem = (signing: unknown) => {
    const text = JSON.stringify({ type: 'webhook', url: 'https://hooks.example.com/x', signing })
    try {
      parseDestination('/pollhook/destinations/hook', text, { webhook })
      return undefined
    } catch (error) {
      return String(error)
    }
  }

  it.each([
    [
      { scheme: 'stripe', secret: { secret: 'a' } },
      'signing.keys is missing: wanted a list',
      'signing has the unknown key "secret"',
    ],
    [
      { scheme: 'strip', keys: [{ secret: 'a' }] },
      'signing.scheme must be "standard-webhooks" or "hmac" or "stripe"',
      '"strip"',
    ],
    [{ scheme: 'hmac', secret: { secret: 'a' } }, 'signing.header is missing', 'signing.header'],
    ['stripe', 'signing must be an object', 'found "stripe"'],
  ])('%j is told for the scheme that was meant', (signing, ...texts) => {
    for (const text of texts) expect(problem(signing)).toContain(text)
    expect(`${problem(signing)}`.split('\n').length).toBeLessThanOrEqual(2)
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

  it('shows what is sent as cloudevents-binary', () => {
    const { headers, body } = send({ format: 'cloudevents-binary' }, [first])
    const shown = Object.entries(headers).filter(([name]) => name === 'content-type' || name.startsWith('ce-'))
    const lines = ['content-type', 'ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time']
    expect(shown.map(([name]) => name).sort()).toEqual(lines.toSorted())
    expect(page).toContain(`\n${lines.map((name) => `${name}: ${headers[name]}`).join('\n')}\n\n${body}\n`)
  })

  it.each([...SINGLE, ...MANY])('says which content type %s has', (format) => {
    const { headers } = send({ format })
    expect(page.replaceAll(/ +/g, ' ')).toContain(
      `| \`${format}\` | ${SINGLE.includes(format) ? '1' : 'any number'} | \`${headers['content-type']}\` |`,
    )
  })

  it.each(['array', 'ndjson'])('shows what is sent as %s', (format) => {
    expect(page).toContain(`\n${send({ format }, [first, second]).body.trimEnd()}\n`)
  })
})
