import { describe, expect, it } from 'vitest'
import { panther } from '../../../../functions/deliver/destinations/panther.ts'
import { createPanther } from '../../../../local/receivers/panther.ts'
import { parseDestination } from '../../../../shared/config/destination-config.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { postTo, someEvents } from './post-to-receiver.ts'

const SHARED = { sharedSecret: { header: 'X-Panther-Secret', secret: { secret: 'soc/shared' } } }
const HMAC = { hmac: { header: 'X-Panther-Signature', secret: { secret: 'soc/hmac' } } }
destinationContract('panther', panther, [
  { name: 'as little as possible', own: {} },
  { name: 'a shared secret', own: SHARED, secrets: { 'soc/shared': 'what-both-sides-know' } },
  {
    name: 'a hash, envelope',
    own: { ...HMAC, format: 'envelope' },
    secrets: { 'soc/hmac': "It's a Secret to Everybody" },
  },
])

const NOW = new Date('2026-05-01T10:15:42.479Z')
const URL_ = 'https://logs.soc.runpanther.net/http/4f1b6a0e-9a2c-4c43-8d6d-6d3b8a0c9f11'
const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\n "a": 1.10 }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) => panther.config.parse({ url: URL_, ...more }) as never
const delivery = (events: readonly OutgoingEvent[] = [EVENT]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, events = [EVENT], secret = '') =>
  panther.request(delivery(events), config(more), () => secret, NOW)

describe('the request', () => {
  it('is the vendor records and nothing else, a line each, with the ids in a header', () => {
    expect(request({}, [EVENT, { ...EVENT, id: 'evt_b', raw: '{}' }])).toEqual({
      method: 'POST',
      url: URL_,
      headers: {
        'content-type': 'application/x-ndjson',
        'pollhook-source': 'prod-tines',
        'pollhook-event-ids': 'evt_a,evt_b',
      },
      body: '{ "id": 9007199254740993,  "a": 1.10 }\n{}\n',
    })
  })

  it('is envelopes with the ids inside when a schema of your own reads it', () => {
    expect(request({ format: 'envelope' })).toMatchObject({
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"id":"evt_a","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993,  "a": 1.10 }}\n',
    })
  })

  it('stays below 1 MB, headers included', () => {
    const { maxEvents, maxBytes } = panther.batch
    const raw = JSON.stringify('x'.repeat(maxBytes / maxEvents - 2))
    for (const format of ['raw', 'envelope']) {
      const events = someEvents(maxEvents).map((event) => ({ ...event, raw, type: 't'.repeat(100) }))
      const { headers, body } = request({ format }, events)
      expect(JSON.stringify(headers).length).toBeLessThan(4_096)
      expect(Buffer.byteLength(String(body)) + 8_192).toBeLessThan(1_000_000)
    }
  })

  it('has no more events than ids fit into a header, unless they are inside', () => {
    expect(panther.maxEventsPerRequest?.(config())).toBe(100)
    expect(panther.maxEventsPerRequest?.(config({ format: 'envelope' }))).toBeUndefined()
  })
})

describe('the ways to prove who sends', () => {
  const parsed = (more: Readonly<Record<string, unknown>>) =>
    parseDestination('/pollhook/destinations/siem', JSON.stringify({ type: 'panther', url: URL_, ...more }), {
      panther,
    })

  it('are a shared secret in a header', () => {
    expect(parsed(SHARED).auth).toEqual({
      kind: 'header',
      name: 'x-panther-secret',
      prefix: '',
      key: { secret: 'soc/shared' },
    })
  })

  it('are bearer and basic, as everywhere', () => {
    expect(parsed({ auth: { bearer: { secret: 'soc/token' } } }).auth).toEqual({
      kind: 'bearer',
      token: { secret: 'soc/token' },
    })
    expect(() => parsed({ ...SHARED, auth: { bearer: { secret: 'soc/token' } } })).toThrow('wanted one of them')
  })

  const signature = (more: Readonly<Record<string, unknown>>, raw: string) =>
    request({ hmac: { ...HMAC.hmac, ...more } }, [{ ...EVENT, raw }], "It's a Secret to Everybody").headers[
      'x-panther-signature'
    ]

  it.each([
    // `printf '{}\n' | openssl dgst -<algorithm> -hmac "It's a Secret to Everybody" [-binary | base64]`
    [{}, 'f22c3b3295c6c1a0ad1b672633144aabf160d195256ec27de6c5c7e851787687'],
    [{ prefix: 'sha256=' }, 'sha256=f22c3b3295c6c1a0ad1b672633144aabf160d195256ec27de6c5c7e851787687'],
    [{ encoding: 'base64' }, '8iw7MpXGwaCtG2cmMxRKq/Fg0ZUlbsJ95sXH6FF4doc='],
    [{ algorithm: 'sha1' }, '118bb438e57458f3b015d5d63dbebd37b61059aa'],
  ])('are a hash of the body with a key: %j', (more, value) => {
    expect(signature(more, '{}')).toBe(value)
  })

  it.each([
    { ...SHARED, ...HMAC },
    { hmac: { ...HMAC.hmac, header: 'Authorization' } },
    { hmac: { ...HMAC.hmac, header: 'two words' } },
    { hmac: { ...HMAC.hmac, secret: 'plain' } },
    { sharedSecret: { ...SHARED.sharedSecret, header: 'content-type' } },
    { url: 'http://panther.example.com' },
  ])('are not %j', (more) => {
    expect(panther.config.safeParse({ url: URL_, ...more }).success).toBe(false)
  })
})

it.each([
  [200, 'delivered'],
  [400, 'refused'],
  [401, 'hold'],
  [403, 'hold'],
  [404, 'hold'],
  [413, 'refused'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
] as const)('%i is %s', (status, kind) => {
  expect(panther.outcome({ status, headers: {}, body: '' }, delivery(), config(), NOW).kind).toBe(kind)
})

describe('the simulated source', () => {
  it('takes what is sent, with the shared secret, and has the records as they were', () => {
    const receiver = createPanther()
    expect(postTo(receiver, panther, someEvents(100)).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(someEvents(100).map(({ id, raw }) => ({ id, raw: raw.replaceAll('\n', ' ') })))
  })

  it('does not take what has no secret, or is above 1 MB', () => {
    const receiver = createPanther()
    expect(postTo(receiver, panther, someEvents(1), { sharedSecret: undefined }).outcome.kind).toBe('hold')
    const large = { ...EVENT, raw: JSON.stringify('x'.repeat(1_000_000)) }
    expect(postTo(receiver, panther, [large]).response.status).toBe(413)
    expect(receiver.stored()).toEqual([])
  })
})
