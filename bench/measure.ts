import { subscribe } from 'node:diagnostics_channel'
import { pathToFileURL } from 'node:url'
import { barePoll, barePost } from './bare.ts'
import { nowMs } from './clock.ts'
import { recordsOf } from './records.ts'

/** What a measured process is told. */
export interface Task {
  readonly kind: 'poll' | 'bare poll' | 'deliver' | 'bare deliver'
  readonly vendorUrl: string
  readonly sinkUrl: string
  readonly queueUrl: string
  /** Of the built bundle of the function. */
  readonly handlerPath: string
  readonly events: number
  /** Makes the source's id its own, so that no ledger knows its events. */
  readonly run: string
  /** Events in one message. */
  readonly perMessage: number
  /** Whether the same work is done once before, unmeasured. */
  readonly warmUp: boolean
}

export interface Measured {
  readonly events: number
  /** User and system time of this process alone. */
  readonly cpuMs: number
  readonly durationMs: number
  readonly peakMb: number
  /** AWS requests by operation. */
  readonly requests: Readonly<Record<string, number>>
}

const task = JSON.parse(process.argv[2] ?? '') as Task
const requests: Record<string, number> = {}
subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: { getHeader(name: string): unknown } }
  const operation =
    String(request.getHeader('x-amz-target') ?? 'other')
      .split('.')
      .at(-1) ?? 'other'
  requests[operation] = (requests[operation] ?? 0) + 1
})
process.stdout.write = () => true

const records = task.kind.endsWith('deliver') ? recordsOf(task.events) : []
if (task.warmUp) await work('warm-up')
for (const operation of Object.keys(requests)) delete requests[operation]
const [startedAtMs, before] = [nowMs(), process.cpuUsage()]
const events = await work('measured')
const { user, system } = process.cpuUsage(before)
const durationMs = nowMs() - startedAtMs
const peakMb = process.resourceUsage().maxRSS / 1024
process.send?.({ events, cpuMs: (user + system) / 1000, durationMs, peakMb, requests } satisfies Measured)

function work(pass: string): Promise<number> {
  switch (task.kind) {
    case 'poll':
      return poll(pass)
    case 'bare poll':
      return barePoll(task)
    case 'deliver':
      return deliver()
    default:
      return barePost(records, task.sinkUrl)
  }
}

/** The function as it is deployed, invoked until it has read everything. */
async function poll(pass: string): Promise<number> {
  const { handler } = await import(pathToFileURL(task.handlerPath).href)
  const source = {
    type: 'bloodhound',
    baseUrl: task.vendorUrl,
    jwt: { secret: 'bloodhound/session' },
    startFrom: new Date(Date.now() - 86_400_000).toISOString(),
    destinations: ['hook'],
    sweep: false,
  }
  const batch = { maxEvents: task.perMessage, maxBytes: 400_000 }
  const assignment = {
    sourceId: `${pass}-${task.run}`,
    source: JSON.stringify(source),
    routes: [{ id: 'hook', batch, filter: { types: ['*'], exclude: [] } }],
    tickAt: new Date().toISOString(),
  }
  const enqueued = listen('enqueued')
  await handler(assignment, contextOf(pass))
  return enqueued()
}

/** The function as it is deployed, handed ten messages at a time as the queue does. */
async function deliver(): Promise<number> {
  const { handler } = await import(pathToFileURL(task.handlerPath).href)
  for (let at = 0; at < records.length; at += 10) {
    const { batchItemFailures } = await handler({ Records: records.slice(at, at + 10) }, contextOf(String(at)))
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages were not delivered`)
  }
  return records.length
}

function contextOf(awsRequestId: string) {
  return { awsRequestId, getRemainingTimeInMillis: () => 900_000 }
}

/** Adds up a field of the lines that the function logs. */
function listen(field: string): () => number {
  let sum = 0
  process.stdout.write = (text) => {
    const value = JSON.parse(String(text))[field]
    if (typeof value === 'number') sum += value
    return true
  }
  return () => sum
}
