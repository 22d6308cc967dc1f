import { describe, expect, it } from 'vitest'
import { sumologic as typed } from '../../../../functions/deliver/destinations/sumologic.ts'
import { createSumoLogic } from '../../../../local/receivers/sumologic.ts'
import type { AnyDestination, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, secretsOf, someEvents } from './post-to-receiver.ts'

/** Its configuration is what its schema makes of the tests' objects. */
const sumologic: AnyDestination = typed

const ENDPOINT = { endpoint: { secret: 'sumo/endpoint' } }
const ORIGIN = 'https://endpoint4.collection.sumologic.com'
const SECRETS = { 'sumo/endpoint': `${ORIGIN}/receiver/v1/http/ZaVnC4dhaV0YPqmbA7WqUa7r5k9tT2w==` }
destinationContract('sumologic', sumologic, [
  { name: 'as little as possible', own: ENDPOINT, secrets: SECRETS, origin: ORIGIN, urlIsSecret: true },
  {
    name: 'all metadata',
    own: { ...ENDPOINT, name: 'n', host: 'h', category: 'prod/audit', fields: { environment: 'prod', team: 'sec' } },
    secrets: SECRETS,
    origin: ORIGIN,
    urlIsSecret: true,
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "a": "b\\nc" }',
}

describe('the request', () => {
  it('goes to the address in the secret: a line for each event, which begins with its time', () => {
    const change = {
      name: 'pollhook',
      host: 'aws',
      category: 'prod/audit',
      fields: { environment: 'prod', team: 'sec ops' },
    }
    const { request, outcome } = postTo(createSumoLogic(), sumologic, [EVENT], change)
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/receiver/v1/http/ZaVnC4dhaV2GpVgm-simulated-http-source-code==',
      headers: {
        'content-type': 'application/x-ndjson',
        'x-sumo-name': 'pollhook',
        'x-sumo-host': 'aws',
        'x-sumo-category': 'prod/audit',
        'x-sumo-fields': 'environment=prod,team=sec ops',
      },
      body:
        '{"timestamp":"2026-05-01T10:15:42.479Z","id":"evt_a","type":"tines.event","source":"prod-tines",' +
        '"data":{ "id": 9007199254740993,   "a": "b\\nc" }}\n',
    })
  })

  it('leaves the metadata to the HTTP source unless the configuration says otherwise', () => {
    const { headers } = postTo(createSumoLogic(), sumologic, [EVENT]).request
    expect(headers).toEqual({ 'content-type': 'application/x-ndjson' })
  })

  it('is stored record by record as it was written', () => {
    const receiver = createSumoLogic()
    const events = someEvents(1_000)
    expect(postTo(receiver, sumologic, events).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw: raw.replaceAll('\n', ' ') })))
  })

  it('is at most 1 MB as long as batch is as by default', () => {
    const { maxEvents, maxBytes } = sumologic.batch
    const raw = `"${'x'.repeat(Math.floor(maxBytes / maxEvents) - 2)}"`
    const events = someEvents(maxEvents).map((event) => ({ ...event, raw }))
    expect(postTo(createSumoLogic(), sumologic, events).outcome).toEqual({ kind: 'delivered' })
  })

  it('cannot be made while the secret is no address, and does not show the secret', () => {
    const { own } = configFor(createSumoLogic(), sumologic)
    const delivery = { id: 'evt_a', source: { id: 'a', type: 'b' }, events: [EVENT] }
    expect(() => sumologic.request(delivery, own, () => 'ZaVnC4dhaV0YPqmb', new Date())).toThrow(
      /^Cannot post to the address in the secret destinations\/siem\/endpoint: it must be an absolute URL$/,
    )
  })

  it.each([
    ['fields', { fields: { environment: 'a,b' } }, 'must have no comma and no equals sign'],
    ['fields', { fields: { environment: 'a=b' } }, 'must have no comma and no equals sign'],
    ['category', { category: 'prod\naudit' }, 'must be printable ASCII'],
    ['name', { name: ' x' }, 'must be printable ASCII'],
  ])('has no %s that would break the header', (_, change, problem) => {
    expect(() => configFor(createSumoLogic(), sumologic, change)).toThrow(problem)
  })
})

describe('an event of more than 64 KB, which Sumo Logic would slice', () => {
  it.each([
    ['one line', 65_536, 1],
    ['several', 65_537, 3],
  ])('is %s when that line has %i bytes', (_, bytes, count) => {
    const around =
      '{"timestamp":"2026-05-01T10:15:42.479Z","id":"evt_a","type":"tines.event","source":"prod-tines","data":""}'
    const event = { ...EVENT, raw: `"${'x'.repeat(bytes - around.length)}"` }
    const receiver = createSumoLogic()
    const { request } = postTo(receiver, sumologic, [event])
    expect(String(request.body).trimEnd().split('\n')).toHaveLength(count)
    expect(receiver.stored()).toEqual([{ id: 'evt_a', raw: event.raw }])
  })

  const large = { ...EVENT, raw: `{\n"text":"${'é\\"€'.repeat(30_000)}"}` }

  it('arrives whole, in lines of JSON of at most 64 KB with its id', () => {
    const receiver = createSumoLogic()
    const { request } = postTo(receiver, sumologic, [EVENT, large])
    const lines = String(request.body).trimEnd().split('\n')
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(65_536)
      expect(JSON.parse(line)).toMatchObject({ id: 'evt_a', timestamp: '2026-05-01T10:15:42.479Z' })
    }
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ part: 1, parts: lines.length - 1 })
    expect(receiver.stored().at(-1)).toEqual({ id: 'evt_a', raw: large.raw })
  })
})

it('says what becomes of old events before it happens', () => {
  expect(sumologic.ageLimit?.({})).toMatchObject({ maxAgeMs: 86_400_000 })
})

/** https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/troubleshooting/ */
describe('what an answer means', () => {
  it.each([
    [200, 'delivered'],
    [301, 'hold'],
    [400, 'refused'],
    [401, 'hold'],
    [404, 'hold'],
    [408, 'retry'],
    [413, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ])('%i is %s', (status, kind) => {
    const outcome = sumologic.outcome({ status, headers: {}, body: '' }, {} as never, {}, new Date())
    expect(outcome.kind).toBe(kind)
  })
})

describe('the simulated receiver', () => {
  const receiver = createSumoLogic()
  const received = receivedRequest(postTo(receiver, sumologic, [EVENT]).request)

  it.each([
    ['another code', { path: '/receiver/v1/http/x' }, 401],
    ['another path', { path: '/x' }, 404],
    ['GET', { method: 'GET' }, 405],
    ['fields in another form', { headers: { 'x-sumo-fields': '{"a":"b"}' } }, 400],
    ['more than 1 MB', { body: Buffer.alloc(1_000_001, 'x') }, 413],
  ])('refuses %s', (_, change, status) => {
    expect(receiver.answer({ ...received, ...change }).status).toBe(status)
  })

  it('slices a long line, so that nobody knows its id', () => {
    const to = createSumoLogic()
    to.answer({ ...received, body: Buffer.from(`{"id":"evt_a","data":"${'x'.repeat(70_000)}"}\n`) })
    expect(to.stored().map(({ id, raw }) => [id, raw.length])).toEqual([['', 65_536]])
  })

  it('knows its address alone', () => {
    expect(secretsOf(receiver)({ secret: 'destinations/siem/endpoint' })).toMatch(/^https:\/\/receiver\.example\.com\//)
  })
})
