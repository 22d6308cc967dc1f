import { describe, expect, it } from 'vitest'
import { axiom as typed } from '../../../../functions/deliver/destinations/axiom.ts'
import { createAxiom } from '../../../../local/receivers/axiom.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const axiom: AnyDestination = typed

const OWN = { dataset: 'audit', token: { secret: 'axiom/token' } }
const SECRETS = { 'axiom/token': 'xaat-01234567-89ab-cdef-0123-456789abcdef' }
destinationContract('axiom', axiom, [
  { name: 'as little as possible', own: OWN, secrets: SECRETS, origin: 'https://us-east-1.aws.edge.axiom.co' },
  {
    name: 'record as text, Europe',
    own: { ...OWN, record: 'text', edge: 'eu-central-1' },
    secrets: SECRETS,
    origin: 'https://eu-central-1.aws.edge.axiom.co',
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "a": "b\\nc" }',
}

describe('the request', () => {
  it('is a line for each event, with _time, and the record below data', () => {
    const { request, outcome } = postTo(createAxiom(), axiom, [EVENT])
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/v1/ingest/audit',
      headers: { authorization: 'Bearer xaat-simulated-api-token', 'content-type': 'application/x-ndjson' },
      body:
        '{"_time":"2026-05-01T10:15:42.479123Z","id":"evt_a","type":"tines.event","source":"prod-tines",' +
        '"data":{ "id": 9007199254740993,   "a": "b\\nc" }}\n',
    })
  })

  it('has the record as text on request', () => {
    const { request } = postTo(createAxiom(), axiom, [EVENT], { record: 'text' })
    expect(JSON.parse(String(request.body)).data).toBe(EVENT.raw)
  })

  it.each([
    ['us-east-1', 'https://us-east-1.aws.edge.axiom.co/v1/ingest/audit'],
    ['eu-central-1', 'https://eu-central-1.aws.edge.axiom.co/v1/ingest/audit'],
  ])('goes to the edge deployment %s', (edge, wanted) => {
    const delivery = { id: 'evt_a', source: { id: 'a', type: 'b' }, events: [EVENT] }
    expect(axiom.request(delivery, axiom.config.parse({ ...OWN, edge }), () => '', new Date()).url).toBe(wanted)
  })

  it('is stored record by record', () => {
    const events = someEvents(5_000)
    const [asObjects, asTexts] = [createAxiom(), createAxiom()]
    postTo(asObjects, axiom, events)
    postTo(asTexts, axiom, events, { record: 'text' })
    expect(asObjects.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw: raw.replaceAll('\n', ' ') })))
    expect(asTexts.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it.each(['object', 'text'])('has a record of more than 1 MB, which Axiom would replace, in pieces: %s', (record) => {
    const receiver = createAxiom()
    const large = { ...EVENT, raw: `{"text":"${'é'.repeat(1_000_000)}"}` }
    expect(postTo(receiver, axiom, [large], { record }).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual([{ id: 'evt_a', raw: large.raw }])
  })

  it('has at most 10,000 events, as many as batch can ask for', () => {
    expect(axiom.maxEventsPerRequest?.({})).toBe(10_000)
  })

  it.each(['audit/x', '-audit', '', 'a'.repeat(129)])('has no dataset %j', (dataset) => {
    expect(() => configFor(createAxiom(), axiom, { dataset })).toThrow('must be the name of a dataset')
  })
})

const EVENTS = ['a', 'b', 'c', 'd'].map((letter, n) => ({
  ...EVENT,
  id: `evt_${letter}`,
  time: `2026-05-01T10:15:4${n}.5Z`,
  raw: `{"n":${n}}`,
}))
const delivery = deliveryOf({ v: 1, destination: 'siem', source: { id: 'a', type: 'b' }, events: EVENTS })
const outcome = (status: number, reply: object | string, of = delivery) => {
  const body = typeof reply === 'string' ? reply : JSON.stringify(reply)
  return axiom.outcome({ status, headers: {}, body }, of, {}, new Date())
}
const reply = (ingested: number, failed: number, timestamps: string[] = []) => ({
  ingested,
  failed,
  failures: timestamps.map((timestamp) => ({ timestamp, error: 'field limit exceeded' })),
  processedBytes: 219,
  blocksCreated: 0,
  walLength: 2,
})

