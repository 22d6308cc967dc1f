import { Client as Elasticsearch } from '@elastic/elasticsearch'
import { Client as OpenSearch } from '@opensearch-project/opensearch'
import { afterEach, describe, expect, it } from 'vitest'
import { elastic } from '../../../../functions/deliver/destinations/elastic.ts'
import { opensearch } from '../../../../functions/deliver/destinations/opensearch.ts'
import { createElastic } from '../../../../local/receivers/elastic.ts'
import { createOpensearch } from '../../../../local/receivers/opensearch.ts'
import type { ReceivedRequest, SimulatedReceiver } from '../../../../local/receivers/receiver.ts'
import { serveReceiver } from '../../../../local/receivers/serve.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { configFor, postTo, secretsOf } from './post-to-receiver.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Serves a receiver, and keeps what it got. */
async function serve(receiver: SimulatedReceiver) {
  const received: ReceivedRequest[] = []
  const answer = (request: ReceivedRequest) => {
    received.push(request)
    return receiver.answer(request)
  }
  const { url, close } = await serveReceiver({ ...receiver, answer }, { port: 0 })
  closing.push(close)
  return { received, url }
}

const elasticClient = (receiver: SimulatedReceiver, node: string) =>
  new Elasticsearch({
    node,
    auth: { apiKey: secretsOf(receiver)({ secret: 'destinations/elastic/api-key' }) },
    maxRetries: 0,
  })

const opensearchClient = (receiver: SimulatedReceiver, node: string) => {
  const password = secretsOf(receiver)({ secret: 'destinations/opensearch/password' })
  return new OpenSearch({ node, auth: { username: 'pollhook', password }, maxRetries: 0 })
}

const events: OutgoingEvent[] = ['a', 'b', 'c'].map((name, n) => ({
  id: `evt_${name}`,
  type: 'tines.event',
  time: '2026-05-01T09:59:59.123Z',
  raw: `{"n":${n},"text":"é \u2028"}`,
}))

/** The lines of a body, as the clients want them: actions and documents in turn. */
const operationsIn = (body: unknown): object[] =>
  `${body}`
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe("Elastic's own client", () => {
  it('writes the same bytes as the destination for the same documents', async () => {
    const receiver = createElastic()
    const { request } = postTo(createElastic(), elastic, events)
    const { url, received } = await serve(receiver)
    const reply = await elasticClient(receiver, url).bulk({
      index: 'logs-pollhook-default',
      operations: operationsIn(request.body),
      filter_path: 'errors,items.*.status,items.*.error',
      include_source_on_error: false,
      require_data_stream: true,
    })
    expect(reply).toEqual({ errors: false, items: Array.from({ length: 3 }, () => ({ create: { status: 201 } })) })
    expect(received.map(({ body }) => body.toString())).toEqual([request.body])
    const asked = new URL(request.url)
    expect(received[0]?.path).toBe(asked.pathname)
    expect(Object.fromEntries(received[0]?.query ?? [])).toEqual(Object.fromEntries(asked.searchParams))
    expect(received[0]?.headers.authorization).toBe(request.headers.authorization)
  })

  it('has its bulk helper understood by the simulated receiver, and understands what that refuses', async () => {
    const receiver = createElastic()
    const { url } = await serve(receiver)
    const dropped: unknown[] = []
    const stats = await elasticClient(receiver, url).helpers.bulk({
      datasource: [{ '@timestamp': '2026-05-01T00:00:00Z', tines: {} }, { noTimestamp: true }],
      onDocument: () => ({ create: { _id: undefined as never } }),
      onDrop: ({ status, error }) => dropped.push([status, error?.type]),
      index: 'logs-pollhook-default',
    })
    expect(stats).toMatchObject({ total: 2, successful: 1, failed: 1 })
    expect(dropped).toEqual([[400, 'document_parsing_exception']])
  })

  it('reports another key as what it is', async () => {
    const receiver = createElastic()
    const { url } = await serve(receiver)
    const client = new Elasticsearch({ node: url, auth: { apiKey: 'another' }, maxRetries: 0 })
    await expect(client.bulk({ index: 'logs-a-b', operations: [{ create: {} }, {}] })).rejects.toMatchObject({
      meta: { statusCode: 401, body: { error: { type: 'security_exception' } } },
    })
  })
})

describe("OpenSearch's own client", () => {
  it('writes the same bytes as the destination for the same documents', async () => {
    const receiver = createOpensearch()
    const { request } = postTo(createOpensearch(), opensearch, events)
    const { url, received } = await serve(receiver)
    const { body: reply } = await opensearchClient(receiver, url).bulk({
      index: `${configFor(receiver, opensearch).own.dataStream}`,
      body: operationsIn(request.body) as never,
      filter_path: 'errors,items.*.status,items.*.error' as never,
    })
    expect(reply).toEqual({ errors: false, items: Array.from({ length: 3 }, () => ({ create: { status: 201 } })) })
    expect(received.map(({ body }) => body.toString())).toEqual([request.body])
    expect(received[0]?.path).toBe(new URL(request.url).pathname)
    expect(received[0]?.headers['content-type']).toBe(request.headers['content-type'])
    expect(received[0]?.headers.authorization).toBe(request.headers.authorization)
  })

  it('has its bulk helper understood by the simulated receiver, and understands what that refuses', async () => {
    const receiver = createOpensearch({ flattened: [] })
    const { url } = await serve(receiver)
    const dropped: unknown[] = []
    const stats = await opensearchClient(receiver, url).helpers.bulk({
      datasource: [{ a: 1 }, { a: { b: 2 } }],
      onDocument: () => ({ create: { _index: 'audit' } }),
      onDrop: ({ status, error }: { status: number; error: { type: string } | null }) =>
        dropped.push([status, error?.type]),
      index: 'audit',
    } as never)
    expect(stats).toMatchObject({ total: 2, successful: 1, failed: 1 })
    expect(dropped).toEqual([[400, 'document_parsing_exception']])
  })
})
