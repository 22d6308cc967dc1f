import { readFileSync } from 'node:fs'
import { LogsIngestionClient } from '@azure/monitor-ingestion'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentinel } from '../../../../functions/deliver/destinations/sentinel.ts'
import { createSentinel } from '../../../../local/receivers/sentinel.ts'
import { type ServedReceiver, serveReceiver } from '../../../../local/receivers/serve.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { configFor, receivedRequest, responseOf, secretsOf, someEvents } from './post-to-receiver.ts'

const RULE = 'dcr-000a00a000a00000a000000aa000a0aa'
const CLIENT_SECRET = { clientSecret: { secret: 'soc/client-secret' } }
const OWN = {
  dcrImmutableId: RULE,
  stream: 'Custom-Pollhook',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientId: '8b3f7a3c-2d55-4f4e-8c0e-1a6d5f4b9e10',
}
const CERTIFICATE = { certificate: { secret: 'soc/certificate' }, key: { secret: 'soc/key' } }
destinationContract('sentinel', sentinel, [
  {
    name: 'a client secret',
    own: { ...OWN, ...CLIENT_SECRET },
    secrets: { 'soc/client-secret': 'aaa8Q~secret-of-app' },
  },
  {
    name: 'a certificate, in China',
    own: { ...OWN, ...CERTIFICATE, clientId: { secret: 'soc/client' }, cloud: 'china' },
    secrets: { 'soc/certificate': 'PEM-of-certificate', 'soc/key': 'PEM-of-key', 'soc/client': 'id-of-client' },
  },
])

const NOW = new Date('2026-05-01T10:15:42.479Z')
const ENDPOINT = 'https://dcr-soc-x1y2.westeurope-1.ingest.monitor.azure.com'
const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\n "a": "1" }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) =>
  sentinel.config.parse({ url: ENDPOINT, ...OWN, ...CLIENT_SECRET, ...more }) as never
const delivery = (events: readonly OutgoingEvent[]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, events: readonly OutgoingEvent[] = [EVENT]) =>
  sentinel.request(delivery(events), config(more), () => '', NOW)

describe('the request', () => {
  it('posts a row for each event to the stream of the rule', () => {
    expect(request()).toEqual({
      method: 'POST',
      url: `${ENDPOINT}/dataCollectionRules/${RULE}/streams/Custom-Pollhook?api-version=2023-01-01`,
      headers: { 'content-type': 'application/json' },
      body: '[{"TimeGenerated":"2026-05-01T10:15:42.479123Z","EventTime":"2026-05-01T10:15:42.479123Z","EventId":"evt_a","EventType":"tines.event","Source":"prod-tines","SourceType":"tines","RawData":"{ \\"id\\": 9007199254740993,\\n \\"a\\": \\"1\\" }"}]',
    })
  })

  it.each([`${ENDPOINT}/`, `${ENDPOINT}?x=1`])('goes to the same address for %s', (url) => {
    expect(request({ url }).url).toBe(request().url)
  })

  it('stays below 1 MB when every character of the records is escaped', () => {
    const { maxEvents, maxBytes } = sentinel.batch
    const raw = '"'.repeat(Math.floor(maxBytes / maxEvents))
    const events = someEvents(maxEvents).map((event) => ({ ...event, raw, type: `tines.${'x'.repeat(80)}` }))
    expect(Buffer.byteLength(String(request({}, events).body))).toBeLessThanOrEqual(1_000_000)
  })
})

describe('a record that no column can hold', () => {
  const columns = (raw: string): [string, string][] => {
    const [row] = JSON.parse(String(request({}, [{ ...EVENT, raw }]).body))
    return Object.entries<string>(row).filter(([name]) => name.startsWith('RawData'))
  }

  it('up to 64,000 bytes is in one', () => {
    expect(columns('x'.repeat(64_000)).map(([name]) => name)).toEqual(['RawData'])
  })

  it.each(['x', 'é', '€', '\u{1F600}'])('made of %s is cut between characters, and nothing is lost', (character) => {
    const raw = `"${character.repeat(40_000)}${'z'.repeat(60_000)}"`
    const found = columns(raw)
    const bytes = found.map(([, text]) => Buffer.byteLength(text))
    expect(found.map(([, text]) => text).join('')).toBe(raw)
    expect(Math.max(...bytes)).toBeLessThanOrEqual(64_000)
    expect(bytes.slice(0, -1).every((count) => count > 63_990)).toBe(true)
    expect(found.map(([name]) => name)).toEqual(found.map((_, n) => (n === 0 ? 'RawData' : `RawData${n + 1}`)))
  })

  it('fills 16 columns at most, as a call has no room for more', () => {
    expect(columns('x'.repeat(999_000))).toHaveLength(16)
  })
})

