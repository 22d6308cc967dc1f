import { createHmac } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { Agent, request } from 'undici'
import { createSqs } from '../shared/aws/clients.ts'
import { inGroups, inParallel } from '../shared/aws/in-parallel.ts'
import type { Task } from './measure.ts'

const PAGE = 1000
const CONCURRENCY = 10
const KEY = Buffer.alloc(24)
const dispatcher = new Agent({ connections: CONCURRENCY })

/**
 * The least one can do to get a log into a queue: fetch a page, parse it, post its events. No id, no checkpoint, no ledger, no
 * lease; every number above 2^53 rounded.
 */
export async function barePoll({ vendorUrl, queueUrl, perMessage }: Task): Promise<number> {
  const sqs = createSqs()
  const [after, before] = [new Date(Date.now() - 86_400_000), new Date(Date.now() - 60_000)].map((at) =>
    at.toISOString(),
  )
  let events = 0
  for (;;) {
    const url = `${vendorUrl}/api/v2/audit?after=${after}&before=${before}&limit=${PAGE}&skip=${events}&offset=${events}`
    const page = await getPage(url)
    const bodies = inGroups(page, perMessage).map((group) => JSON.stringify(group))
    await inParallel(inGroups(bodies, perMessage === 1 ? 10 : 2), CONCURRENCY, async (group) => {
      const Entries = group.map((MessageBody, index) => ({ Id: String(index), MessageBody, MessageGroupId: 'hook' }))
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
    })
    events += page.length
    if (page.length < PAGE) return events
  }
}

/** The least one can do to send signed webhooks: parse, sign, post. No circuit, no schedule, no outcome, no address check. */
export async function barePost(records: readonly SQSRecord[], sinkUrl: string): Promise<number> {
  for (const group of inGroups(records, CONCURRENCY)) {
    await inParallel(group, CONCURRENCY, (record) => post(record, sinkUrl, dispatcher))
  }
  return records.length
}

/** The same to several receivers, so many requests at a time, with as many connections as they need. */
export async function barePostAll(
  posts: readonly { readonly record: SQSRecord; readonly url: string }[],
  concurrency: number,
): Promise<number> {
  const agent = new Agent()
  await inParallel(posts, concurrency, ({ record, url }) => post(record, url, agent))
  await agent.close()
  return posts.length
}

async function post(record: SQSRecord, url: string, dispatcher: Agent): Promise<void> {
  const { body } = await request(url, { method: 'POST', ...signed(record), dispatcher })
  await body.dump()
}

function signed({ body: text }: SQSRecord) {
  const [head = '', record = ''] = text.split('\n')
  const { id, type, time } = JSON.parse(head).events[0]
  const body = JSON.stringify({ type, timestamp: time, data: JSON.parse(record) })
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64')
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp }
  return { body, headers: { ...headers, 'webhook-signature': `v1,${signature}` } }
}

async function getPage(url: string): Promise<unknown[]> {
  const headers = {
    authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiIxIn0.c2ltdWxhdGVk',
    'accept-encoding': 'gzip',
  }
  const { body } = await request(url, { headers, dispatcher })
  return JSON.parse(gunzipSync(await body.bytes()).toString()).data.logs
}
