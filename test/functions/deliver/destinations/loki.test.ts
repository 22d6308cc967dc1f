import { describe, expect, it } from 'vitest'
import { loki as typed } from '../../../../functions/deliver/destinations/loki.ts'
import { createLoki } from '../../../../local/receivers/loki.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const loki: AnyDestination = typed

/** The clock of postTo. */
const NOW = new Date('2026-05-01T10:15:42.479Z')
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const receiver = (options = {}) => createLoki({ now: () => NOW, ...options })

destinationContract('loki', loki, [
  { name: 'as little as possible', own: {} },
  { name: 'a stream for each source', own: { streams: 'source', tenant: 'acme', labels: { environment: 'prod' } } },
  { name: 'without structured metadata', own: { structuredMetadata: false } },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "a": "b\\nc" }',
}
const at = (time: string, id = 'evt_a', raw = EVENT.raw): OutgoingEvent => ({ ...EVENT, id, time, raw })
const aged = (ms: number, id?: string) => at(new Date(NOW.getTime() - ms).toISOString(), id)
const streamsOf = (events: readonly OutgoingEvent[], change = {}) =>
  JSON.parse(String(postTo(receiver(), loki, events, change).request.body)).streams
const idsOf = ({ values }: { values: [string, string, { event_id: string }][] }) =>
  values.map(([, , { event_id }]) => event_id)