describe('the credential', () => {
  const auth = (more: Readonly<Record<string, unknown>> = {}) => sentinel.auth?.(config(more))

  it.each([
    ['public', 'https://login.microsoftonline.com', 'https://monitor.azure.com/.default'],
    ['government', 'https://login.microsoftonline.us', 'https://monitor.azure.us/.default'],
    ['china', 'https://login.partner.microsoftonline.cn', 'https://monitor.azure.cn/.default'],
  ])('in the %s cloud comes from %s for %s', (cloud, authority, scope) => {
    expect(auth({ cloud })).toEqual({
      kind: 'oauth2',
      tokenUrl: `${authority}/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token`,
      parameters: { scope },
      client: { kind: 'secret-in-body', id: OWN.clientId, secret: { secret: 'soc/client-secret' } },
    })
  })

  it('is a certificate instead of a secret', () => {
    expect(auth({ clientSecret: undefined, ...CERTIFICATE })).toMatchObject({
      client: { kind: 'certificate', id: OWN.clientId, ...CERTIFICATE },
    })
  })

  it('comes from elsewhere when the configuration says so', () => {
    expect(auth({ authority: 'https://login.example.com/' })).toMatchObject({
      tokenUrl: 'https://login.example.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token',
    })
  })

  it.each([
    { clientSecret: undefined },
    { clientSecret: undefined, certificate: CERTIFICATE.certificate },
    CERTIFICATE,
    { clientSecret: 'plain' },
    { tenantId: 'a/b' },
    { dcrImmutableId: 'dcr-1' },
    { stream: 'Microsoft-SecurityEvent' },
    { stream: 'Custom-a/b' },
    { cloud: 'germany' },
  ])('or the rest is wrong: %j', (more) => {
    expect(sentinel.config.safeParse({ url: ENDPOINT, ...OWN, ...CLIENT_SECRET, ...more }).success).toBe(false)
  })
})

it('takes events of the last 2 days with their time, and says what becomes of others', () => {
  expect(sentinel.ageLimit?.(config())).toEqual({
    maxAgeMs: 2 * 24 * 3_600_000,
    effect: 'Sentinel sets their TimeGenerated to the time of their arrival; their own time is in EventTime',
  })
})

describe('an answer', () => {
  const outcome = (status: number, body: unknown = '') =>
    sentinel.outcome(
      { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) },
      delivery([EVENT]),
      config(),
      NOW,
    )

  // https://learn.microsoft.com/en-us/azure/azure-monitor/logs/tutorial-logs-ingestion-code#troubleshooting
  it.each([
    [204, undefined, 'delivered'],
    [200, undefined, 'delivered'],
    [400, 'InvalidPayload', 'refused'],
    [400, 'RecordsTimeRangeIsMoreThan30Minutes', 'refused'],
    [400, 'InvalidStream', 'hold'],
    [400, 'InvalidTransformOutput', 'hold'],
    [400, 'InvalidDcrImmutableId', 'hold'],
    [401, 'InvalidToken', 'hold'],
    [403, 'OperationFailed', 'hold'],
    [404, 'NotFound', 'hold'],
    [413, 'ContentLengthLimitExceeded', 'refused'],
    [429, 'TooManyRequests', 'retry'],
    [500, 'InternalServerError', 'retry'],
    [503, undefined, 'retry'],
  ] as const)('%i %s is %s', (status, code, kind) => {
    const found = outcome(status, code && { error: { code, message: 'secret' } })
    expect(found.kind).toBe(kind)
    const reason = `the receiver answered ${status}${code === undefined ? '' : `: ${code}`}`
    if ('reason' in found) expect(found.reason).toBe(reason)
  })

  it('with a code that is no word keeps it out of the reason', () => {
    expect(outcome(400, { error: { code: 'a secret' } })).toEqual({
      kind: 'refused',
      reason: 'the receiver answered 400',
    })
  })
})

