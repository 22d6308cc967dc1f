import { Logger } from 'splunk-logging'
import { afterEach, describe, expect, it, test } from 'vitest'
import { splunkHec } from '../../../../functions/deliver/destinations/splunk-hec.ts'
import { serveReceiver } from '../../../../local/receivers/serve.ts'
import { createSplunk } from '../../../../local/receivers/splunk-hec.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, postTo, receivedRequest, responseOf, secretsOf, someEvents } from './post-to-receiver.ts'

const TOKEN = { token: { secret: 'splunk/token' } }
const SECRETS = { 'splunk/token': '0b3c5f0e-7a5e-4b1c-9c55-6f7a1d1f2e3c' }
destinationContract('splunk-hec', splunkHec, [
  { name: 'as little as possible', own: TOKEN, secrets: SECRETS },
  {
    name: 'all metadata, with acknowledgement',
    own: { ...TOKEN, index: 'audit', sourcetype: 'tines:events', source: 'tines', host: 'pollhook', acknowledge: true },
    secrets: SECRETS,
  },
])

const URL_ = 'https://splunk.example.com:8088'
const own = (more: Readonly<Record<string, unknown>> = {}) =>
  splunkHec.config.parse({ url: URL_, ...TOKEN, ...more }) as never
const delivery = (count = 1, events = someEvents(count)) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const secrets = () => ''
const NOW = new Date('2026-05-01T10:15:42.479Z')

describe('the request', () => {
  const EVENT = {
    id: 'evt_a',
    type: 'tines.event',
    time: '2026-05-01T10:15:42.479123Z',
    raw: '{ "id": 9007199254740993 }',
  }
  const request = (more: Readonly<Record<string, unknown>> = {}, events = [EVENT]) =>
    splunkHec.request(delivery(1, events), own(more), secrets, NOW)

  it('is an object for each event, with its own time, its id, and the record as it was written', () => {
    expect(request({}, [EVENT, { ...EVENT, id: 'evt_b', raw: '{\n}' }]).body).toBe(
      '{"time":1777630542.479123,"source":"prod-tines","event":{ "id": 9007199254740993 },"fields":{"pollhook_id":"evt_a","pollhook_type":"tines.event","pollhook_source":"prod-tines"}}\n' +
        '{"time":1777630542.479123,"source":"prod-tines","event":{\n},"fields":{"pollhook_id":"evt_b","pollhook_type":"tines.event","pollhook_source":"prod-tines"}}',
    )
  })

  it('says host, source, sourcetype and index on every object, as configured', () => {
    const more = { host: 'h "1"', source: 's', sourcetype: 'tines:events', index: 'audit' }
    expect(request(more).body).toContain(
      '{"time":1777630542.479123,"host":"h \\"1\\"","source":"s","sourcetype":"tines:events","index":"audit","event":',
    )
  })

  it.each([
    ['https://splunk.example.com:8088', 'https://splunk.example.com:8088/services/collector/event'],
    ['https://splunk.example.com/', 'https://splunk.example.com/services/collector/event'],
    ['https://splunk.example.com/services/collector', 'https://splunk.example.com/services/collector/event'],
    ['https://splunk.example.com/services/collector/event/1.0', 'https://splunk.example.com/services/collector/event'],
    [
      'https://proxy.example.com/splunk/?tenant=7',
      'https://proxy.example.com/splunk/services/collector/event?tenant=7',
    ],
  ])('goes from %s to %s', (url, wanted) => {
    expect(request({ url }).url).toBe(wanted)
  })

  it('names a channel only where acknowledgement is asked for: one for each delivery, the same on every attempt', () => {
    const channelOf = (more: Readonly<Record<string, unknown>>, events = [EVENT]) =>
      request({ acknowledge: true, ...more }, events).headers['x-splunk-request-channel']
    expect(request().headers).not.toHaveProperty('x-splunk-request-channel')
    const channel = channelOf({})
    expect(channel).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(channelOf({})).toBe(channel)
    expect(channelOf({}, [{ ...EVENT, id: 'evt_b' }])).not.toBe(channel)
    expect(channelOf({ index: 'other' })).not.toBe(channel)
  })

  it('is authorised with the scheme Splunk', () => {
    expect(splunkHec.auth?.(own())).toEqual({
      kind: 'header',
      name: 'authorization',
      prefix: 'Splunk ',
      key: { secret: 'splunk/token' },
    })
  })
})

