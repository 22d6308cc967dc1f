import { describe, expect, it } from 'vitest'
import { datadog as typed } from '../../../../functions/deliver/destinations/datadog.ts'
import { createDatadog } from '../../../../local/receivers/datadog.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const datadog: AnyDestination = typed

/** The clock of postTo. */
const NOW = new Date('2026-05-01T10:15:42.479Z')
const receiver = () => createDatadog({ now: () => NOW })

const KEY = { apiKey: { secret: 'datadog/api-key' } }
const SECRETS = { 'datadog/api-key': '7a3f0c1e9b8d4e5f6a7b8c9d0e1f2a3b' }
const US1 = 'https://http-intake.logs.datadoghq.com'
destinationContract('datadog', datadog, [
  { name: 'as little as possible', own: KEY, secrets: SECRETS, origin: US1 },
  { name: 'record as text', own: { ...KEY, record: 'text' }, secrets: SECRETS, origin: US1 },
  {
    name: 'record in the message, all metadata, another site',
    own: {
      ...KEY,
      record: 'message',
      site: 'datadoghq.eu',
      ddsource: 'audit',
      service: 's',
      hostname: 'h',
      tags: ['env:prod', 'team:sec'],
    },
    secrets: SECRETS,
    origin: 'https://http-intake.logs.datadoghq.eu',
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993, "status": "ok" }',
}
const aged = (ms: number): OutgoingEvent => ({ ...EVENT, time: new Date(NOW.getTime() - ms).toISOString() })
const bodyOf = (event: OutgoingEvent, change = {}) => String(postTo(receiver(), datadog, [event], change).request.body)
const HOUR_MS = 3_600_000

describe('the request', () => {
  it('is an array of logs with date, source, service, tags and host, and the record below data', () => {
    const change = { tags: ['env:prod'], hostname: 'tines.example.com' }
    const { request, outcome } = postTo(receiver(), datadog, [EVENT], change)
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/api/v2/logs',
      headers: { 'content-type': 'application/json', 'dd-api-key': '9775a026f1ca7d1c6c5af9d94d9595a4' },
      body:
        '[{"ddsource":"tines","service":"prod-tines","hostname":"tines.example.com","ddtags":"pollhook_source:prod-tines,env:prod",' +
        '"date":1777630542479,"pollhook":{"id":"evt_a","type":"tines.event","source":"prod-tines","time":"2026-05-01T10:15:42.479123Z"},' +
        '"message":"tines.event","data":{ "id": 9007199254740993, "status": "ok" }}]',
    })
  })

  it('has the record as text in data, or in message, on request', () => {
    expect(JSON.parse(bodyOf(EVENT, { record: 'text' }))).toMatchObject([{ message: 'tines.event', data: EVENT.raw }])
    const [inMessage] = JSON.parse(bodyOf(EVENT, { record: 'message' }))
    expect(inMessage).toMatchObject({ message: EVENT.raw, date: 1777630542479 })
    expect(inMessage).not.toHaveProperty('data')
  })

  it.each(['object', 'text', 'message'])('is stored with the record as it was written: %s', (record) => {
    const to = receiver()
    const events = someEvents(1_000)
    expect(postTo(to, datadog, events, { record }).outcome).toEqual({ kind: 'delivered' })
    expect(to.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it.each([
    ['datadoghq.com', 'https://http-intake.logs.datadoghq.com/api/v2/logs'],
    ['us3.datadoghq.com', 'https://http-intake.logs.us3.datadoghq.com/api/v2/logs'],
    ['datadoghq.eu', 'https://http-intake.logs.datadoghq.eu/api/v2/logs'],
    ['ddog-gov.com', 'https://http-intake.logs.ddog-gov.com/api/v2/logs'],
    ['us2.ddog-gov.com', 'https://http-intake.logs.us2.ddog-gov.com/api/v2/logs'],
  ])('goes to the intake of the site %s', (site, wanted) => {
    const config = datadog.config.parse({ ...KEY, site })
    const delivery = { id: 'evt_a', source: { id: 'a', type: 'b' }, events: [EVENT] }
    expect(datadog.request(delivery, config, () => '', NOW).url).toBe(wanted)
  })

  it('has at most 1,000 logs, whatever batch says', () => {
    expect(() => configFor(receiver(), datadog, { batch: { maxEvents: 1_001 } })).toThrow(
      'batch.maxEvents must be at most 1000',
    )
  })

  it('is below 5 MB in the worst case that batch allows: records that double as text', () => {
    const { maxEvents, maxBytes } = datadog.batch
    const raw = `"${'\\"'.repeat((Math.floor(maxBytes / maxEvents) - 2) / 2)}"`
    const events = someEvents(maxEvents).map((event) => ({ ...event, raw }))
    const { request, outcome } = postTo(receiver(), datadog, events, { record: 'message', hostname: 'h'.repeat(255) })
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(Buffer.byteLength(String(request.body))).toBeLessThan(5_000_000)
  })
})

describe('the tags', () => {
  const isTaken = (tags: readonly string[]) =>
    datadog.config.safeParse({ apiKey: { secret: 'datadog/key' }, tags }).success

  it('have 2,000 bytes in all at most, quotes included, as they stand beside each of 1,000 records', () => {
    // Seven of 249 characters, one of 248, the commas between them and the quotes: 1,743 + 248 + 7 + 2.
    const tags = Array.from({ length: 7 }, (_, n) => `tag${n}:${'x'.repeat(244)}`)
    expect(isTaken([...tags, 'y'.repeat(248)])).toBe(true)
    expect(isTaken([...tags, 'y'.repeat(249)])).toBe(false)
    expect(isTaken([...tags, 'é'.repeat(125)])).toBe(false)
  })
})

describe('an event that Datadog would reject for its age', () => {
  it.each([
    ['17 hours old', 17 * HOUR_MS, true],
    ['18 hours old less five minutes', 18 * HOUR_MS - 300_000, false],
    ['18 hours and a minute old', 18 * HOUR_MS + 60_000, false],
    ['two months old', 60 * 24 * HOUR_MS, false],
    ['an hour ahead', -HOUR_MS, true],
    ['three hours ahead', -3 * HOUR_MS, false],
  ])('%s has a date: %2$s', (_, ageMs, hasDate) => {
    const [log] = JSON.parse(bodyOf(aged(ageMs)))
    expect(Object.hasOwn(log, 'date')).toBe(hasDate)
    expect(log.pollhook.time).toBe(aged(ageMs).time)
  })

  it.each(['object', 'text', 'message'])('is stored all the same, also when its record has a date: %s', (record) => {
    const to = receiver()
    const old = { ...aged(30 * 24 * HOUR_MS), raw: '{"timestamp":"2026-04-01T00:00:00Z","date":1}' }
    postTo(to, datadog, [old], { record })
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: old.raw }])
  })

  it('says so before it happens', () => {
    expect(datadog.ageLimit?.({})).toEqual({
      maxAgeMs: 64_800_000,
      effect: 'Datadog shows them at the time of their arrival; their own time is in pollhook.time',
    })
  })
})

