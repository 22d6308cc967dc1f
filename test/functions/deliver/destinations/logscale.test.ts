import { describe, expect, it } from 'vitest'
import { crowdstrikeNgsiem } from '../../../../functions/deliver/destinations/crowdstrike-ngsiem.ts'
import { logscale } from '../../../../functions/deliver/destinations/logscale.ts'
import { createNgsiem } from '../../../../local/receivers/crowdstrike-ngsiem.ts'
import { createLogscale } from '../../../../local/receivers/logscale.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { postTo, receivedRequest, secretsOf, someEvents } from './post-to-receiver.ts'

const TOKEN = { token: { secret: 'logscale/token' } }
const SECRETS = { 'logscale/token': '0b3c5f0e-7a5e-4b1c-9c55-6f7a1d1f2e3c' }
destinationContract('logscale', logscale, [
  { name: 'as little as possible', own: TOKEN, secrets: SECRETS },
  {
    name: 'all metadata',
    own: { ...TOKEN, sourcetype: 'json', source: 'tines', host: 'h', index: 'audit' },
    secrets: SECRETS,
  },
])
destinationContract('crowdstrike-ngsiem', crowdstrikeNgsiem, [
  { name: 'as little as possible', own: TOKEN, secrets: SECRETS },
])

const EVENT = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993 }',
}
const SECOND = { ...EVENT, id: 'evt_b', raw: '{\r\n "a": "b\\nc"\n}' }

describe('logscale', () => {
  it('sends an object for each event, with its own time, its id, and the record as it was written', () => {
    const { request, outcome } = postTo(createLogscale(), logscale, [EVENT, SECOND])
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://receiver.example.com/api/v1/ingest/hec',
      headers: { authorization: 'Bearer 0e8c1b52-5a0e-4f5b-8d57-3c1d5e0a9b44', 'content-type': 'application/json' },
      body:
        '{"time":1777630542.479123,"source":"prod-tines","event":{ "id": 9007199254740993 },"fields":{"pollhook_id":"evt_a","pollhook_type":"tines.event","pollhook_source":"prod-tines"}}\n' +
        '{"time":1777630542.479123,"source":"prod-tines","event":{\r\n "a": "b\\nc"\n},"fields":{"pollhook_id":"evt_b","pollhook_type":"tines.event","pollhook_source":"prod-tines"}}',
    })
  })

  it.each([
    ['https://logs.example.com/services/collector', 'https://logs.example.com/services/collector'],
    ['https://logs.example.com/api/v1/ingest/hec/', 'https://logs.example.com/api/v1/ingest/hec'],
    ['https://example.com/humio', 'https://example.com/humio/api/v1/ingest/hec'],
  ])('goes from %s to %s', (url, wanted) => {
    expect(postTo(createLogscale(), logscale, [EVENT], { url }).request.url).toBe(wanted)
  })

  it('is stored record by record as it was written', () => {
    const receiver = createLogscale()
    const events = someEvents(3)
    postTo(receiver, logscale, events, { sourcetype: 'json', source: 's', host: 'h', index: 'audit' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })
})

