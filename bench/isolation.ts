import type { ChildProcess } from 'node:child_process'
import { INVOCATIONS, TIMEOUT_SECONDS } from './pool.ts'
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
import { nextMessage, open, startMeasured } from './processes.ts'
import { type Manner, SLOW_SECONDS } from './receivers.ts'

const HEALTHY = 9
/** What a bad destination may make of the healthy ones' p99. */
const MOST = 1.5
const NOISY = 1.25

const BAD = {
  hanging: `one that hangs (${TIMEOUT_SECONDS} s)`,
  slow: `one that takes ${SLOW_SECONDS} s`,
  throttling: 'one that throttles',
} as const satisfies Partial<Record<Manner, string>>

/** The deliver function in a process, with healthy destinations and at most one bad one. */
interface Deployment {
  readonly queue: 'fair' | 'unfair'
  readonly bad?: keyof typeof BAD
  readonly child: ChildProcess
}

/**
 * Measures what a bad destination does to nine healthy ones: the function's own code, as many invocations at a time as its mapping
 * makes, real HTTP, and a queue in memory. The emulator's queue is not fair, and AWS's own is not to be had here, so two are modelled:
 * one that is fair as AWS documents it, and one that gives out the oldest first, which is the worst case. All deployments run at the same
 * time, each in a process of its own, so that whatever else the machine does meets them all.
 *
 * What counts is the time from when an event is queued to when its receiver has it.
 */
export async function compareIsolation(): Promise<void> {
  const manners = [...Array.from({ length: HEALTHY }, () => 'healthy'), ...Object.keys(BAD)]
  const urls = (await open(['receivers', manners.join(',')])).urls as string[]
  const deployments = (['fair', 'unfair'] as const).flatMap((queue) =>
    [undefined, 'hanging', 'slow', 'throttling'].map((bad) => start(queue, bad as Deployment['bad'], manners, urls)),
  )
  await Promise.all(deployments.map(({ child }) => nextMessage(child)))
  await Promise.all(deployments.map((one) => ask<Rates>(one, 'warm up')))
  const delays = await Promise.all(deployments.map((one) => ask<Delays>(one, 'delays')))
  printDelays(new Map(deployments.map((one, index) => [one, delays[index] as Delays])))
  await printRates(deployments.filter(({ bad }) => bad === undefined || bad === 'hanging'))
  for (const { child } of deployments) child.disconnect()
}

function start(
  queue: Deployment['queue'],
  bad: Deployment['bad'],
  manners: readonly string[],
  urls: readonly string[],
): Deployment {
  const badUrl = bad === undefined ? undefined : urls[manners.indexOf(bad)]
  const task: PoolTask = { isFair: queue === 'fair', healthyUrls: urls.slice(0, HEALTHY), badUrl }
  return { queue, ...(bad !== undefined && { bad }), child: startMeasured('measure-pool.ts', task) }
}

async function ask<Answer>({ child }: Deployment, question: Question): Promise<Answer> {
  child.send(question)
  return (await nextMessage(child)) as Answer
}

function printDelays(delays: ReadonlyMap<Deployment, Delays>): void {
  console.log(
    `isolation: ${HEALTHY} healthy destinations, ${EVENTS_PER_SECOND} events a second to each and to a bad one, ${INVOCATIONS} invocations;` +
      ` p99 from the queue to the receiver, ${WINDOWS} times ${WINDOW_MS / 1000} s, after the first ${AT_FIRST_MS / 1000} s`,
  )
  for (const [{ queue, bad }, { p99Ms, worstAtFirstMs }] of delays) {
    const alone = [...delays].find(([other]) => other.queue === queue && other.bad === undefined)?.[1] ?? { p99Ms }
    const ratios = p99Ms.map((ms, window) => ms / (alone.p99Ms[window] ?? Number.NaN))
    const ratio = medianOf(ratios)
    const verdict = `ratio ${ratio.toFixed(2)} of ${spreadOf(ratios, 2)} (${MOST} ${ratio <= MOST ? 'reached' : 'MISSED'})`
    const name = bad === undefined ? 'healthy ones alone' : `and ${BAD[bad]}`
    console.log(
      `${`${queue} queue, ${name}`.padEnd(40)}${medianOf(p99Ms).toFixed(1).padStart(9)} ms of ${spreadOf(p99Ms, 1)}` +
        `${bad === undefined ? '' : `, ${verdict}`}; at first ${Math.round(worstAtFirstMs).toLocaleString('en')} ms at most`,
    )
  }
  printNoise([...delays].filter(([{ bad }]) => bad === undefined).map(([, { p99Ms }]) => p99Ms))
}

/** By how much the two differ that have no bad destination: nothing can be told more exactly than that. */
function printNoise([one = [], other = []]: readonly (readonly number[])[]): void {
  const factor = medianOf(one.map((ms, n) => Math.max(ms / (other[n] ?? ms), (other[n] ?? ms) / ms)))
  const advice = factor > NOISY ? ': the machine is too busy to tell, measure again' : ''
  console.log(`${'noise, healthy ones alone'.padEnd(40)}     factor ${factor.toFixed(2)}${advice}`)
}

/** One after the other, so that each has the machine for itself. */
async function printRates(deployments: readonly Deployment[]): Promise<void> {
  console.log(`a backlog of ${(HEALTHY * BACKLOG).toLocaleString('en')} events for the healthy ones`)
  for (const deployment of deployments) {
    const { queue, bad } = deployment
    printRate(
      `${queue} queue, ${bad === undefined ? 'healthy ones alone' : `and ${BAD[bad]}`}`,
      await ask(deployment, 'rates'),
    )
  }
  const [first] = deployments
  if (first !== undefined) printRate('bare loop, healthy ones alone', await ask(first, 'bare rates'))
}

function printRate(name: string, { perSecond, perCpuSecond }: Rates): void {
  const [a, b] = [perSecond, perCpuSecond].map((rate) => Math.round(rate).toLocaleString('en').padStart(9))
  console.log(`${name.padEnd(40)}${a} deliveries per second, ${b} per CPU second`)
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

function spreadOf(numbers: readonly number[], digits: number): string {
  return [Math.min(...numbers), Math.max(...numbers)].map((number) => number.toFixed(digits)).join('…')
}
