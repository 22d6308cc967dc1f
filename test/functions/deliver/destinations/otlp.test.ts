import { describe, expect, it } from 'vitest'
import { otlp as typed } from '../../../../functions/deliver/destinations/otlp.ts'
import { createOtlp } from '../../../../local/receivers/otlp.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const otlp: AnyDestination = typed

/** The clock of postTo. */
const NOW = new Date('2026-05-01T10:15:42.479Z')
const HOUR_MS = 3_600_000

destinationContract('otlp', otlp, [
  { name: 'as little as possible', own: {} },
  {
    name: 'a resource and an age limit',
    own: { serviceName: 'tines', resource: { 'deployment.environment.name': 'prod' }, maxAge: '24h' },
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "a": "b\\nc" }',
}

describe('the request', () => {
  it('is one resource with a log record for each event, the record as text in its body', () => {
    const change = { resource: { 'deployment.environment.name': 'prod' } }
    const { request, outcome } = postTo(createOtlp(), otlp, [EVENT], change)
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/v1/logs',
      headers: { authorization: 'Bearer simulated-otlp-token', 'content-type': 'application/json' },
      body:
        '{"resourceLogs":[{"resource":{"attributes":[' +
        '{"key":"deployment.environment.name","value":{"stringValue":"prod"}},{"key":"service.name","value":{"stringValue":"prod-tines"}},' +
        '{"key":"pollhook.source.id","value":{"stringValue":"prod-tines"}},{"key":"pollhook.source.type","value":{"stringValue":"tines"}}]},' +
        '"scopeLogs":[{"scope":{"name":"pollhook"},"logRecords":[{"timeUnixNano":"1777630542479123000",' +
        '"body":{"stringValue":"{ \\"id\\": 9007199254740993,\\r\\n \\"a\\": \\"b\\\\nc\\" }"},"attributes":[' +
        '{"key":"log.record.uid","value":{"stringValue":"evt_a"}},{"key":"pollhook.event.type","value":{"stringValue":"tines.event"}},' +
        '{"key":"pollhook.event.time","value":{"stringValue":"2026-05-01T10:15:42.479123Z"}}],"eventName":"tines.event"}]}]}]}',
    })
  })

  it('is stored record by record as it was written', () => {
    const receiver = createOtlp()
    const events = someEvents(250)
    expect(postTo(receiver, otlp, events).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it.each(['service.name', 'pollhook.source.id'])('has no %s of the configuration beside its own', (name) => {
    expect(() => configFor(createOtlp(), otlp, { resource: { [name]: 'x' } })).toThrow('is set by pollhook itself')
  })

  it.each([
    ['23 hours old', 23 * HOUR_MS, '24h', true],
    ['25 hours old', 25 * HOUR_MS, '24h', false],
    ['two years old, and no limit', 17_520 * HOUR_MS, undefined, true],
  ])('has a time for an event that is %s, if the backend takes that: %4$s', (_, ageMs, maxAge, hasTime) => {
    const event = { ...EVENT, time: new Date(NOW.getTime() - ageMs).toISOString() }
    const { request } = postTo(createOtlp(), otlp, [event], { maxAge })
    expect(String(request.body).includes('timeUnixNano')).toBe(hasTime)
    expect(String(request.body)).toContain(event.time)
  })

  it('says what becomes of old events only where there is a limit', () => {
    const config = (own: object) => otlp.config.parse({ url: 'https://otlp.example.com/v1/logs', ...own })
    expect(otlp.ageLimit?.(config({}))).toBeUndefined()
    expect(otlp.ageLimit?.(config({ maxAge: '24h' }))?.maxAgeMs).toBe(24 * HOUR_MS)
  })
})

const outcome = (status: number, body: string, count = 3) => {
  const events = someEvents(count)
  const delivery = deliveryOf({ v: 1, destination: 'siem', source: { id: 'a', type: 'b' }, events })
  return otlp.outcome({ status, headers: {}, body }, delivery, {}, NOW)
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp-response */
describe('a 2xx', () => {
  it.each([
    [200, '{}'],
    [200, '{"partialSuccess":{}}'],
    [200, '{"partialSuccess":null}'],
    [200, '{"partialSuccess":{"rejectedLogRecords":"0"}}'],
    [200, '{"partialSuccess":{"rejectedLogRecords":0,"errorMessage":"use another name"}}'],
    [200, ''],
    [201, ''],
    [202, ''],
    [204, ''],
  ])('%i %s is a delivery', (status, body) => {
    expect(outcome(status, body)).toEqual({ kind: 'delivered' })
  })

  it.each(['<html>Sign in</html>', 'null', '[]', '{', 'OK', '{"partialSuccess":{"rejectedLogRecords":"some"}}'])(
    'with the body %j is not known to be one',
    (body) => {
      expect(outcome(200, body).kind).toBe('retry')
    },
  )

  it.each(['"2"', '2'])(
    'with %s rejected log records refuses each of them, since it does not say which, and sends none again',
    (rejected) => {
      const reason = 'the receiver rejected 2 of 3 log records and does not say which'
      expect(outcome(200, `{"partialSuccess":{"rejectedLogRecords":${rejected},"errorMessage":"secret"}}`)).toEqual({
        kind: 'partial',
        retry: [],
        refused: [
          { index: 0, reason },
          { index: 1, reason },
          { index: 2, reason },
        ],
      })
    },
  )

  it('with one rejected log record of one refuses it', () => {
    const receiver = createOtlp({ rejects: () => true })
    expect(postTo(receiver, otlp, [EVENT]).outcome).toEqual({
      kind: 'partial',
      retry: [],
      refused: [{ index: 0, reason: 'the receiver rejected 1 of 1 log records' }],
    })
    expect(receiver.stored()).toEqual([])
  })
})

/** https://opentelemetry.io/docs/specs/otlp/#failures-1 */
describe('what another answer means', () => {
  it.each([
    [301, 'hold'],
    [400, 'refused'],
    [401, 'hold'],
    [403, 'hold'],
    [404, 'hold'],
    [405, 'hold'],
    [413, 'refused'],
    [415, 'refused'],
    [422, 'refused'],
    [429, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ])('%i is %s', (status, kind) => {
    expect(outcome(status, '').kind).toBe(kind)
  })

  it.each([408, 425, 500, 501, 505, 507, 599])('%i must not be retried, not even in halves', (status) => {
    const reason = `the receiver answered ${status}, which OTLP does not allow to retry`
    expect(outcome(status, '', 2)).toEqual({
      kind: 'partial',
      retry: [],
      refused: [
        { index: 0, reason },
        { index: 1, reason },
      ],
    })
  })
})

describe('the simulated receiver', () => {
  const { request } = postTo(createOtlp(), otlp, [EVENT])
  const received = receivedRequest(request)
  const withRecord = (record: object) =>
    Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }))

  it.each([
    ['no token', { headers: { 'content-type': 'application/json' } }, 401],
    ['another path', { path: '/' }, 404],
    ['protobuf', { headers: { ...request.headers, 'content-type': 'application/x-protobuf' } }, 415],
    ['keys in snake_case', { body: Buffer.from('{"resource_logs":[]}') }, 400],
    ['a time that is a number', { body: withRecord({ timeUnixNano: 1777630542479123000 }) }, 400],
    ['a time with a fraction', { body: withRecord({ timeUnixNano: '1777630542479123000.5' }) }, 400],
    ['a body that is plain text', { body: withRecord({ body: 'x' }) }, 400],
    ['a value of two types', { body: withRecord({ body: { stringValue: 'x', boolValue: true } }) }, 400],
    ['attributes that are an object', { body: withRecord({ attributes: { a: 'b' } }) }, 400],
    ['a trace id in base64', { body: withRecord({ traceId: 'W47/9cACTZaLLo/YcGNGlg==' }) }, 400],
    ['an attribute twice', { body: withRecord({ attributes: [{ key: 'a' }, { key: 'a' }] }) }, 400],
  ])('refuses %s', (_, change, status) => {
    expect(createOtlp().answer({ ...received, ...change }).status).toBe(status)
  })
})