describe('the data collection rule and the table of the documentation', () => {
  const page = readFileSync('docs/destinations/sentinel.md', 'utf8')
  const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text))
  const sent = [
    ['TimeGenerated', 'datetime'],
    ['EventTime', 'datetime'],
    ['EventId', 'string'],
    ['EventType', 'string'],
    ['Source', 'string'],
    ['SourceType', 'string'],
    ['RawData', 'string'],
    ...Array.from({ length: 15 }, (_, n) => [`RawData${n + 2}`, 'string']),
  ]
  const namesAndTypes = (columns: readonly { name: string; type: string }[]) =>
    columns.map(({ name, type }) => [name, type.toLowerCase()])

  it('declare every column that is sent', () => {
    const rule = blocks.find((block) => block.kind === 'Direct')
    const table = blocks.find((block) => block.properties?.schema !== undefined)
    expect(namesAndTypes(rule.properties.streamDeclarations['Custom-Pollhook'].columns)).toEqual(sent)
    expect(namesAndTypes(table.properties.schema.columns)).toEqual(sent)
  })
})

describe('the simulated Azure Monitor', () => {
  let served: ServedReceiver
  const receiver = createSentinel()
  beforeAll(async () => {
    served = await serveReceiver(receiver, { port: 0 })
  })
  afterAll(() => served.close())

  const tokenOf = async () => {
    const { auth } = configFor(receiver, sentinel)
    if (auth?.kind !== 'oauth2' || auth.client.kind !== 'secret-in-body') throw new TypeError('no client credentials')
    const { id, secret } = auth.client
    const form = { grant_type: 'client_credentials', client_id: `${id}`, client_secret: secretsOf(receiver)(secret) }
    const body = new URLSearchParams({ ...form, ...auth.parameters })
    const answer = await fetch(`${served.url}${new URL(auth.tokenUrl).pathname}`, { method: 'POST', body })
    expect(answer.status).toBe(200)
    return String(Object(await answer.json()).access_token)
  }

  const post = (token: string, events: readonly OutgoingEvent[]) => {
    const { own } = configFor(receiver, sentinel)
    const built = sentinel.request(delivery(events), own as never, () => '', NOW)
    const headers = { ...built.headers, authorization: `Bearer ${token}` }
    const answer = receiver.answer(receivedRequest({ ...built, headers }))
    return sentinel.outcome(responseOf(answer), delivery(events), own as never, NOW)
  }

  it('gives a token for the credential, takes what is sent, and has the records as they were', async () => {
    const events = someEvents(5)
    expect(post(await tokenOf(), events)).toEqual({ kind: 'delivered' })
    expect(receiver.stored().slice(-5)).toEqual(events.map(({ id, raw }) => ({ id, raw })))
  })

  it('has a record whole that a column would have cut', async () => {
    const raw = JSON.stringify({ text: 'é'.repeat(100_000) })
    expect(post(await tokenOf(), [{ ...EVENT, raw }])).toEqual({ kind: 'delivered' })
    expect(receiver.stored().at(-1)).toEqual({ id: 'evt_a', raw })
  })

  it('takes nothing without a token of its own, and nothing above 1 MB', async () => {
    expect(post('another', [EVENT]).kind).toBe('hold')
    const large = { ...EVENT, raw: JSON.stringify('x'.repeat(1_000_000)) }
    expect(post(await tokenOf(), [large])).toMatchObject({ kind: 'refused', reason: expect.stringContaining('413') })
  })

  it("takes what Microsoft's own client sends, as the same rows", async () => {
    const token = await tokenOf()
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) }
    const client = new LogsIngestionClient(served.url, credential, { allowInsecureConnection: true })
    // The client sends a token over TLS only; on loopback it is put in as a header.
    client.pipeline.removePolicy({ name: 'bearerTokenAuthenticationPolicy' })
    client.pipeline.addPolicy({
      name: 'token',
      sendRequest: (sent, next) => {
        sent.headers.set('authorization', `Bearer ${token}`)
        return next(sent)
      },
    })
    const events = someEvents(3)
    const rows = JSON.parse(String(request({}, events).body))
    await client.upload(RULE, 'Custom-Pollhook', rows)
    expect(receiver.stored().slice(-3)).toEqual(events.map(({ id, raw }) => ({ id, raw })))

    const failures: unknown[] = []
    const onError = ({ cause }: { cause: unknown }) => failures.push(cause)
    await client.upload(RULE, 'Custom-Other', rows, { onError }).catch(() => {})
    await client.upload(RULE, 'Custom-Pollhook', [{ Other: 1 }], { onError }).catch(() => {})
    expect(failures).toMatchObject([{ statusCode: 404 }, { statusCode: 400 }])
  })
})