describe('an event of more than 1 MB, which Datadog would cut off', () => {
  const large = { ...EVENT, raw: `{"text":"${'é"\\n€'.replace('"', '\\"').repeat(150_000)}"}` }

  it.each(['object', 'text', 'message'])('arrives whole, in logs of at most 1 MB: %s', (record) => {
    const to = receiver()
    const { request, outcome } = postTo(to, datadog, [large], { record })
    expect(outcome).toEqual({ kind: 'delivered' })
    const logs = JSON.parse(String(request.body))
    expect(logs.map(({ pollhook }: { pollhook: object }) => pollhook)).toMatchObject([
      { id: 'evt_a', part: 1, parts: 4 },
      { id: 'evt_a', part: 2, parts: 4 },
      { id: 'evt_a', part: 3, parts: 4 },
      { id: 'evt_a', part: 4, parts: 4 },
    ])
    for (const log of logs) expect(Buffer.byteLength(JSON.stringify(log))).toBeLessThanOrEqual(1_000_000)
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: large.raw }])
  })

  it('is refused, not cut, when it is above 5 MB altogether', () => {
    const huge = { ...EVENT, raw: `{"text":"${'x'.repeat(5_000_000)}"}` }
    expect(postTo(receiver(), datadog, [huge]).outcome).toEqual({
      kind: 'refused',
      reason: 'the receiver answered 413',
    })
  })
})

/** https://docs.datadoghq.com/api/latest/logs/send-logs/ */
describe('what an answer means', () => {
  it.each([
    [202, 'delivered'],
    [200, 'delivered'],
    [400, 'refused'],
    [401, 'hold'],
    [403, 'hold'],
    [408, 'retry'],
    [413, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i is %s', (status, kind) => {
    const outcome = datadog.outcome({ status, headers: {}, body: '{}' }, {} as never, {}, NOW)
    expect(outcome.kind).toBe(kind)
  })
})

describe('the simulated receiver', () => {
  const answer = (change: { path?: string; headers?: Record<string, string | undefined>; body?: string }) => {
    const { request } = postTo(receiver(), datadog, [EVENT])
    const headers = Object.entries({ ...request.headers, ...change.headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    const received = receivedRequest({ ...request, headers: Object.fromEntries(headers) })
    const body = change.body === undefined ? received.body : Buffer.from(change.body)
    return receiver().answer({ ...received, path: change.path ?? received.path, body }).status
  }

  it.each([
    ['no key', { headers: { 'dd-api-key': undefined } }, 401],
    ['another key', { headers: { 'dd-api-key': 'x' } }, 403],
    ['another path', { path: '/v1/input' }, 404],
    ['another content type', { headers: { 'content-type': 'application/x-ndjson' } }, 400],
    ['lines', { body: '{"message":"a"}\n{"message":"b"}' }, 400],
    ['a log without message', { body: '[{"ddsource":"a"}]' }, 400],
    ['tags as a list', { body: '[{"message":"a","ddtags":["a:b"]}]' }, 400],
    ['more than 1,000 logs', { body: `[${Array(1_001).fill('{"message":"a"}').join()}]` }, 400],
    ['more than 5 MB', { body: `[{"message":"${'x'.repeat(5_000_000)}"}]` }, 413],
  ])('refuses %s', (_, change, status) => {
    expect(answer(change)).toBe(status)
  })

  it('drops what is too old and cuts what is too long, as Datadog does', () => {
    const to = receiver()
    const { request } = postTo(to, datadog, [EVENT])
    const send = (log: object) =>
      to.answer({ ...receivedRequest(request), body: Buffer.from(JSON.stringify([log])) }).status
    expect(send({ message: 'x', date: NOW.getTime() - 19 * HOUR_MS, pollhook: { id: 'old' } })).toBe(202)
    expect(send({ message: '{"eventTime":"2026-04-01T00:00:00Z"}', pollhook: { id: 'old' } })).toBe(202)
    expect(send({ message: 'x'.repeat(1_000_000), pollhook: { id: 'long' } })).toBe(202)
    expect(to.stored().map(({ id, raw }) => [id, raw.length])).toEqual([
      ['evt_a', EVENT.raw.length],
      ['long', 1_000_000],
    ])
  })
})
