import { describe, expect, it } from 'vitest'
import { elastic } from '../../../../functions/deliver/destinations/elastic.ts'
import { opensearch } from '../../../../functions/deliver/destinations/opensearch.ts'
import { createElastic } from '../../../../local/receivers/elastic.ts'
import { createOpensearch } from '../../../../local/receivers/opensearch.ts'
import { parseDestination } from '../../../../shared/config/destination-config.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { postTo, someEvents } from './post-to-receiver.ts'

const API_KEY = { apiKey: { secret: 'elastic/key' } }
const KEYS = { 'elastic/key': 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==' }
destinationContract('elastic', elastic, [
  { name: 'as little as possible', own: {} },
  {
    name: 'API key, data stream, event.original',
    own: { ...API_KEY, dataStream: 'logs-tines-prod', eventOriginal: true },
    secrets: KEYS,
  },
  { name: 'index, a key of its own', own: { ...API_KEY, index: 'audit', recordField: 'record' }, secrets: KEYS },
])
destinationContract('opensearch', opensearch, [
  { name: 'index', own: { index: 'audit' } },
  { name: 'data stream, signed for a domain', own: { dataStream: 'logs-audit', aws: { region: 'eu-west-1' } } },
  {
    name: 'serverless collection without ids',
    own: { index: 'audit', aws: { region: 'eu-west-1', service: 'aoss' }, documentIds: false },
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "name": "sync" }',
}
const SOURCE = { id: 'prod-tines', type: 'tines' }
const delivery = (events: readonly OutgoingEvent[] = [EVENT], source = SOURCE) =>
  deliveryOf({ v: 1, destination: 'siem', source, events })
const NOW = new Date('2026-05-01T10:16:00Z')
const secrets = () => ''

/** The request of elastic. */
const request = (own: Readonly<Record<string, unknown>> = {}, events = [EVENT], source = SOURCE) =>
  elastic.request(
    delivery(events, source),
    elastic.config.parse({ url: 'https://es.example.com', ...own }) as never,
    secrets,
    NOW,
  )
const lines = (...of: Parameters<typeof request>) => `${request(...of).body}`.trimEnd().split('\n')
const documentOf = (...of: Parameters<typeof request>) => lines(...of)[1]

describe('the request', () => {
  it('is an action and a document for each event, one a line, the last line ended as well', () => {
    expect(request({}, [EVENT, { ...EVENT, id: 'evt_b', raw: '{}' }]).body).toBe(
      '{"create":{"_id":"evt_a"}}\n' +
        '{"@timestamp":"2026-05-01T10:15:42.479123Z","ecs":{"version":"9.4.0"},"event":{"id":"evt_a","kind":"event","module":"tines","dataset":"pollhook"},"data_stream":{"type":"logs","dataset":"pollhook","namespace":"default"},"pollhook":{"id":"evt_a","type":"tines.event","source":"prod-tines"},"tines":{ "id": 9007199254740993,   "name": "sync" }}\n' +
        '{"create":{"_id":"evt_b"}}\n' +
        '{"@timestamp":"2026-05-01T10:15:42.479123Z","ecs":{"version":"9.4.0"},"event":{"id":"evt_b","kind":"event","module":"tines","dataset":"pollhook"},"data_stream":{"type":"logs","dataset":"pollhook","namespace":"default"},"pollhook":{"id":"evt_b","type":"tines.event","source":"prod-tines"},"tines":{}}\n',
    )
    expect(request().headers).toEqual({ 'content-type': 'application/x-ndjson' })
  })

  it.each([
    [{}, '/logs-pollhook-default/_bulk', 'true'],
    [{ dataStream: 'logs-tines-prod' }, '/logs-tines-prod/_bulk', 'true'],
    [{ index: 'audit' }, '/audit/_bulk', null],
    [{ url: 'https://es.example.com/prefix/?tenant=7', index: 'audit' }, '/prefix/audit/_bulk', null],
  ])('elastic with %j posts to %s, and requires a data stream: %s', (own, path, required) => {
    const url = new URL(request(own).url)
    expect(url.pathname).toBe(path)
    expect(url.searchParams.get('require_data_stream')).toBe(required)
    expect(url.searchParams.get('filter_path')).toBe('errors,items.*.status,items.*.error')
    expect(url.searchParams.get('include_source_on_error')).toBe('false')
  })

  it('opensearch sends no parameter that it does not know', () => {
    const own = opensearch.config.parse({ url: 'https://os.example.com', dataStream: 'logs-audit' }) as never
    const { url } = opensearch.request(delivery(), own, secrets, NOW)
    expect(url).toBe('https://os.example.com/logs-audit/_bulk?filter_path=errors%2Citems.*.status%2Citems.*.error')
  })

  it('without document ids the receiver makes them up; the id is in the document all the same', () => {
    const own = opensearch.config.parse({ url: 'https://os.example.com', index: 'audit', documentIds: false }) as never
    const [action, document] = `${opensearch.request(delivery(), own, secrets, NOW).body}`.split('\n')
    expect(action).toBe('{"create":{}}')
    expect(document).toContain('"id":"evt_a"')
  })

  it.each([
    [
      'elastic with an API key',
      elastic,
      { ...API_KEY },
      { kind: 'header', name: 'authorization', prefix: 'ApiKey ', key: { secret: 'elastic/key' } },
    ],
    ['elastic without', elastic, {}, undefined],
    [
      'opensearch signed',
      opensearch,
      { index: 'a', aws: { region: 'eu-west-1' } },
      { kind: 'aws', service: 'es', region: 'eu-west-1' },
    ],
    [
      'opensearch serverless',
      opensearch,
      { index: 'a', aws: { region: 'eu-west-1', service: 'aoss' } },
      { kind: 'aws', service: 'aoss', region: 'eu-west-1' },
    ],
    ['opensearch without', opensearch, { index: 'a' }, undefined],
  ] as const)('%s is authorised as configured', (_, destination, own, wanted) => {
    const config = destination.config.parse({ url: 'https://es.example.com', ...own }) as never
    expect(destination.auth?.(config)).toEqual(wanted)
  })

  it('a configuration names one place to write to', () => {
    const parse = (own: object) =>
      parseDestination('/p/destinations/siem', JSON.stringify({ url: 'https://es.example.com', ...own }), {
        elastic,
        opensearch,
      })
    expect(() => parse({ type: 'elastic', dataStream: 'a', index: 'b' })).toThrow(/one of dataStream and index/)
    expect(() => parse({ type: 'opensearch', dataStream: 'a', index: 'b' })).toThrow(/one of dataStream and index/)
    expect(() => parse({ type: 'opensearch' })).toThrow(/one of dataStream and index/)
    expect(() => parse({ type: 'elastic', index: 'Audit' })).toThrow(/index/)
    expect(() => parse({ type: 'elastic', index: '../_all' })).toThrow(/index/)
  })
})

describe('the document', () => {
  it('names its data stream only where the name is one of Elastic, so that the two never differ', () => {
    expect(documentOf({ dataStream: 'logs-tines-prod-eu' })).toContain(
      '"dataset":"tines"},"data_stream":{"type":"logs","dataset":"tines","namespace":"prod-eu"}',
    )
    for (const own of [{ dataStream: 'audit' }, { index: 'logs-tines-prod' }]) {
      expect(documentOf(own)).not.toContain('data_stream')
      expect(documentOf(own)).toContain('"module":"tines","dataset":"tines"')
    }
  })

  it('has the record as text in event.original on request, with every character', () => {
    expect(JSON.parse(documentOf({ eventOriginal: true }) ?? '').event.original).toBe(EVENT.raw)
    expect(documentOf()).not.toContain('original')
  })

  it.each([
    [{}, { id: 'web', type: 'http' }, 'http_record'],
    [{}, { id: 'ws', type: 'google-workspace' }, 'google_workspace'],
    [{ recordField: 'vendor' }, SOURCE, 'vendor'],
  ])('with %j and a source %j, the record stands under %s', (own, source, key) => {
    const document = documentOf(own, [{ ...EVENT, raw: '{"a":1}' }], source)
    expect(document?.endsWith(`,"${key}":{"a":1}}`)).toBe(true)
  })

  it('a gap stands with the fields of pollhook, where no mapping of a vendor applies', () => {
    const gap = {
      ...EVENT,
      type: 'pollhook.gap',
      raw: '{"source":"prod-tines","from":"a","to":"b","reason":"retention"}',
    }
    expect(documentOf({}, [gap])).toMatch(
      /"pollhook":\{"id":"evt_a","type":"pollhook.gap","source":"prod-tines","gap":\{"source":"prod-tines","from":"a","to":"b","reason":"retention"\}\}\}$/,
    )
  })

  it('an event in ECS is the document itself, with what a data stream needs where it has none', () => {
    const ecs = (raw: string) => documentOf({ eventOriginal: true }, [{ ...EVENT, form: 'ecs', raw }])
    const origin = '"pollhook":{"id":"evt_a","type":"tines.event","source":"prod-tines"}'
    expect(ecs('{"@timestamp":"2026-05-01T10:15:42.479123Z","event":{"id":"x"}}')).toBe(
      `{${origin},"@timestamp":"2026-05-01T10:15:42.479123Z","event":{"id":"x"}}`,
    )
    expect(ecs('{\n "user": {"id": 9007199254740993}\n}')).toBe(
      `{"@timestamp":"2026-05-01T10:15:42.479123Z",${origin},"user": {"id": 9007199254740993}}`,
    )
    expect(ecs('{}')).toBe(`{"@timestamp":"2026-05-01T10:15:42.479123Z",${origin}}`)
    expect(ecs('{"@timestamp":"t","pollhook":{}}')).toBe('{"@timestamp":"t","pollhook":{}}')
  })

  it('an event in OCSF stands under ocsf', () => {
    const own = { recordField: 'vendor', eventOriginal: true }
    const document = documentOf(own, [{ ...EVENT, form: 'ocsf', raw: '{"class_uid":3002}' }])
    expect(document?.endsWith(',"ocsf":{"class_uid":3002}}')).toBe(true)
    // It is not what the vendor wrote.
    expect(document).not.toContain('original')
  })
})

describe('the answer', () => {
  const events = someEvents(4)
  const outcome = (status: number, body: unknown, of = events) =>
    elastic.outcome(
      { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) },
      delivery(of),
      {} as never,
      NOW,
    )
  const item = (status: number, type?: string, reason = 'text that quotes the document') => ({
    create: { status, ...(type !== undefined && { error: { type, reason } }) },
  })
  const answer = (...items: object[]) => ({ errors: true, items })
  const [ok, conflict] = [item(201), item(409, 'version_conflict_engine_exception')]

  it('is delivered when every document is stored, or was there already', () => {
    expect(outcome(200, { errors: false, items: [ok, ok, ok, ok] })).toEqual({ kind: 'delivered' })
    expect(outcome(200, answer(ok, conflict, item(200), conflict))).toEqual({ kind: 'delivered' })
    expect(outcome(200, answer(ok, item(409), ok, ok))).toEqual({ kind: 'delivered' })
  })

  it.each([
    [429, 'es_rejected_execution_exception'],
    [500, 'some_new_exception'],
    [503, 'unavailable_shards_exception'],
    [409, 'another_conflict_exception'],
    [408, 'timeout_exception'],
  ])('an item with %i %s is tried again, and only that', (status, type) => {
    expect(outcome(200, answer(ok, item(status, type), conflict, ok))).toEqual({
      kind: 'partial',
      retry: [1],
      refused: [],
    })
  })

  it.each([
    [400, 'document_parsing_exception'],
    [400, 'mapper_parsing_exception'],
    [400, 'illegal_argument_exception'],
    [400, 'strict_dynamic_mapping_exception'],
    [413, 'too_large_exception'],
  ])('an item with %i %s is refused, and only that', (status, type) => {
    expect(outcome(200, answer(ok, ok, item(status, type), ok))).toEqual({
      kind: 'partial',
      retry: [],
      refused: [{ index: 2, reason: `the receiver answered ${status}, ${type}` }],
    })
  })

  it('tells items apart', () => {
    const bad = item(400, 'document_parsing_exception')
    expect(outcome(200, answer(conflict, item(429, 'x'), bad, ok))).toMatchObject({
      kind: 'partial',
      retry: [1],
      refused: [{ index: 2 }],
    })
    expect(outcome(200, answer(bad, bad, bad, bad))).toMatchObject({
      kind: 'partial',
      retry: [],
      refused: [{}, {}, {}, {}],
    })
  })

  it('is a retry when no document was taken for the moment', () => {
    const full = item(429, 'es_rejected_execution_exception')
    expect(outcome(200, answer(full, full, full, full))).toEqual({
      kind: 'retry',
      reason: 'the receiver answered 429, es_rejected_execution_exception',
    })
  })

  it.each([
    [404, 'index_not_found_exception', ''],
    [403, 'security_exception', ''],
    [403, 'cluster_block_exception', ''],
    [401, 'security_exception', ''],
    [400, 'index_closed_exception', ''],
    [400, 'validation_exception', 'this cluster currently has [1000]/[1000] maximum normal shards open'],
    [400, 'illegal_argument_exception', 'pipeline with id [x] does not exist'],
    [400, 'illegal_argument_exception', 'Document ID is not supported in create/index operation request'],
  ])('%i %s for every item is a hold: the index is wrong, not the events', (status, type, reason) => {
    const wrong = item(status, type, reason)
    expect(outcome(200, answer(wrong, wrong, wrong, wrong))).toMatchObject({ kind: 'hold' })
    expect(outcome(200, answer(ok, wrong, ok, item(400, 'mapper_parsing_exception')))).toMatchObject({
      kind: 'partial',
      retry: [1],
      refused: [{ index: 3 }],
    })
  })

  it('says what to do where it knows', () => {
    const wrong = item(
      400,
      'illegal_argument_exception',
      'Document ID is not supported in create/index operation request',
    )
    expect(outcome(200, answer(wrong), someEvents(1))).toEqual({
      kind: 'hold',
      reason:
        'the receiver answered 400, illegal_argument_exception: the collection takes no ids: set documentIds to false',
    })
  })

  it.each([
    ['nothing', ''],
    ['a page', '<html>'],
    ['half of an answer', '{"errors":false,"items":[{"create":{"status":201}},{"create":{"sta'],
    ['too few items', { errors: false, items: [ok, ok, ok] }],
    ['too many items', { errors: false, items: [ok, ok, ok, ok, ok] }],
    ['no items', { errors: false }],
    ['no errors', { items: [ok, ok, ok, ok] }],
    ['an item without a status', { errors: false, items: [ok, ok, ok, { create: {} }] }],
  ])('200 with %s is a retry', (_, body) => {
    expect(outcome(200, body)).toMatchObject({ kind: 'retry' })
  })

  it('errors: false does not outweigh an item that failed, nor an item that says nothing', () => {
    expect(outcome(200, { errors: false, items: [ok, item(503, 'x'), ok, ok] })).toMatchObject({
      kind: 'partial',
      retry: [1],
    })
    expect(outcome(200, { errors: false, items: [ok, {}, ok, ok] })).toMatchObject({ kind: 'partial', retry: [1] })
  })

  it.each([
    [301, 'hold'],
    [400, 'refused'],
    [401, 'hold'],
    [403, 'hold'],
    [404, 'hold'],
    [405, 'hold'],
    [406, 'refused'],
    [408, 'retry'],
    [413, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ])('%i for the whole request is %s', (status, kind) => {
    expect(outcome(status, '')).toMatchObject({ kind })
    const error = { type: 'some_exception', reason: 'text that quotes the document' }
    expect(outcome(status, { error, status })).toMatchObject({
      kind,
      reason: `the receiver answered ${status}, some_exception`,
    })
  })

  it('a parameter that an old release does not know is a hold', () => {
    const reason = 'request [/x/_bulk] contains unrecognized parameter: [include_source_on_error]'
    expect(outcome(400, { error: { type: 'illegal_argument_exception', reason }, status: 400 })).toEqual({
      kind: 'hold',
      reason:
        'the receiver answered 400, illegal_argument_exception: this release does not know a parameter of the request',
    })
  })

  it('no text of the receiver gets into a reason', () => {
    const strange = item(400, 'Secret-Looking type', 'secret')
    const found = JSON.stringify([
      outcome(200, answer(strange, ok, ok, ok)),
      outcome(400, { error: { type: 'Secret-Looking', reason: 'secret' } }),
    ])
    expect(found.toLowerCase()).not.toContain('secret')
  })
})

describe.each([
  ['elastic', elastic, createElastic, {}],
  ['opensearch', opensearch, createOpensearch, { dataStream: 'logs-audit', index: undefined }],
] as const)('%s and its simulated receiver', (_, destination, create, change) => {
  it('stores each event once, however often it is sent, record by record', () => {
    const receiver = create()
    const events = someEvents(3)
    expect(postTo(receiver, destination, events.slice(0, 2), change).outcome).toEqual({ kind: 'delivered' })
    expect(postTo(receiver, destination, events, change).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw: raw.replace('\n', ' ') })))
  })

  it('tells of the documents that it cannot take for the moment', () => {
    let asked = 0
    const receiver = create({ itemFails: () => asked++ === 1 })
    const events = someEvents(3)
    expect(postTo(receiver, destination, events, change).outcome).toEqual({ kind: 'partial', retry: [1], refused: [] })
    expect(postTo(receiver, destination, events.slice(1, 2), change).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored().length).toBe(3)
  })

  it('refuses what does not fit its mapping, unless the record is flattened as the page advises', () => {
    const events = [
      EVENT,
      { ...EVENT, id: 'evt_b', raw: '{"id":{"nested":true}}' },
      { ...EVENT, id: 'evt_c', raw: '{"id":2}' },
    ]
    expect(postTo(create({ flattened: [] }), destination, events, change).outcome).toMatchObject({
      kind: 'partial',
      retry: [],
      refused: [{ index: 1, reason: 'the receiver answered 400, document_parsing_exception' }],
    })
    expect(postTo(create({ flattened: ['tines'] }), destination, events, change).outcome).toEqual({ kind: 'delivered' })
  })

  it('takes gaps and normal forms beside records', () => {
    const gap = { ...EVENT, id: 'evt_gap', type: 'pollhook.gap', raw: '{"from":"a","to":"b","reason":"retention"}' }
    const ecs = { ...EVENT, id: 'evt_ecs', form: 'ecs' as const, raw: '{"event":{"id":"x"}}' }
    const receiver = create()
    expect(postTo(receiver, destination, [EVENT, gap, ecs], change).outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored().map(({ id }) => id)).toEqual(['evt_a', 'evt_gap', 'evt_ecs'])
  })
})

it('elastic: a name that no template makes a data stream is a hold, not an index by accident', () => {
  expect(postTo(createElastic(), elastic, someEvents(2), { dataStream: 'audit' }).outcome).toMatchObject({
    kind: 'hold',
  })
})

it('opensearch: a collection that takes no ids is a hold that says so, and takes the events without', () => {
  const receiver = createOpensearch({ takesIds: false })
  expect(postTo(receiver, opensearch, someEvents(2)).outcome).toMatchObject({ kind: 'hold' })
  expect(postTo(receiver, opensearch, someEvents(2), { documentIds: false }).outcome).toEqual({ kind: 'delivered' })
})

it('opensearch: the parameters of Elasticsearch are refused', () => {
  const { outcome } = postTo(createElastic({ parameters: ['filter_path'] }), elastic, someEvents(2))
  expect(outcome).toMatchObject({ kind: 'hold' })
})
