import { describe, expect, it } from 'vitest'
import { firehose } from '../../../../functions/deliver/destinations/firehose.ts'
import { createFirehose } from '../../../../local/receivers/firehose.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { NOW, postSigned } from './post-signed.ts'
import { someEvents } from './post-to-receiver.ts'

const OWN = { region: 'eu-west-1', stream: 'audit' }
const decoded = (body: string) =>
  body.replaceAll(/"Data":"([^"]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString())
destinationContract('firehose', firehose, [
  { name: 'envelope', own: OWN, origin: 'https://firehose.eu-west-1.amazonaws.com', decoded },
  {
    name: 'in China',
    own: { ...OWN, region: 'cn-north-1' },
    origin: 'https://firehose.cn-north-1.amazonaws.com.cn',
    decoded,
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\n "a": 1.10 }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) => firehose.config.parse({ ...OWN, ...more }) as never
const delivery = (events: readonly OutgoingEvent[]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, events = [EVENT]) =>
  firehose.request(delivery(events), config(more), () => '', NOW)
const records = (body: unknown): string[] =>
  JSON.parse(String(body)).Records.map(({ Data }: { Data: string }) => Buffer.from(Data, 'base64').toString())

describe('the request', () => {
  it('calls PutRecordBatch of the stream, with a line in base64 for each event', () => {
    const { method, url, headers, body } = request()
    expect({ method, url, headers }).toEqual({
      method: 'POST',
      url: 'https://firehose.eu-west-1.amazonaws.com/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Firehose_20150804.PutRecordBatch',
      },
    })
    // `printf '%s\n' '{"id":"evt_a",…}' | base64 -w0`
    expect(body).toBe(
      '{"DeliveryStreamName":"audit","Records":[{"Data":"eyJpZCI6ImV2dF9hIiwidHlwZSI6InRpbmVzLmV2ZW50IiwidGltZXN0YW1wIjoiMjAyNi0wNS0wMVQxMDoxNTo0Mi40NzkxMjNaIiwic291cmNlIjoicHJvZC10aW5lcyIsImRhdGEiOnsgImlkIjogOTAwNzE5OTI1NDc0MDk5MywgICJhIjogMS4xMCB9fQo="}]}',
    )
  })

  it('has the vendor record alone in a record when it is to be raw', () => {
    expect(records(request({ format: 'raw' }).body)).toEqual(['{ "id": 9007199254740993,  "a": 1.10 }\n'])
  })

  it('goes elsewhere when the configuration says so', () => {
    const own = { ...OWN, format: 'raw', url: 'https://vpce-1.firehose.eu-west-1.vpce.amazonaws.com' } as never
    expect(firehose.request(delivery([EVENT]), own, () => '', NOW).url).toBe(
      'https://vpce-1.firehose.eu-west-1.vpce.amazonaws.com',
    )
  })

  it('stays below 500 records and 4 MiB, whatever is asked for', () => {
    expect(firehose.maxEventsPerRequest?.(config())).toBe(500)
    const { maxEvents, maxBytes } = firehose.batch
    const raw = JSON.stringify('x'.repeat(Math.floor(maxBytes / maxEvents) - 2))
    const many = Array.from({ length: maxEvents }, (_, n) => ({ ...EVENT, id: `evt_${n}`, raw }))
    expect(Buffer.byteLength(String(request({}, many).body))).toBeLessThan(4 * 1024 * 1024)
  })

  it('is signed for Firehose in the Region', () => {
    expect(firehose.auth?.(config())).toEqual({ kind: 'aws', service: 'firehose', region: 'eu-west-1' })
  })
})

it.each(['', 'eu-west', 'EU-WEST-1', 'eu-west-1/'])('%j is not a Region', (region) => {
  expect(firehose.config.safeParse({ ...OWN, region }).success).toBe(false)
})

