import { describe, expect, it } from 'vitest'
import { rapid7 } from '../../../../functions/deliver/destinations/rapid7.ts'
import { createRapid7 } from '../../../../local/receivers/rapid7.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { postTo, someEvents } from './post-to-receiver.ts'

const ADDRESS = 'https://eu.data.insight.rapid7.com/custom-logs/webhook/0b4d4b8e'
const OWN = { webhook: { secret: 'soc/webhook' } }
const SAMPLE = {
  secrets: { 'soc/webhook': ADDRESS },
  origin: 'https://eu.data.insight.rapid7.com',
  urlIsSecret: true,
}
destinationContract('rapid7', rapid7, [
  { name: 'envelope', own: OWN, ...SAMPLE },
  { name: 'raw', own: { ...OWN, format: 'raw' }, ...SAMPLE },
])

const NOW = new Date('2026-05-01T10:15:42.479Z')
const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\n "a": 1.10 }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) => rapid7.config.parse({ ...OWN, ...more }) as never
const delivery = (events: readonly OutgoingEvent[] = [EVENT]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, address = ADDRESS, events = [EVENT]) =>
  rapid7.request(delivery(events), config(more), () => address, NOW)

describe('the request', () => {
  it('posts one event to the address in the secret', () => {
    expect(request({}, `${ADDRESS}\n`)).toEqual({
      method: 'POST',
      url: ADDRESS,
      headers: { 'content-type': 'application/json' },
      body: '{"id":"evt_a","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993,  "a": 1.10 }}',
    })
  })

  it('is the vendor record alone when it is to be raw, with the id in a header', () => {
    expect(request({ format: 'raw' })).toMatchObject({
      headers: { 'pollhook-source': 'prod-tines', 'pollhook-event-ids': 'evt_a' },
      body: '{ "id": 9007199254740993,  "a": 1.10 }',
    })
  })

  it('carries one event', () => {
    expect(rapid7.maxEventsPerRequest?.(config())).toBe(1)
    expect(() => request({}, ADDRESS, [EVENT, EVENT])).toThrow('found 2 events, wanted exactly one')
  })

  it.each([
    ['hunter2', 'must be an absolute URL'],
    ['', 'must be an absolute URL'],
    ['http://hunter2.example.com/', 'must be an https URL'],
    ['https://user:hunter2@example.com/', 'must not contain a user name or password'],
  ])('is not made for an address that is none, which is not shown: %j', (address, problem) => {
    const make = () => request({}, address)
    expect(make).toThrow(`Cannot post to the address in the secret soc/webhook: it ${problem}`)
    expect(make).not.toThrow('hunter2')
  })
})

it.each([
  [200, 'delivered'],
  [202, 'delivered'],
  [204, 'delivered'],
  [400, 'refused'],
  [403, 'hold'],
  [404, 'hold'],
  [410, 'hold'],
  [413, 'refused'],
  [429, 'retry'],
  [503, 'retry'],
] as const)('%i is %s', (status, kind) => {
  expect(rapid7.outcome({ status, headers: {}, body: '' }, delivery(), config(), NOW).kind).toBe(kind)
})

describe('the simulated webhook', () => {
  it('takes one event after the other, and has the records as they were', () => {
    const receiver = createRapid7()
    const outcomes = someEvents(3).map((event) => postTo(receiver, rapid7, [event]).outcome.kind)
    expect(outcomes).toEqual(['delivered', 'delivered', 'delivered'])
    expect(receiver.stored()).toEqual(someEvents(3).map(({ id, raw }) => ({ id, raw: raw.replaceAll('\n', ' ') })))
  })
})