describe('the request', () => {
  it('is a stream with few labels, the line is the record, and the id is in structured metadata', () => {
    const { request, outcome } = postTo(receiver(), loki, [EVENT], { labels: { environment: 'prod' }, tenant: 'acme' })
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/loki/api/v1/push',
      headers: {
        authorization: 'Basic MTIzNDU2OmdsY19zaW11bGF0ZWQtYWNjZXNzLXBvbGljeS10b2tlbg==',
        'content-type': 'application/json',
        'x-scope-orgid': 'acme',
      },
      body:
        '{"streams":[{"stream":{"environment":"prod","job":"pollhook","source":"prod-tines","hour":"2026-05-01T10"},' +
        '"values":[["1777630542479123000","{ \\"id\\": 9007199254740993,\\r\\n \\"a\\": \\"b\\\\nc\\" }",{"event_id":"evt_a","event_type":"tines.event"}]]}]}',
    })
  })

  it.each([
    ['https://logs-prod-012.grafana.net', 'https://logs-prod-012.grafana.net/loki/api/v1/push'],
    ['https://loki.example.com/', 'https://loki.example.com/loki/api/v1/push'],
    ['https://example.com/logs/loki/api/v1/push', 'https://example.com/logs/loki/api/v1/push'],
    ['https://example.com/logs?a=b', 'https://example.com/logs/loki/api/v1/push?a=b'],
  ])('goes from %s to %s', (url, wanted) => {
    expect(postTo(receiver(), loki, [EVENT], { url }).request.url).toBe(wanted)
  })

  it('has the oldest entry of a stream first, to the nanosecond, and leaves those of one instant in their order', () => {
    const [stream, ...more] = streamsOf([
      at('2026-05-01T10:15:42.000002Z', 'evt_c'),
      at('2026-05-01T10:15:42.000001Z', 'evt_a'),
      at('2026-05-01T10:20:59.999999Z', 'evt_e'),
      at('2026-05-01T10:15:42.000002Z', 'evt_d'),
      at('2026-05-01T10:15:42.0000015Z', 'evt_b'),
    ])
    expect(more).toEqual([])
    expect(idsOf(stream)).toEqual(['evt_a', 'evt_b', 'evt_c', 'evt_d', 'evt_e'])
  })

  it('is stored with the lines as the vendor wrote them', () => {
    const to = receiver()
    const events = someEvents(1_000)
    expect(postTo(to, loki, events).outcome).toEqual({ kind: 'delivered' })
    expect(to.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it('is stored once, however often it is sent', () => {
    const to = receiver()
    for (let attempt = 0; attempt < 3; attempt++) postTo(to, loki, [EVENT, aged(30 * DAY_MS, 'evt_b')])
    expect(to.stored().map(({ id }) => id)).toEqual(['evt_a', 'evt_b'])
  })

  it.each(['job', 'source', 'hour', '__name'])('has no label %s of the configuration', (name) => {
    expect(() => configFor(receiver(), loki, { labels: { [name]: 'x' } })).toThrow('is set by pollhook itself')
  })

  it('has at most 15 labels, as many as Loki takes', () => {
    const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${n}`, 'x']))
    expect(postTo(receiver(), loki, [EVENT], { labels: labels(12) }).outcome).toEqual({ kind: 'delivered' })
    expect(() => configFor(receiver(), loki, { labels: labels(13) })).toThrow('must have at most 12 labels')
  })
})

describe('events that arrive in any order', () => {
  const hours = [10, 3, 7, 9, 4].map((hour) => at(`2026-05-01T${String(hour).padStart(2, '0')}:10:00Z`, `evt_${hour}`))

  it('have a stream for each hour, so that Loki takes each, whichever comes first', () => {
    const to = receiver()
    for (const event of hours) expect(postTo(to, loki, [event]).outcome).toEqual({ kind: 'delivered' })
    expect(to.stored().map(({ id }) => id)).toEqual(['evt_10', 'evt_3', 'evt_7', 'evt_9', 'evt_4'])
    const streams = streamsOf(hours)
    expect(streams.map(({ stream }: { stream: { hour: string } }) => stream.hour)).toEqual([
      '2026-05-01T10',
      '2026-05-01T03',
      '2026-05-01T07',
      '2026-05-01T09',
      '2026-05-01T04',
    ])
  })

  it('would be refused in one stream, as the reason says', () => {
    const to = receiver()
    postTo(to, loki, [hours[0] ?? EVENT], { streams: 'source' })
    const { outcome } = postTo(to, loki, [hours[1] ?? EVENT], { streams: 'source' })
    expect(outcome).toEqual({
      kind: 'refused',
      reason:
        'Loki answered 400: the entry is too far behind the newest one of its stream: wanted a stream for each hour',
    })
    expect(to.stored().map(({ id }) => id)).toEqual(['evt_10'])
  })
})

describe('an event that is too old for Loki, or too far ahead', () => {
  it.each([
    ['6 days old', 6 * DAY_MS, {}, undefined],
    ['7 days old less five minutes', 7 * DAY_MS - 300_000, {}, '2026-05-01T00'],
    ['two months old', 60 * DAY_MS, {}, '2026-05-01T00'],
    ['two months old, where Loki takes 90 days', 60 * DAY_MS, { maxAge: '90d' }, undefined],
    ['two months old, in a stream for the source', 60 * DAY_MS, { streams: 'source' }, '2026-05-01T00'],
    ['nine minutes ahead', -540_000, {}, undefined],
    ['eleven minutes ahead', -660_000, {}, '2026-05-01T00'],
  ])('%s is stored, at the beginning of today if need be', (_, ageMs, change, today) => {
    const event = aged(ageMs)
    const [{ stream, values }] = streamsOf([event], change)
    const [nanos, , metadata] = values[0]
    if (today === undefined) {
      expect(nanos).toBe(`${NOW.getTime() - ageMs}000000`)
      expect(metadata).not.toHaveProperty('event_time')
    } else {
      expect(nanos).toBe('1777593600000000000')
      expect(stream.hour).toBe(today)
      expect(metadata.event_time).toBe(event.time)
    }
  })

  it('is stored by Loki, unlike with its own time', () => {
    const to = receiver()
    expect(postTo(to, loki, [aged(60 * DAY_MS)]).outcome).toEqual({ kind: 'delivered' })
    expect(postTo(to, loki, [aged(60 * DAY_MS)], { maxAge: '90d' }).outcome).toEqual({
      kind: 'refused',
      reason: 'Loki answered 400: the timestamp is too old: wanted a maxAge as small as reject_old_samples_max_age',
    })
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: EVENT.raw }])
  })

  it('is the same on every attempt of a day', () => {
    const config = loki.config.parse({ url: 'https://loki.example.com' })
    const delivery = { id: 'evt_a', source: { id: 'a', type: 'b' }, events: [aged(60 * DAY_MS)] }
    const bodyAt = (time: string) => loki.request(delivery, config, () => '', new Date(time)).body
    expect(bodyAt('2026-05-01T23:59:59.999Z')).toBe(bodyAt('2026-05-01T00:00:00Z'))
  })

  it('says so before it happens, by the limit of the configuration', () => {
    const ageLimit = (own: object) => loki.ageLimit?.(loki.config.parse({ url: 'https://loki.example.com', ...own }))
    expect(ageLimit({})?.maxAgeMs).toBe(7 * DAY_MS)
    expect(ageLimit({ maxAge: '30d' })?.maxAgeMs).toBe(30 * DAY_MS)
  })
})

describe('a record that is too long for a line', () => {
  const long = { ...EVENT, raw: `{\n"text":"${'é\\"€'.repeat(100_000)}"}` }

  it('arrives whole, in numbered lines', () => {
    const to = receiver()
    expect(postTo(to, loki, [long]).outcome).toEqual({ kind: 'delivered' })
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: long.raw }])
    const [{ values }] = streamsOf([long])
    expect(values.map(([, , metadata]: [string, string, object]) => metadata)).toMatchObject([
      { event_id: 'evt_a', part: '1', parts: '3' },
      { event_id: 'evt_a', part: '2', parts: '3' },
      { event_id: 'evt_a', part: '3', parts: '3' },
    ])
  })

  it('has lines as long as the configuration says', () => {
    const [{ values }] = streamsOf([long], { maxLineBytes: 10_000 })
    for (const [, line] of values) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(10_000)
    expect(values.map(([, line]: [string, string]) => line).join('')).toBe(long.raw)
  })

  it('without structured metadata is text in lines of JSON, each with the id', () => {
    const [{ values }] = streamsOf([long], { structuredMetadata: false, maxLineBytes: 10_000 })
    const lines: { text: string }[] = values.map(([, line]: [string, string]) => JSON.parse(line))
    for (const [, line] of values) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(10_000)
    expect(lines[0]).toMatchObject({ id: 'evt_a', type: 'tines.event', part: 1, parts: lines.length })
    expect(lines.map(({ text }) => text).join('')).toBe(long.raw)
  })
})

describe('without structured metadata', () => {
  it('the line is JSON around the record, and old Lokis take it', () => {
    const to = receiver({ allowsMetadata: false })
    expect(postTo(to, loki, [EVENT], { structuredMetadata: false }).outcome).toEqual({ kind: 'delivered' })
    const line =
      '{"id":"evt_a","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993,   "a": "b\\nc" }}'
    expect(to.stored()).toEqual([{ id: 'evt_a', raw: line }])
  })

  it('is what a Loki that does not take it asks for, on hold', () => {
    expect(postTo(receiver({ allowsMetadata: false }), loki, [EVENT]).outcome).toEqual({
      kind: 'hold',
      reason: 'Loki answered 400: Loki does not take structured metadata',
    })
  })
})

describe('what an answer means', () => {
  const outcome = (status: number, body = '') => loki.outcome({ status, headers: {}, body }, {} as never, {}, NOW)

  it.each([
    [204, '', 'delivered'],
    [200, '', 'delivered'],
    [260, "ingestion blocked for user 29 until '2026-06-01T00:00:00Z' with status code '260'", 'hold'],
    [400, 'loghttp.PushRequest.Streams: readObjectStart', 'refused'],
    [401, 'no org id', 'hold'],
    [403, '', 'hold'],
    [404, '', 'hold'],
    [413, 'request body too large', 'refused'],
    [422, 'error at least one valid stream is required for ingestion', 'refused'],
    [429, 'Ingestion rate limit exceeded for user 29 (limit: 4194304 bytes/sec)', 'retry'],
    [429, "Maximum active stream limit exceeded when trying to create stream {a='b'}", 'retry'],
    [499, 'The request was cancelled by the client.', 'retry'],
    [500, 'rpc error', 'retry'],
    [503, '', 'retry'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(outcome(status, body).kind).toBe(kind)
  })

  /** The words of pkg/validation/validate.go and pkg/ingester/stream.go. */
  it.each([
    [
      'entry for stream \'{a="b"}\' has timestamp too old: 2026-03-01T00:00:00Z, oldest acceptable timestamp is: 2026-04-24T00:00:00Z',
      'refused',
      'too old',
    ],
    ['entry for stream \'{a="b"}\' has timestamp too new: 2026-05-02T00:00:00Z', 'refused', 'too far ahead'],
    [
      "entry with timestamp 2026-05-01 03:10:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: …'",
      'refused',
      'too far behind',
    ],
    [
      'entry with timestamp 2026-05-01 03:10:00 +0000 UTC ignored, reason: \'entry out of order\' for stream: {a="b"}',
      'refused',
      'unordered_writes',
    ],
    [
      "Max entry size '262144' bytes exceeded for stream '{a=\"b\"}' while adding an entry with length '300000' bytes",
      'refused',
      'too long',
    ],
    [
      'stream \'{a="b"}\' includes structured metadata, but this feature is disallowed. Please see `limits_config.allow_structured_metadata`',
      'hold',
      'structured metadata',
    ],
    ["stream '{a=\"b\"}' has too many structured metadata labels: '3', limit: '1'", 'hold', 'structured metadata'],
    [
      "stream '{a=\"b\"}' has structured metadata too large: '80' bytes, limit: '64' bytes",
      'hold',
      'structured metadata',
    ],
    ['missing required labels cluster for user 29 for stream {a="b"}', 'hold', 'wants labels'],
    ['entry for stream \'{a="b"}\' has 16 label names; limit 15', 'hold', 'labels'],
    ["stream '{a=\"b\"}' has label value too long: 'x'", 'hold', 'labels'],
    ['error at least one label pair is required per stream', 'hold', 'labels'],
    ["Error parsing labels '{a b}' with error: 1:4: parse error", 'hold', 'labels'],
  ])('400 %s is %s', (body, kind, words) => {
    const found = outcome(400, body)
    expect(found.kind).toBe(kind)
    expect('reason' in found ? found.reason : '').toContain(words)
  })
})

describe('the simulated receiver', () => {
  const { request } = postTo(receiver(), loki, [EVENT])
  const send = (body: unknown, change = {}) =>
    receiver().answer({ ...receivedRequest(request), body: Buffer.from(JSON.stringify(body)), ...change }).status
  const stream = (values: unknown) => ({ streams: [{ stream: { a: 'b' }, values }] })
  const nanos = `${NOW.getTime()}000000`

  it.each([
    ['no streams', { streams: [] }, 422],
    ['a timestamp that is a number', stream([[1777630542479123000, 'x']]), 400],
    ['a line that is an object', stream([[nanos, { a: 1 }]]), 400],
    ['structured metadata that is not text', stream([[nanos, 'x', { a: 1 }]]), 400],
    ['a key in another case', { Streams: [] }, 400],
    ['no labels', { streams: [{ stream: {}, values: [[nanos, 'x']] }] }, 400],
    ['a label with a dot', { streams: [{ stream: { 'a.b': 'c' }, values: [[nanos, 'x']] }] }, 400],
  ])('refuses %s', (_, body, status) => {
    expect(send(body)).toBe(status)
  })

  it.each([
    ['another credential', { headers: { ...request.headers, authorization: 'Basic eDp5' } }, 401],
    ['another path', { path: '/api/prom/push' }, 404],
    ['another content type', { headers: { ...request.headers, 'content-type': 'text/plain' } }, 400],
  ])('refuses %s', (_, change, status) => {
    expect(send(stream([[nanos, 'x']]), change)).toBe(status)
  })

  it('stores the good entries beside the bad ones, and the same line with other metadata again', () => {
    const to = receiver()
    const answer = (values: unknown) =>
      to.answer({ ...receivedRequest(request), body: Buffer.from(JSON.stringify(stream(values))) }).status
    expect(
      answer([
        [nanos, 'new'],
        [`${NOW.getTime() - 8 * DAY_MS}000000`, 'old'],
      ]),
    ).toBe(400)
    expect(answer([[nanos, 'new']])).toBe(204)
    expect(answer([[nanos, 'new', { a: 'b' }]])).toBe(204)
    expect(answer([[`${NOW.getTime() - 2 * HOUR_MS}000000`, 'behind']])).toBe(400)
    expect(
      answer([
        [nanos, 'x'.repeat(262_145)],
        [nanos, 'short'],
      ]),
    ).toBe(400)
    expect(to.stored().map(({ raw }) => raw)).toEqual(['new', 'new', 'short'])
  })
})
