import { describe, expect, it } from 'vitest'
import { eventbridge } from '../../../../functions/deliver/destinations/eventbridge.ts'
import { createEventBridge } from '../../../../local/receivers/eventbridge.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { NOW, postSigned } from './post-signed.ts'
import { someEvents } from './post-to-receiver.ts'

const ORIGIN = 'https://events.eu-west-1.amazonaws.com'
destinationContract('eventbridge', eventbridge, [
  { name: 'as little as possible', own: { region: 'eu-west-1' }, origin: ORIGIN },
  {
    name: 'all fields',
    own: {
      region: 'eu-west-1',
      eventBus: 'arn:aws:events:eu-west-1:123456789012:event-bus/security',
      source: 'com.example.audit',
    },
    origin: ORIGIN,
  },
  { name: 'in Germany', own: { region: 'eusc-de-east-1' }, origin: 'https://events.eusc-de-east-1.amazonaws.eu' },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\n "a": "1" }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) =>
  eventbridge.config.parse({ region: 'eu-west-1', ...more }) as never
const delivery = (events: readonly OutgoingEvent[]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, events = [EVENT]) =>
  eventbridge.request(delivery(events), config(more), () => '', NOW)

describe('the request', () => {
  it('calls PutEvents with an entry for each event', () => {
    const { method, url, headers, body } = request()
    expect({ method, url, headers }).toEqual({
      method: 'POST',
      url: 'https://events.eu-west-1.amazonaws.com/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
    })
    // `date -u -d 2026-05-01T10:15:42Z +%s` is 1777630542.
    expect(body).toBe(
      '{"Entries":[{"Time":1777630542.479,"Source":"pollhook.prod-tines","Resources":["evt_a"],"DetailType":"tines.event","Detail":"{ \\"id\\": 9007199254740993,\\n \\"a\\": \\"1\\" }","EventBusName":"default"}]}',
    )
  })

  it('names event bus and source as configured', () => {
    const [entry] = JSON.parse(String(request({ eventBus: 'security', source: 'com.example.audit' }).body)).Entries
    expect(entry).toMatchObject({ EventBusName: 'security', Source: 'com.example.audit' })
  })

  it('cuts a type to the 128 characters that there are for it', () => {
    const long = { ...EVENT, type: `tines.${'x'.repeat(200)}` }
    const [entry] = JSON.parse(String(request({}, [long]).body)).Entries
    expect(entry.DetailType).toBe(`tines.${'x'.repeat(122)}`)
  })

  it('is signed for EventBridge in the Region, and never has more than 10 entries', () => {
    expect(eventbridge.auth?.(config())).toEqual({ kind: 'aws', service: 'events', region: 'eu-west-1' })
    expect(eventbridge.maxEventsPerRequest?.(config())).toBe(10)
  })
})

it.each([
  { source: 'aws.ec2' },
  { source: '' },
  { eventBus: '' },
  { eventBus: 'arn:aws:sns:eu-west-1:123456789012:topic' },
  { region: 'Ireland' },
])('%j is not a configuration', (own) => {
  expect(eventbridge.config.safeParse({ region: 'eu-west-1', ...own }).success).toBe(false)
})

