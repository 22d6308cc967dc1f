import { join } from 'node:path'
import { synthesize } from '../local/synthesize.ts'
import { compareIsolation } from './isolation.ts'
import type { Measured, Task } from './measure.ts'
import { nextMessage, open, startMeasured } from './processes.ts'

/** Enough for the code to be compiled and warm; and what is counted in requests and compared in memory. */
const EVENTS = 50_000
const FEW = 10_000
const BACKLOG = 300_000
const ROUNDS = 3

let runs = 0

interface Services {
  readonly environment: Record<string, string>
  readonly functions: readonly {
    logicalId: string
    folder: string
    handler: string
    environment: Record<string, string>
  }[]
}

/**
 * Measures the built functions next to a bare loop, in one run, in CPU time of the measured process alone. All numbers are of
 * this machine; the ratios are what is worth comparing.
 */
console.log('pollhook bench: starting the vendor, the receiver and the emulators')
const assembly = await synthesize(join(import.meta.dirname, '../.pollhook/assembly'), () => {})
const sinkUrl = String((await open(['sink'])).url)
const services = (await open(['emulators', assembly], { BENCH_SINK: sinkUrl })) as unknown as Services
const queueUrl = String(functionOf('poll').environment.POLLHOOK_QUEUE_URL)
const medium = String((await open(['vendor', String(EVENTS)])).url)
const small = String((await open(['vendor', String(FEW)])).url)
const large = String((await open(['vendor', String(BACKLOG)])).url)

await compare(
  'poll path, one event a message',
  task('poll', { vendorUrl: small, perMessage: 1 }),
  task('bare poll', { vendorUrl: small, perMessage: 1 }),
  0.6,
)
await compare(
  'poll path, 500 events a message',
  task('poll', { perMessage: 500 }),
  task('bare poll', { perMessage: 500 }),
  0.6,
)
await compare('deliver path, one event a request', task('deliver', {}), task('bare deliver', {}), 0.7)
await compareMemory()
await countRequests()
await compareIsolation()
process.exit()

function task(kind: Task['kind'], more: Partial<Task>): Task {
  const handlerPath = handlerOf(kind === 'deliver' ? 'deliver' : 'poll')
  return {
    kind,
    vendorUrl: medium,
    sinkUrl,
    queueUrl,
    handlerPath,
    events: EVENTS,
    perMessage: 1,
    warmUp: true,
    run: '',
    ...more,
  }
}

/** Alternates the two, so that whatever else the machine does meets both; the best round of each counts. */
async function compare(name: string, ours: Task, bare: Task, wanted: number): Promise<void> {
  const rates = { ours: 0, bare: 0 }
  const perSecond = { ours: 0, bare: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [whose, task] of [
      ['ours', ours],
      ['bare', bare],
    ] as const) {
      const { events, cpuMs, durationMs } = await measure(task)
      rates[whose] = Math.max(rates[whose], (events / cpuMs) * 1000)
      perSecond[whose] = Math.max(perSecond[whose], (events / durationMs) * 1000)
    }
  }
  const ratio = rates.ours / rates.bare
  const verdict = ratio >= wanted ? 'reached' : 'MISSED'
  const [a, b, c, d] = [rates.ours, rates.bare, perSecond.ours, perSecond.bare].map((rate) =>
    Math.round(rate).toLocaleString('en').padStart(7),
  )
  console.log(
    `${name.padEnd(36)}${a} events per CPU second, bare loop ${b}, ratio ${ratio.toFixed(2)} (${wanted} ${verdict}); per second ${c}, bare loop ${d}`,
  )
}

async function compareMemory(): Promise<void> {
  const peaks: number[] = []
  for (const [events, vendorUrl] of [
    [FEW, small],
    [BACKLOG, large],
  ] as const) {
    const measured = await measure(task('poll', { vendorUrl, perMessage: 500, warmUp: false }))
    if (measured.events !== events) throw new Error(`Found ${measured.events} events, wanted ${events}`)
    peaks.push(measured.peakMb)
    console.log(
      `backlog of ${events.toLocaleString('en').padStart(7)} events: peak memory ${measured.peakMb.toFixed(0)} MB`,
    )
  }
  const [first = 1, last = 1] = peaks
  console.log(
    `peak memory grows by a factor of ${(last / first).toFixed(2)} (1.3 ${last / first <= 1.3 ? 'reached' : 'MISSED'})`,
  )
}

/** What events cost in AWS requests. Lambda's own calls to the queue follow from its batch of ten messages. */
async function countRequests(): Promise<void> {
  for (const perMessage of [1, 500]) {
    const { requests } = await measure(task('poll', { vendorUrl: small, perMessage, warmUp: false }))
    const messages = perMessage === 1 ? FEW : (requests.SendMessageBatch ?? 0)
    const calls = Object.entries(requests).map(([operation, count]) => `${count} ${operation}`)
    const queue = `${Math.ceil(messages / 10)} ReceiveMessage, as many DeleteMessageBatch`
    console.log(
      `AWS requests for ${FEW.toLocaleString('en')} events, ${perMessage} a message: ${calls.join(', ')}; then ${queue}`,
    )
  }
}

async function measure(task: Task): Promise<Measured> {
  const name = task.kind === 'deliver' ? 'deliver' : 'poll'
  const env = { PATH: process.env.PATH, ...functionOf(name).environment, ...services.environment, POLLHOOK_LOCAL: '1' }
  const child = startMeasured('measure.ts', { ...task, run: `${++runs}` }, env)
  return (await nextMessage(child)) as unknown as Measured
}

function functionOf(name: string) {
  const found = services.functions.find(({ logicalId }) => logicalId.toLowerCase().includes(name))
  if (found === undefined) throw new Error(`There is no function ${name}`)
  return found
}

function handlerOf(name: string): string {
  const { folder, handler } = functionOf(name)
  return join(folder, `${handler.split('.')[0]}.mjs`)
}