describe('a 200', () => {
  it('is a delivery when everything is ingested', () => {
    expect(outcome(200, reply(4, 0))).toEqual({ kind: 'delivered' })
    expect(outcome(200, { ...reply(4, 0), failures: null })).toEqual({ kind: 'delivered' })
    expect(outcome(200, { ingested: 4, failed: 0 })).toEqual({ kind: 'delivered' })
  })

  it('with failures refuses the events with their timestamps, and no other', () => {
    const receiver = createAxiom({ fails: (line) => line.includes('"n":2') })
    const { outcome } = postTo(receiver, axiom, EVENTS)
    expect(outcome).toEqual({
      kind: 'partial',
      retry: [],
      refused: [{ index: 2, reason: 'Axiom did not ingest 1 of 4 events' }],
    })
    expect(receiver.stored().map(({ id }) => id)).toEqual(['evt_a', 'evt_b', 'evt_d'])
  })

  it('refuses every event that it can mean: those of one instant', () => {
    const [a, b, c, d] = EVENTS.map((event, n) => (n === 3 ? { ...event, time: EVENTS[1]?.time ?? '' } : event))
    const twins = { ...delivery, events: [a, b, c, d].flatMap((event) => event ?? []) }
    expect(outcome(200, reply(3, 1, ['2026-05-01T10:15:41.500Z']), twins)).toMatchObject({
      kind: 'partial',
      refused: [
        { index: 1, reason: 'Axiom did not ingest 1 of 4 events and does not say which' },
        { index: 3, reason: 'Axiom did not ingest 1 of 4 events and does not say which' },
      ],
    })
  })

  it.each([
    ['no list of failures', reply(3, 1)],
    ['fewer failures than it counts', reply(2, 2, ['2026-05-01T10:15:41.5Z'])],
    ['a timestamp of no event', reply(3, 1, ['2026-05-01T12:00:00Z'])],
    ['no timestamp', { ...reply(3, 1), failures: [{ error: 'x' }] }],
    ['fewer ingested than sent, and none failed', reply(3, 0)],
  ])('with %s refuses all of them', (_, body) => {
    const found = outcome(200, body)
    expect(found.kind === 'partial' && found.refused.map(({ index }) => index)).toEqual([0, 1, 2, 3])
    expect(found.kind === 'partial' && found.retry).toEqual([])
  })

  it('counts no more events than there were', () => {
    const single = { ...delivery, events: EVENTS.slice(0, 1) }
    expect(outcome(200, reply(0, 3), single)).toEqual({
      kind: 'partial',
      retry: [],
      refused: [{ index: 0, reason: 'Axiom did not ingest 1 of 1 events' }],
    })
  })

  it.each([
    '',
    'null',
    '[]',
    '<html>',
    '{"ingested":4}',
    '{"ingested":"4","failed":"0"}',
    '{"ingested":4,"failed":-1}',
  ])('with %j is not known to be one', (body) => {
    expect(outcome(200, body)).toEqual({ kind: 'retry', reason: 'Axiom answered 200 without a status of the ingest' })
  })
})

describe('what another answer means', () => {
  it.each([
    [400, 'refused'],
    [401, 'hold'],
    [403, 'hold'],
    [404, 'hold'],
    [413, 'refused'],
    [429, 'retry'],
    [430, 'hold'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i is %s', (status, kind) => {
    expect(outcome(status, '{"message":"x"}').kind).toBe(kind)
  })
})

describe('the simulated receiver', () => {
  const { request } = postTo(createAxiom(), axiom, [EVENT])
  const send = (change: object) => createAxiom().answer({ ...receivedRequest(request), ...change }).status

  it.each([
    ['no token', { headers: { 'content-type': 'application/x-ndjson' } }, 401],
    ['another token', { headers: { ...request.headers, authorization: 'Bearer x' } }, 403],
    ['another dataset', { path: '/v1/ingest/other' }, 404],
    ['another content type', { headers: { ...request.headers, 'content-type': 'text/plain' } }, 415],
    ['an array in NDJSON', { body: Buffer.from('[{"a":1}]') }, 400],
    ['more than 10,000 events', { body: Buffer.from('{}\n'.repeat(10_001)) }, 400],
    ['a name of more than 200 bytes', { body: Buffer.from(`{"${'x'.repeat(201)}":1}`) }, 400],
  ])('refuses %s', (_, change, status) => {
    expect(send(change)).toBe(status)
  })

  it('replaces a text of more than 1 MB, as Axiom does', () => {
    const receiver = createAxiom()
    const body = Buffer.from(`{"id":"evt_a","data":"${'x'.repeat(1_000_001)}"}`)
    receiver.answer({ ...receivedRequest(request), body })
    expect(receiver.stored()).toEqual([{ id: 'evt_a', raw: '<invalid string: too long>' }])
  })
})
