import { setTimeout as sleep } from 'node:timers/promises'
import { barePostAll } from './bare.ts'
import { again } from './chance.ts'
import { nowMs } from './clock.ts'
import { BATCH, bodyFor, INVOCATIONS, type Passage, Pool } from './pool.ts'
import {
  AT_FIRST_MS,
  BACKLOG,
  type Delays,
  EVENTS_PER_SECOND,
  type PoolTask,
  type Question,
  type Rates,
  WINDOW_MS,
  WINDOWS,
} from './pool-task.ts'
import { recordOf } from './records.ts'

/** A process with a pool in it, which answers its parent's questions about it. */

/** For each healthy destination, before anything is measured. */
const WARM_UP = 300
/** What is not delivered by then is not waited for. */
const LONGEST_WAIT_MS = 20_000

const BAD = 'bad'

const task = JSON.parse(process.argv[2] ?? '') as PoolTask
const healthy = task.healthyUrls.map((url, n) => ({ id: `healthy-${n}`, url }))
const bad = task.badUrl === undefined ? [] : [{ id: BAD, url: task.badUrl }]
const urls = new Map([...healthy, ...bad].map(({ id, url }) => [id, url]))
let pool = new Pool(task.isFair, urls)

process.stdout.write = () => true
process.on('disconnect', () => process.exit())
process.on('message', async (question: Question) => process.send?.(await answer(question)))
process.send?.({})

function answer(question: Question): Promise<Delays | Rates> {
  switch (question) {
    case 'warm up':
      return warmUp()
    case 'delays':
      return delays()
    case 'rates':
      return ratesBesideBad()
    default:
      return bareRates()
  }
}

/** The code is warm then; the functions are new, and know nothing of any destination. */
async function warmUp(): Promise<Rates> {
  const rates = await ratesOf(() => deliverBacklog(WARM_UP))
  pool = new Pool(task.isFair, urls)
  return rates
}

async function delays(): Promise<Delays> {
  const startedAtMs = nowMs()
  const ends = [...healthy, ...bad].map(({ id }) => feed(id))
  await sleep(AT_FIRST_MS + WINDOWS * WINDOW_MS)
  for (const end of ends) end()
  await pool.allDelivered(LONGEST_WAIT_MS)
  const { delivered, waiting } = pool.passages()
  const within = (fromMs: number, lengthMs: number) =>
    [...delivered, ...waiting].filter(({ queuedAtMs }) => {
      const atMs = queuedAtMs - startedAtMs - fromMs
      return atMs >= 0 && atMs < lengthMs
    })
  const windows = Array.from({ length: WINDOWS }, (_, n) => within(AT_FIRST_MS + n * WINDOW_MS, WINDOW_MS))
  return { worstAtFirstMs: quantileMs(within(0, AT_FIRST_MS), 1), p99Ms: windows.map((one) => quantileMs(one, 0.99)) }
}

/** Of a backlog of all healthy ones, while the bad one goes on getting its events. */
async function ratesBesideBad(): Promise<Rates> {
  const ends = bad.map(({ id }) => feed(id))
  const rates = await ratesOf(() => deliverBacklog(BACKLOG))
  for (const end of ends) end()
  return rates
}

/** @returns how many were delivered in time */
async function deliverBacklog(eventsEach: number): Promise<number> {
  pool.passages()
  for (let n = 0; n < eventsEach; n++) for (const { id } of healthy) pool.put(id, true)
  await pool.allDelivered(LONGEST_WAIT_MS)
  return pool.passages().delivered.length
}

/** The same requests, as many at the same time, without anything around them. */
function bareRates(): Promise<Rates> {
  const posts = Array.from({ length: BACKLOG }, (_, n) =>
    healthy.map(({ id, url }) => ({ url, record: recordOf(`${n}`, bodyFor(id, n).body) })),
  )
  return ratesOf(() => barePostAll(posts.flat(), INVOCATIONS * BATCH))
}

/** Events at times that do not depend on each other, by exponential waits. @returns a function that ends it */
function feed(destination: string): () => void {
  const waitMs = () => (-Math.log(1 - Math.random()) * 1000) / EVENTS_PER_SECOND
  let dueMs = nowMs() + waitMs()
  return again(() => {
    // Timers are late, and know whole milliseconds only.
    for (; dueMs <= nowMs(); dueMs += waitMs()) pool.put(destination, destination !== BAD)
    return Math.max(1, dueMs - nowMs())
  })
}

async function ratesOf(work: () => Promise<number>): Promise<Rates> {
  const [startedAtMs, before] = [nowMs(), process.cpuUsage()]
  const events = await work()
  const { user, system } = process.cpuUsage(before)
  return { perSecond: (events / (nowMs() - startedAtMs)) * 1e3, perCpuSecond: (events / (user + system)) * 1e6 }
}

function quantileMs(passages: readonly Passage[], share: number): number {
  const delaysMs = passages.map(({ delayMs }) => delayMs).toSorted((one, other) => one - other)
  return delaysMs[Math.ceil(delaysMs.length * share) - 1] ?? Number.NaN
}