describe('the answer', () => {
  const outcome = (status: number, reply: object | string, count = 4, more = {}, events = someEvents(count)) => {
    const body = typeof reply === 'string' ? reply : JSON.stringify(reply)
    return splunkHec.outcome({ status, headers: {}, body }, delivery(count, events), own(more), NOW)
  }
  const N = 'invalid-event-number'

  it.each([
    [200, 0, 'delivered'],
    [403, 1, 'hold'],
    [401, 2, 'hold'],
    [401, 3, 'hold'],
    [403, 4, 'hold'],
    [400, 5, 'refused'],
    [400, 6, 'refused'],
    [400, 7, 'hold'],
    [500, 8, 'retry'],
    [503, 9, 'retry'],
    [400, 10, 'hold'],
    [400, 11, 'hold'],
    [400, 12, 'refused'],
    [400, 13, 'refused'],
    [400, 14, 'hold'],
    [400, 15, 'refused'],
    [400, 16, 'hold'],
    [200, 17, 'hold'],
    [503, 18, 'retry'],
    [503, 19, 'retry'],
    [503, 20, 'retry'],
    [400, 21, 'hold'],
    [400, 22, 'hold'],
    [503, 23, 'retry'],
    [200, 24, 'delivered'],
    [200, 25, 'delivered'],
    [429, 26, 'retry'],
    [429, 27, 'retry'],
    [400, 28, 'hold'],
  ])('%i with code %i and no number is %s', (status, code, kind) => {
    expect(outcome(status, { text: 'text of the receiver', code })).toMatchObject({ kind })
    expect(JSON.stringify(outcome(status, { text: 'text of the receiver', code }))).not.toContain(
      'text of the receiver',
    )
  })

  it.each([
    [200, 'retry'],
    [204, 'retry'],
    [301, 'hold'],
    [400, 'refused'],
    [401, 'hold'],
    [403, 'hold'],
    [404, 'retry'],
    [413, 'refused'],
    [415, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ])('%i without a reply is %s', (status, kind) => {
    expect(outcome(status, '<html>')).toMatchObject({ kind })
    expect(outcome(status, '{"text":"Succ')).toMatchObject({ kind })
  })

  it('a code that is not known goes by the status', () => {
    expect(outcome(200, { code: 99 })).toEqual({ kind: 'delivered' })
    expect(outcome(503, { code: 99 })).toMatchObject({ kind: 'retry' })
  })

  it('a success counts only with a status of success', () => {
    expect(outcome(500, { code: 0 })).toMatchObject({ kind: 'retry' })
  })

  it.each([6, 12, 13, 15])(
    'code %i: what is before the bad event was indexed, the bad one is refused, the rest goes on',
    (code) => {
      expect(outcome(400, { code, [N]: 2 })).toEqual({
        kind: 'partial',
        retry: [3],
        refused: [{ index: 2, reason: expect.stringContaining(`code ${code}`) }],
        unread: true,
      })
      expect(outcome(400, { code, [N]: 0 })).toMatchObject({
        kind: 'partial',
        retry: [1, 2, 3],
        refused: [{ index: 0 }],
      })
      expect(outcome(400, { code, [N]: 3 })).toMatchObject({ kind: 'partial', retry: [], refused: [{ index: 3 }] })
    },
  )

  it('with acknowledgement, what is before the bad event is sent again, because nobody will acknowledge it', () => {
    const found = outcome(400, { code: 6, [N]: 2 }, 4, { acknowledge: true })
    expect(found).toMatchObject({ kind: 'partial', retry: [0, 1, 3], refused: [{ index: 2 }] })
    expect(outcome(400, { code: 7, [N]: 3 }, 4, { acknowledge: true })).toMatchObject({ kind: 'hold' })
  })

  it('a number outside the batch, or for a batch of one, refuses it as a whole', () => {
    expect(outcome(400, { code: 6, [N]: 4 })).toMatchObject({ kind: 'refused' })
    expect(outcome(400, { code: 6, [N]: -1 })).toMatchObject({ kind: 'refused' })
    expect(outcome(400, { code: 6, [N]: 0 }, 1)).toMatchObject({ kind: 'refused' })
  })

  it('number 0 of a large body may mean its size: it is halved', () => {
    const large = someEvents(4).map((event) => ({ ...event, raw: `{"text":"${'x'.repeat(300_000)}"}` }))
    expect(outcome(400, { code: 6, [N]: 0 }, 4, {}, large)).toMatchObject({ kind: 'refused' })
    expect(outcome(400, { code: 6, [N]: 1 }, 4, {}, large)).toMatchObject({ kind: 'partial', refused: [{ index: 1 }] })
  })

  it('code 7 names the object behind the bad one: what is before is indexed, the bad one and the rest are sent again', () => {
    expect(outcome(400, { code: 7, [N]: 3 })).toEqual({ kind: 'partial', retry: [2, 3], refused: [] })
    expect(outcome(400, { code: 7, [N]: 1 })).toMatchObject({ kind: 'hold' })
    expect(outcome(400, { code: 7, [N]: 0 })).toMatchObject({ kind: 'hold' })
  })
})

describe('acknowledgement', () => {
  const ACKNOWLEDGING = { acknowledge: true }
  const RECEIPT = '11111111-2222-3333-4444-555555555555/7'
  const { confirmation } = splunkHec
  if (confirmation === undefined) throw new TypeError('splunk-hec has no confirmation')
  const asked = (status: number, body: string, receipt = RECEIPT) =>
    confirmation.outcome({ status, headers: {}, body }, receipt, own(ACKNOWLEDGING))

  it('an answer with a number is accepted; its receipt is channel and number', () => {
    const response = { status: 200, headers: {}, body: '{"text":"Success","code":0,"ackId":7}' }
    const sent = splunkHec.request(delivery(), own(ACKNOWLEDGING), secrets, NOW)
    expect(splunkHec.outcome(response, delivery(), own(ACKNOWLEDGING), NOW)).toEqual({
      kind: 'accepted',
      receipt: `${sent.headers['x-splunk-request-channel']}/7`,
    })
    const first = { ...response, body: '{"text":"Success","code":24,"ackId":0}' }
    expect(splunkHec.outcome(first, delivery(), own(ACKNOWLEDGING), NOW)).toMatchObject({ kind: 'accepted' })
    expect(splunkHec.outcome(response, delivery(), own(), NOW)).toEqual({ kind: 'delivered' })
  })

  it('an answer without a number says that the token has no acknowledgement: hold', () => {
    const response = { status: 200, headers: {}, body: '{"text":"Success","code":0}' }
    expect(splunkHec.outcome(response, delivery(), own(ACKNOWLEDGING), NOW)).toMatchObject({ kind: 'hold' })
  })

  it('is asked for by number, in the channel of the receipt, whatever the configuration says by now', () => {
    expect(confirmation.request(RECEIPT, own({ acknowledge: true }), secrets)).toEqual({
      method: 'POST',
      url: 'https://splunk.example.com:8088/services/collector/ack?channel=11111111-2222-3333-4444-555555555555',
      headers: { 'content-type': 'application/json' },
      body: '{"acks":[7]}',
    })
  })

  it('is asked for every 10 s, for 5 minutes', () => {
    expect([confirmation.everyMs, confirmation.giveUpAfterMs]).toEqual([10_000, 300_000])
  })

  it.each([
    [200, '{"acks":{"7":true}}', 'delivered'],
    [200, '{"acks":{"7":false}}', 'retry'],
    [200, '{"acks":{"8":true}}', 'retry'],
    [200, '{"acks":{}}', 'retry'],
    [200, '<html>', 'retry'],
    [400, '{"text":"ACK is disabled","code":14}', 'hold'],
    [400, '{"text":"Data channel is missing","code":10}', 'hold'],
    [400, '{"text":"Invalid data channel","code":11}', 'hold'],
    [400, '{"text":"Invalid data format","code":6}', 'refused'],
    [401, '{"text":"Invalid authorization","code":3}', 'hold'],
    [403, '{"text":"Invalid token","code":4}', 'hold'],
    [404, '', 'retry'],
    [503, '{"text":"Server is busy","code":9}', 'retry'],
    [503, '{"text":"ACK service unavailable","code":19}', 'retry'],
    [500, '{"acks":{"7":true}}', 'retry'],
    [413, '', 'refused'],
  ])('%i %s is %s', (status, body, kind) => {
    expect(asked(status, body)).toMatchObject({ kind })
  })

  it('a receipt that cannot be read confirms nothing, and the events are sent again', () => {
    expect(asked(200, '{"acks":{"0":true}}', 'nonsense')).toMatchObject({ kind: 'refused' })
  })

  it('of a collector that has restarted is never one for other events', () => {
    const config = own(ACKNOWLEDGING)
    const [one, other] = [delivery(1), delivery(2)]
    const accepted = { status: 200, headers: {}, body: '{"text":"Success","code":0,"ackId":0}' }
    const receipts = [one, other].map((sent) => splunkHec.outcome(accepted, sent, config, NOW))
    expect(receipts[0]).not.toEqual(receipts[1])
  })

  it('is given once by the receiver, and in no other channel', () => {
    const receiver = createSplunk({ acknowledges: true })
    const { outcome } = postTo(receiver, splunkHec, someEvents(2))
    const config = configFor(receiver, splunkHec)
    const receipt = outcome.kind === 'accepted' ? outcome.receipt : ''
    const ask = (asking: string) => {
      const request = confirmation.request(asking, config.own as never, secretsOf(receiver))
      const authorization = `Splunk ${secretsOf(receiver)({ secret: 'destinations/splunk/token' })}`
      const answer = receiver.answer(receivedRequest({ ...request, headers: { ...request.headers, authorization } }))
      return confirmation.outcome(responseOf(answer), asking, config.own as never).kind
    }
    expect(ask('00000000-0000-0000-0000-000000000000/0')).toBe('retry')
    expect(ask(receipt)).toBe('delivered')
    expect(ask(receipt)).toBe('retry')
  })
})

describe('the simulated receiver', () => {
  it('stores what the destination sends, record by record as it was written', () => {
    const receiver = createSplunk()
    const events = someEvents(3)
    const { outcome } = postTo(receiver, splunkHec, events, { index: 'audit', sourcetype: 'tines', host: 'h' })
    expect(outcome).toEqual({ kind: 'delivered' })
    expect(receiver.stored()).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it.each([
    ['a blank event', '""'],
    ['no event', 'null'],
  ])('%s cuts the batch off, and the outcome says where', (_, raw) => {
    const receiver = createSplunk()
    const events = someEvents(4).map((event, index) => (index === 2 ? { ...event, raw } : event))
    expect(postTo(receiver, splunkHec, events).outcome).toMatchObject({
      kind: 'partial',
      retry: [3],
      refused: [{ index: 2 }],
    })
    expect(receiver.stored().map(({ id }) => id)).toEqual(events.slice(0, 2).map(({ id }) => id))
  })

  it('an index that the token may not write to is a hold', () => {
    const receiver = createSplunk({ indexes: ['audit'] })
    expect(postTo(receiver, splunkHec, someEvents(2), { index: 'other' }).outcome).toMatchObject({ kind: 'hold' })
    expect(receiver.stored()).toEqual([])
  })

  it.each([
    ['another token', { authorization: 'Splunk x' }, '', 403, 4],
    ['another scheme', { authorization: 'Bearer x' }, '', 401, 3],
    ['commas', {}, '{"event":1},{"event":2}', 400, 6],
    ['a truncated object', {}, '{"event":1}{"eve', 400, 6],
    ['a key in another case', {}, '{"Event":1}', 400, 6],
    ['no event', {}, '{"time":1}', 400, 12],
    ['nested fields', {}, '{"event":1,"fields":{"a":{"b":1}}}', 400, 15],
    ['a nested time', {}, '{"event":1,"time":"yesterday"}', 400, 6],
    ['nothing', {}, '', 400, 5],
  ])('refuses %s', (_, headers, body, status, code) => {
    const receiver = createSplunk()
    const authorization = `Splunk ${secretsOf(receiver)({ secret: 'destinations/splunk/token' })}`
    const answer = receiver.answer(
      receivedRequest({
        method: 'POST',
        url: `${URL_}/services/collector/event`,
        headers: { 'content-type': 'application/json', authorization, ...headers },
        body,
      }),
    )
    expect([answer.status, JSON.parse(answer.body ?? '').code]).toEqual([status, code])
  })
})

describe("Splunk's own client", () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  const send = async (token: string) => {
    const receiver = createSplunk()
    const served = await serveReceiver(receiver, { port: 0 })
    closing.push(served.close)
    const logger = new Logger({
      token: token || receiver.secrets()['destinations/splunk/token'],
      url: served.url,
      maxBatchCount: 0,
    })
    logger.error = () => {}
    const metadata = { source: 's', sourcetype: 'st', index: 'audit', host: 'h' }
    for (const message of ['one', 'two']) logger.send({ message: { text: message }, metadata }, () => {})
    const body = await new Promise((resolve, reject) => {
      logger.flush((error, _, answer) => (error === null ? resolve(answer) : reject(error)))
    })
    return { receiver, body }
  }

  test('is understood by the simulated receiver: a batch of two is two events', async () => {
    const { receiver, body } = await send('')
    expect(body).toMatchObject({ code: 0 })
    expect(receiver.stored().map(({ raw }) => JSON.parse(raw).message.text)).toEqual(['one', 'two'])
  })

  test('understands the simulated receiver when it refuses', async () => {
    const { receiver, body } = await send('another')
    expect(body).toMatchObject({ code: 4, text: 'Invalid token' })
    expect(receiver.stored()).toEqual([])
  })
})
