import { describe, expect, it } from 'vitest'
import { newrelic as typed } from '../../../../functions/deliver/destinations/newrelic.ts'
import { createNewRelic } from '../../../../local/receivers/newrelic.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const newrelic: AnyDestination = typed

/** The clock of postTo. */
const NOW = new Date('2026-05-01T10:15:42.479Z')
const receiver = () => createNewRelic({ now: () => NOW })

const KEY = { licenseKey: { secret: 'newrelic/license-key' } }
const SECRETS = { 'newrelic/license-key': 'eu01xxfedcba9876543210fedcba98765432NRAL' }
destinationContract('newrelic', newrelic, [
  { name: 'as little as possible', own: KEY, secrets: SECRETS, origin: 'https://log-api.newrelic.com' },
  {
    name: 'record in the message, Europe, attributes',
    own: { ...KEY, record: 'message', region: 'eu', logtype: 'audit', attributes: { environment: 'prod' } },
    secrets: SECRETS,
    origin: 'https://log-api.eu.newrelic.com',
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993, "eventType": "login" }',
}
const HOUR_MS = 3_600_000
const aged = (ms: number): OutgoingEvent => ({ ...EVENT, time: new Date(NOW.getTime() - ms).toISOString() })
const logOf = (event: OutgoingEvent, change = {}) =>
  JSON.parse(String(postTo(receiver(), newrelic, [event], change).request.body))[0].logs[0]

describe('the request', () => {
  it('is one block of logs: what they share in common, the record as text in data, the timestamp in milliseconds', () => {
    const { request, outcome } = postTo(receiver(), newrelic, [EVENT], { attributes: { environment: 'prod' } })
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/log/v1',
      headers: { 'content-type': 'application/json', 'api-key': 'eu01xx0123456789abcdef0123456789abcdNRAL' },
      body:
        '[{"common":{"attributes":{"environment":"prod","logtype":"tines","pollhook.source":"prod-tines"}},' +
        '"logs":[{"timestamp":1777630542479,"message":"tines.event","attributes":{"pollhook.id":"evt_a","pollhook.type":"tines.event",' +
        '"pollhook.time":"2026-05-01T10:15:42.479123Z","data":"{ \\"id\\": 9007199254740993, \\"eventType\\": \\"login\\" }"}}]}]',
    })
  })

  it('has the record in message on request', () => {
    const log = logOf(EVENT, { record: 'message' })
    expect(log.message).toBe(EVENT.raw)
    expect(log.attributes).not.toHaveProperty('data')
  })

  it.each(['text', 'message'])('is stored with the record as it was written: %s', (record) => {
    const to = receiver()
    const events = someEvents(500)
    expect(postTo(to, newrelic, events, { record }).outcome).toEqual({ kind: 'delivered' })
    expect(to.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it('is below 1 MB in the worst case that batch allows: records that double as text', () => {
    const { maxEvents, maxBytes } = newrelic.batch
    const raw = `"${'\\"'.repeat((Math.floor(maxBytes / maxEvents) - 2) / 2)}"`
    const events = someEvents(maxEvents).map((event) => ({ ...event, raw }))
    const { request, outcome } = postTo(receiver(), newrelic, events)
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(Buffer.byteLength(String(request.body))).toBeLessThan(1_000_000)
  })

  it.each(['accountId', 'eventType', 'timestamp', 'entity.guid', 'pollhook.id', 'data', 'data.1'])(
    'has no attribute %s, which New Relic would drop or pollhook sets',
    (name) => {
      expect(() => configFor(receiver(), newrelic, { attributes: { [name]: 'x' } })).toThrow('is reserved')
    },
  )
})

describe('an event that New Relic may drop for its age', () => {
  it.each([
    ['47 hours old', 47 * HOUR_MS, true],
    ['48 hours old less five minutes', 48 * HOUR_MS - 300_000, false],
    ['two months old', 60 * 24 * HOUR_MS, false],
    ['an hour ahead', -HOUR_MS, true],
  ])('%s has a timestamp: %2$s', (_, ageMs, hasTimestamp) => {
    const log = logOf(aged(ageMs))
    expect(Object.hasOwn(log, 'timestamp')).toBe(hasTimestamp)
    expect(log.attributes['pollhook.time']).toBe(aged(ageMs).time)
  })

  it.each(['text', 'message'])('is stored all the same, also when its record has a timestamp: %s', (record) => {
    const to = receiver()
    const old = { ...aged(30 * 24 * HOUR_MS), raw: '{"timestamp":1777000000000}' }
    postTo(to, newrelic, [old], { record })
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: old.raw }])
  })

  it('says so before it happens', () => {
    expect(newrelic.ageLimit?.({})).toEqual({
      maxAgeMs: 172_800_000,
      effect: 'New Relic shows them at the time of their arrival; their own time is in pollhook.time',
    })
  })
})

