import { describe, expect, it } from 'vitest'
import { configuredHeaders } from '../../../../functions/deliver/authorize.ts'
import { googleSecops } from '../../../../functions/deliver/destinations/google-secops.ts'
import { createGoogleSecops } from '../../../../local/receivers/google-secops.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { postTo, someEvents } from './post-to-receiver.ts'

const KEYS = { apiKey: { secret: 'soc/api-key' }, accessKey: { secret: 'soc/access-key' } }
const SECRETS = { 'soc/api-key': 'AIzaSyD-key-of-the-project', 'soc/access-key': 'secret-key-of-the-feed' }
destinationContract('google-secops', googleSecops, [
  { name: 'raw', own: KEYS, secrets: SECRETS },
  { name: 'envelope', own: { ...KEYS, format: 'envelope' }, secrets: SECRETS },
])

const NOW = new Date('2026-05-01T10:15:42.479Z')
const URL_ = 'https://eu-chronicle.googleapis.com/v1alpha/projects/p/locations/eu/instances/i/feeds/f:importPushLogs'
const EVENTS: OutgoingEvent[] = ['{ "id": 9007199254740993,\n "a": 1.10 }', '{}'].map((raw, n) => ({
  id: `evt_${n}`,
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw,
}))
const config = (more: Readonly<Record<string, unknown>> = {}) =>
  googleSecops.config.parse({ url: URL_, ...KEYS, ...more }) as never
const delivery = deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events: EVENTS })
const request = (more: Readonly<Record<string, unknown>> = {}) =>
  googleSecops.request(delivery, config(more), () => '', NOW)

describe('the request', () => {
  it('is the vendor records and nothing else, a line each, with the ids in a header', () => {
    expect(request()).toEqual({
      method: 'POST',
      url: URL_,
      headers: {
        'content-type': 'application/json',
        'pollhook-source': 'prod-tines',
        'pollhook-event-ids': 'evt_0,evt_1',
      },
      body: '{ "id": 9007199254740993,  "a": 1.10 }\n{}\n',
    })
  })

  it('is envelopes with the ids inside when a parser of your own reads it', () => {
    const { headers, body } = request({ format: 'envelope' })
    expect(headers).toEqual({ 'content-type': 'application/json' })
    expect(body).toBe(
      '{"id":"evt_0","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993,  "a": 1.10 }}\n' +
        '{"id":"evt_1","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{}}\n',
    )
  })

  it('carries both keys, in the headers that Google names', () => {
    const auth = googleSecops.auth?.(config())
    const secrets = ({ secret }: { secret: string }) => SECRETS[secret as keyof typeof SECRETS]
    expect(configuredHeaders({ headers: {}, auth }, secrets)).toEqual({
      'x-goog-api-key': 'AIzaSyD-key-of-the-project',
      'x-webhook-access-key': 'secret-key-of-the-feed',
    })
  })

  it('has no more events than ids fit into a header, unless they are inside', () => {
    expect(googleSecops.maxEventsPerRequest?.(config())).toBe(100)
    expect(googleSecops.maxEventsPerRequest?.(config({ format: 'envelope' }))).toBeUndefined()
  })
})

it.each([{ apiKey: undefined }, { accessKey: 'plain' }, { url: 'http://chronicle.example.com' }])(
  '%j is not a configuration',
  (more) => {
    expect(googleSecops.config.safeParse({ url: URL_, ...KEYS, ...more }).success).toBe(false)
  },
)

describe('an answer', () => {
  const outcome = (status: number, error?: unknown) => {
    const body = error === undefined ? '' : JSON.stringify({ error })
    return googleSecops.outcome({ status, headers: {}, body }, delivery, config(), NOW)
  }

  // https://docs.cloud.google.com/apis/design/errors#handling_errors
  it.each([
    [400, 'INVALID_ARGUMENT', 'refused'],
    [400, 'FAILED_PRECONDITION', 'hold'],
    [400, 'OUT_OF_RANGE', 'refused'],
    [401, 'UNAUTHENTICATED', 'hold'],
    [403, 'PERMISSION_DENIED', 'hold'],
    [404, 'NOT_FOUND', 'hold'],
    [409, 'ABORTED', 'retry'],
    [429, 'RESOURCE_EXHAUSTED', 'retry'],
    [499, 'CANCELLED', 'retry'],
    [500, 'INTERNAL', 'retry'],
    [501, 'UNIMPLEMENTED', 'retry'],
    [503, 'UNAVAILABLE', 'retry'],
    [504, 'DEADLINE_EXCEEDED', 'retry'],
  ] as const)('%i %s is %s', (status, code, kind) => {
    expect(outcome(status, { code: status, status: code, message: 'secret' })).toEqual({
      kind,
      reason: `the receiver answered ${status}: ${code}`,
    })
  })

  it.each(['API_KEY_INVALID', 'API_KEY_SERVICE_BLOCKED'])('400 for the key holds: %s', (reason) => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }]
    expect(outcome(400, { code: 400, status: 'INVALID_ARGUMENT', message: 'API key not valid.', details })).toEqual({
      kind: 'hold',
      reason: `the receiver answered 400: ${reason}`,
    })
  })

  it.each([
    [200, 'delivered'],
    [400, 'refused'],
    [413, 'refused'],
    [502, 'retry'],
  ] as const)('%i without a body is %s', (status, kind) => {
    expect(outcome(status).kind).toBe(kind)
  })
})

describe('the simulated feed', () => {
  const oneLine = ({ id, raw }: OutgoingEvent) => ({ id, raw: raw.replaceAll('\n', ' ') })

  it('takes what is sent, with both keys, and has the records as they were', () => {
    const receiver = createGoogleSecops()
    expect(postTo(receiver, googleSecops, someEvents(5)).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(someEvents(5).map(oneLine))
  })

  it.each([
    ['apiKey', 'API_KEY_INVALID'],
    ['accessKey', 'PERMISSION_DENIED'],
  ])('does not take a wrong %s', (field, code) => {
    const receiver = createGoogleSecops()
    const wrong = {
      [field]: receiver.settings('https://receiver.example.com')[field === 'apiKey' ? 'accessKey' : 'apiKey'],
    }
    expect(postTo(receiver, googleSecops, someEvents(1), wrong).outcome).toMatchObject({
      kind: 'hold',
      reason: expect.stringContaining(code),
    })
    expect(receiver.stored()).toEqual([])
  })
})