describe('an answer', () => {
  const three = someEvents(3)
  const outcome = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    firehose.outcome(
      { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
      delivery(three),
      config(),
      NOW,
    )
  const ok = { RecordId: 'a' }
  const busy = { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
  const failure = { ErrorCode: 'InternalFailure', ErrorMessage: 'Internal Service Failure' }

  it('without failed records is a delivery', () => {
    expect(outcome(200, { FailedPutCount: 0, RequestResponses: [ok, ok, ok] })).toEqual({ kind: 'delivered' })
  })

  it('names the records that failed, and only those are sent again', () => {
    expect(outcome(200, { FailedPutCount: 2, RequestResponses: [busy, ok, failure] })).toEqual({
      kind: 'partial',
      retry: [0, 2],
      refused: [],
    })
  })

  it('takes no record for delivered that has neither an id nor an error', () => {
    expect(outcome(200, { FailedPutCount: 1, RequestResponses: [ok, {}, { RecordId: null }] })).toEqual({
      kind: 'partial',
      retry: [1, 2],
      refused: [],
    })
  })

  it('with nothing but failed records is tried again as a whole', () => {
    expect(outcome(200, { FailedPutCount: 3, RequestResponses: [busy, busy, failure] })).toEqual({
      kind: 'retry',
      reason: 'the receiver answered ServiceUnavailableException',
    })
  })

  it('with an error that is not known is tried again, and does not repeat what it does not know', () => {
    const odd = { ErrorCode: 'secret <b>' }
    expect(outcome(200, { FailedPutCount: 3, RequestResponses: [odd, odd, odd] })).toEqual({
      kind: 'retry',
      reason: 'the receiver answered an error that is not known',
    })
  })

  it.each([
    '',
    '{',
    {},
    { FailedPutCount: 0 },
    { FailedPutCount: 0, RequestResponses: [ok, ok] },
    { FailedPutCount: 0, RequestResponses: 'ok' },
  ])('that does not tell of each record is tried again: %j', (body) => {
    expect(outcome(200, body).kind).toBe('retry')
  })

  // https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html#API_PutRecordBatch_Errors and CommonErrors.html
  it.each([
    [400, 'InvalidArgumentException', 'refused'],
    [400, 'SerializationException', 'refused'],
    [400, 'ValidationError', 'refused'],
    [400, 'InvalidKMSResourceException', 'hold'],
    [400, 'InvalidSourceException', 'hold'],
    [400, 'ResourceNotFoundException', 'hold'],
    [500, 'ServiceUnavailableException', 'retry'],
    [503, 'ServiceUnavailable', 'retry'],
    [400, 'AccessDeniedException', 'hold'],
    [403, 'IncompleteSignature', 'hold'],
    [500, 'InternalFailure', 'retry'],
    [403, 'MissingAuthenticationToken', 'hold'],
    [400, 'NotAuthorized', 'hold'],
    [403, 'OptInRequired', 'hold'],
    [400, 'RequestExpired', 'retry'],
    [400, 'ThrottlingException', 'retry'],
    [403, 'InvalidClientTokenId', 'hold'],
    [400, 'UnrecognizedClientException', 'hold'],
    [400, 'ExpiredTokenException', 'retry'],
    [400, 'InvalidSignatureException', 'hold'],
    [404, 'UnknownOperationException', 'hold'],
  ] as const)('%i %s is %s', (status, type, kind) => {
    for (const body of [{ __type: type }, { __type: `com.amazonaws.firehose#${type}` }]) {
      const found = outcome(status, body)
      expect(found.kind).toBe(kind)
      expect(JSON.stringify(found)).toContain(type)
    }
    expect(outcome(status, '', { 'x-amzn-errortype': `${type}:http://internal.amazon.com/` }).kind).toBe(kind)
  })
})

describe('the simulated Firehose', () => {
  it('takes what is sent, signed by the role, and has the records as they were', async () => {
    const receiver = createFirehose()
    const events = someEvents(5)
    expect((await postSigned(receiver, firehose, events)).outcome).toEqual({ kind: 'delivered' })
    const lines = events.map(({ id, raw }) => ({ id, raw: raw.replaceAll('\n', ' ') }))
    expect(receiver.stored()).toEqual(lines)
  })

  it('names the records that it could not take', async () => {
    let asked = 0
    const receiver = createFirehose({ itemFails: () => asked++ % 2 === 1 })
    const { outcome } = await postSigned(receiver, firehose, someEvents(4))
    expect(outcome).toEqual({ kind: 'partial', retry: [1, 3], refused: [] })
    expect(receiver.stored()).toHaveLength(2)
  })

  it.each([
    ['another stream', { stream: 'other' }, 'hold'],
    ['a signature for another Region', { region: 'us-east-1' }, 'hold'],
    ['another path', { url: 'https://receiver.example.com/events' }, 'hold'],
  ])('does not take %s', async (_, change, kind) => {
    const receiver = createFirehose()
    expect((await postSigned(receiver, firehose, someEvents(1), change)).outcome.kind).toBe(kind)
    expect(receiver.stored()).toEqual([])
  })
})