describe('a record that is too long for one attribute', () => {
  const long = { ...EVENT, raw: `{"text":"${'é€'.repeat(60_000)}"}` }

  it.each(['text', 'message'])('arrives whole, in numbered attributes: %s', (record) => {
    const to = receiver()
    postTo(to, newrelic, [long], { record })
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: long.raw }])
    const { message, attributes } = logOf(long, { record })
    expect(message).toBe('tines.event')
    expect(attributes['pollhook.parts']).toBe(3)
    expect(Object.keys(attributes).filter((name) => name.startsWith('data'))).toEqual(['data.1', 'data.2', 'data.3'])
    expect(Buffer.byteLength(attributes['data.1'])).toBeLessThanOrEqual(128_000)
  })

  it('is refused, not cut, when it is above 1 MB', () => {
    const huge = { ...EVENT, raw: `{"text":"${'x'.repeat(1_000_000)}"}` }
    expect(postTo(receiver(), newrelic, [huge]).outcome).toEqual({
      kind: 'refused',
      reason: 'the receiver answered 413',
    })
  })
})

describe('what an answer means', () => {
  it.each([
    [202, '{"requestId":"3f0e1c7a-0001-b000-0000-018f3c1f9b7d"}', 'delivered'],
    [200, '', 'delivered'],
    [400, '', 'refused'],
    [403, '{}', 'hold'],
    [404, '', 'hold'],
    [405, '', 'hold'],
    [408, '', 'retry'],
    [413, '', 'refused'],
    [415, '', 'refused'],
    [429, '', 'retry'],
    [500, '', 'retry'],
    [503, '', 'retry'],
  ])('%i is %3$s', (status, body, kind) => {
    const outcome = newrelic.outcome({ status, headers: {}, body }, {} as never, {}, NOW)
    expect(outcome.kind).toBe(kind)
  })
})

describe('the simulated receiver', () => {
  const { request } = postTo(receiver(), newrelic, [EVENT])
  const send = (body: unknown, headers = {}) => {
    const to = receiver()
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const received = receivedRequest({ ...request, headers: { ...request.headers, ...headers } })
    const { status } = to.answer({ ...received, body: Buffer.from(text) })
    return { status, stored: to.stored() }
  }

  it.each([
    ['another key', '[]', { 'api-key': 'x' }, 403],
    ['another content type', '[]', { 'content-type': 'text/plain' }, 415],
    ['lines', '{"logs":[]}\n{"logs":[]}', {}, 400],
    ['a log without message', [{ logs: [{ timestamp: 1777630542479 }] }], {}, 400],
    ['a list as an attribute', [{ logs: [{ message: 'a', attributes: { a: [1] } }] }], {}, 400],
    ['attributes in the wrong place', [{ logs: [{ message: 'a', id: 'b' }] }], {}, 400],
    ['a timestamp in nanoseconds as text', [{ logs: [{ message: 'a', timestamp: '1777630542479000000' }] }], {}, 400],
    ['more than 1 MB', [{ logs: [{ message: 'x'.repeat(1_000_000) }] }], {}, 413],
    [
      'more than 255 attributes',
      [
        {
          logs: [{ message: 'a', attributes: Object.fromEntries(Array.from({ length: 255 }, (_, n) => [`a${n}`, n])) }],
        },
      ],
      {},
      400,
    ],
  ])('refuses %s', (_, body, headers, status) => {
    expect(send(body, headers).status).toBe(status)
  })

  it('drops the end of a long text and old logs, as New Relic does', () => {
    const long = [{ logs: [{ message: 'm', attributes: { 'pollhook.id': 'a', data: 'x'.repeat(200_000) } }] }]
    expect(send(long).stored.map(({ raw }) => raw.length)).toEqual([132_094])
    expect(send([{ logs: [{ message: 'm', timestamp: NOW.getTime() - 49 * HOUR_MS }] }])).toEqual({
      status: 202,
      stored: [],
    })
    expect(send([{ logs: [{ message: '{"timestamp":1777000000000}' }] }])).toEqual({ status: 202, stored: [] })
  })
})