describe('an answer', () => {
  const three = someEvents(3)
  const outcome = (status: number, body: unknown) =>
    eventbridge.outcome(
      { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) },
      delivery(three),
      config(),
      NOW,
    )
  const ok = { EventId: '11710aed-b79e-4468-a20b-bb3c0c3b4860' }
  const failed = (ErrorCode: string) => ({ ErrorCode, ErrorMessage: 'm' })

  it('with an id for each entry is a delivery', () => {
    expect(outcome(200, { FailedEntryCount: 0, Entries: [ok, ok, ok] })).toEqual({ kind: 'delivered' })
  })

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
  it.each(['InternalFailure', 'InternalException', 'ThrottlingException', 'SomethingNew', 'constructor'])(
    'with %s for an entry has it sent again',
    (code) => {
      expect(outcome(200, { FailedEntryCount: 1, Entries: [ok, failed(code), ok] })).toEqual({
        kind: 'partial',
        retry: [1],
        refused: [],
      })
      const all = [failed(code), failed(code), failed(code)]
      expect(outcome(200, { FailedEntryCount: 3, Entries: all })).toEqual({
        kind: 'retry',
        reason: `the receiver answered ${code}`,
      })
    },
  )

  it.each(['InvalidArgument', 'MalformedDetail', 'RedactionFailure'])('with %s for an entry refuses it', (code) => {
    expect(outcome(200, { FailedEntryCount: 2, Entries: [failed('InternalFailure'), failed(code), ok] })).toEqual({
      kind: 'partial',
      retry: [0],
      refused: [{ index: 1, reason: `the receiver answered ${code}` }],
    })
  })

  it.each([
    'AccessDeniedException',
    'InvalidAccountIdException',
    'NotAuthorizedForSourceException',
    'NotAuthorizedForDetailTypeException',
  ])('with %s holds, once it stands for all entries', (code) => {
    const one = failed(code)
    expect(outcome(200, { FailedEntryCount: 3, Entries: [one, one, one] })).toEqual({
      kind: 'hold',
      reason: `the receiver answered ${code}`,
    })
    expect(outcome(200, { FailedEntryCount: 1, Entries: [one, ok, ok] })).toEqual({
      kind: 'partial',
      retry: [0],
      refused: [],
    })
  })

  it.each(['', '[]', {}, { FailedEntryCount: 0, Entries: [ok] }, { FailedEntryCount: 0, Entries: [ok, ok, {}] }])(
    'that does not tell of each entry is no delivery: %j',
    (body) => {
      expect(['retry', 'partial']).toContain(outcome(200, body).kind)
    },
  )

  it.each([
    [400, 'ValidationException', 'refused'],
    [500, 'InternalException', 'retry'],
    [400, 'ThrottlingException', 'retry'],
    [400, 'AccessDeniedException', 'hold'],
    [413, 'RequestEntityTooLargeException', 'refused'],
  ] as const)('%i %s is %s', (status, __type, kind) => {
    expect(outcome(status, { __type })).toMatchObject({ kind, reason: expect.stringContaining(__type) })
  })
})

describe('the simulated EventBridge', () => {
  it('takes what is sent, signed by the role, and has the records as they were', async () => {
    const receiver = createEventBridge()
    const events = someEvents(10)
    expect((await postSigned(receiver, eventbridge, events)).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it('takes the largest batch', async () => {
    const { maxEvents, maxBytes } = eventbridge.batch
    const raw = `{"x":"${'x'.repeat(Math.floor(maxBytes / maxEvents) - 8)}"}`
    const events = someEvents(maxEvents).map((event) => ({ ...event, type: 't'.repeat(300), raw }))
    expect((await postSigned(createEventBridge(), eventbridge, events)).outcome).toEqual({ kind: 'delivered' })
  })

  it('refuses what is no JSON object, by itself', async () => {
    const [one, two] = someEvents(2)
    const receiver = createEventBridge()
    const events = [{ ...one, raw: '[1]' } as OutgoingEvent, two as OutgoingEvent]
    expect((await postSigned(receiver, eventbridge, events)).outcome).toMatchObject({
      kind: 'partial',
      refused: [{ index: 0 }],
    })
    expect(receiver.stored()).toEqual([{ id: two?.id, raw: two?.raw }])
  })

  it('does not take a signature for another Region', async () => {
    const { outcome } = await postSigned(createEventBridge(), eventbridge, someEvents(1), { region: 'us-east-1' })
    expect(outcome).toMatchObject({ kind: 'hold', reason: 'the receiver answered IncompleteSignatureException' })
  })

  it('takes an event for a bus that is not there, and loses it, as the real one does', async () => {
    const receiver = createEventBridge()
    expect((await postSigned(receiver, eventbridge, someEvents(1), { eventBus: 'other' })).outcome.kind).toBe(
      'delivered',
    )
    expect(receiver.stored()).toEqual([])
  })
})