describe('crowdstrike-ngsiem', () => {
  it('sends the records alone, one a line, to the raw endpoint of the connector', () => {
    const receiver = createNgsiem()
    const { request, outcome } = postTo(receiver, crowdstrikeNgsiem, [EVENT, SECOND])
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(request).toEqual({
      method: 'POST',
      url: 'https://receiver.example.com/services/collector/raw',
      headers: {
        authorization: 'Bearer f3b1d0c9e8a74c55b6d21a0f9e8d7c6b',
        'content-type': 'text/plain; charset=utf-8',
        'pollhook-source': 'prod-tines',
        'pollhook-event-ids': 'evt_a,evt_b',
      },
      body: '{ "id": 9007199254740993 }\n{   "a": "b\\nc" }\n',
    })
    expect(receiver.stored()).toEqual([
      { id: 'evt_a', raw: '{ "id": 9007199254740993 }' },
      { id: 'evt_b', raw: '{   "a": "b\\nc" }' },
    ])
  })

  it.each([
    ['https://0a1b.ingest.us-1.crowdstrike.com', 'https://0a1b.ingest.us-1.crowdstrike.com/services/collector/raw'],
    [
      'https://ingest.us-1.crowdstrike.com/api/ingest/hec/0a1b/v1/services/collector',
      'https://ingest.us-1.crowdstrike.com/api/ingest/hec/0a1b/v1/services/collector/raw',
    ],
    [
      'https://0a1b.ingest.us-1.crowdstrike.com/services/collector/raw',
      'https://0a1b.ingest.us-1.crowdstrike.com/services/collector/raw',
    ],
  ])('goes from %s to %s', (url, wanted) => {
    expect(postTo(createNgsiem(), crowdstrikeNgsiem, [EVENT], { url }).request.url).toBe(wanted)
  })

  it('carries no more events than the header has room for ids', () => {
    expect(crowdstrikeNgsiem.maxEventsPerRequest?.({} as never)).toBe(crowdstrikeNgsiem.batch.maxEvents)
    const { request } = postTo(createNgsiem(), crowdstrikeNgsiem, someEvents(crowdstrikeNgsiem.batch.maxEvents))
    expect(request.headers['pollhook-event-ids']?.length).toBeLessThan(4_096)
  })
})

describe.each([
  ['logscale', logscale],
  ['crowdstrike-ngsiem', crowdstrikeNgsiem],
] as const)('what an answer means to %s', (_, destination) => {
  const outcome = (status: number, body = '') =>
    destination.outcome({ status, headers: {}, body }, {} as never, {} as never, new Date())

  it.each([
    [200, '{"text":"Success","code":0,"eventCount":3}', 'delivered'],
    [200, '', 'delivered'],
    [201, '', 'delivered'],
    [204, '', 'delivered'],
    [200, '{"text":"Invalid data format","code":6}', 'retry'],
    [301, '', 'hold'],
    [400, 'Could not parse the JSON', 'refused'],
    [401, 'Unauthorized', 'hold'],
    [403, '', 'hold'],
    [404, '', 'hold'],
    [413, '', 'refused'],
    [415, '', 'refused'],
    [429, '', 'retry'],
    [500, '', 'retry'],
    [503, '', 'retry'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(outcome(status, body)).toMatchObject({ kind })
  })
})

describe.each([
  ['logscale', createLogscale, '/api/v1/ingest/hec', 'application/json', '{"event":"x"}'],
  ['crowdstrike-ngsiem', createNgsiem, '/services/collector/raw', 'text/plain', '{"a":1}\n'],
] as const)('the simulated receiver %s', (_, create, path, type, body) => {
  const answer = (change: { path?: string; headers?: Record<string, string>; body?: string }) => {
    const receiver = create()
    const [secret = ''] = Object.keys(receiver.secrets(''))
    const authorization = `Bearer ${secretsOf(receiver)({ secret })}`
    const headers = { 'content-type': type, authorization, ...change.headers }
    const url = `https://receiver.example.com${change.path ?? path}`
    return receiver.answer(receivedRequest({ method: 'POST', url, headers, body: change.body ?? body })).status
  }

  it('takes what is documented, and refuses another token, path, encoding or body', () => {
    expect(answer({})).toBe(200)
    expect(answer({ headers: { authorization: 'Bearer x' } })).toBe(401)
    expect(answer({ path: '/api/v1/ingest/json' })).toBe(404)
    expect(answer({ headers: { 'content-encoding': 'deflate' } })).toBe(415)
    expect(answer({ body: '' })).toBe(400)
    expect(answer({ body: '[{"event":"x"}]' })).toBe(400)
    expect(answer({ body: `${body.trim()},${body}` })).toBe(400)
  })
})
