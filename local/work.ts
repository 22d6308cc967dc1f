import type { SQSClient } from '@aws-sdk/client-sqs'
import { EventSource } from './event-source.ts'
import type { Outcome } from './function-process.ts'
import type { LocalFunction } from './functions.ts'
import type { Plan, SchedulePlan } from './plan.ts'
import { startTicking, tickPayload } from './scheduler.ts'

export interface WorkOptions {
  readonly plan: Plan
  /** By name; every one of the plan. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  readonly sqs: SQSClient
  /** How many batches of a queue may be under way at once. */
  readonly maxPollers: number
  /** Default: as the schedule says. `never`: only `tick()` ticks. */
  readonly tickSeconds: number | 'never' | undefined
  readonly beforeTick: (at: Date) => void
  readonly onError: (error: unknown) => void
}

/** What makes the functions run: the ticks of the schedule, and the queue. */
export class Work {
  readonly #options: WorkOptions
  readonly #mappings: readonly EventSource[]
  readonly #stopTicking: readonly (() => Promise<void>)[]

  /** Starts at once, with a tick. */
  constructor(options: WorkOptions) {
    this.#options = options
    this.#mappings = options.plan.eventSources.map((plan) => {
      const queueUrl = options.plan.queues.find(({ name }) => name === plan.queueName)?.url
      if (queueUrl === undefined) throw new Error(`Cannot feed ${plan.functionName}: found no queue ${plan.queueName}`)
      const invoke = (payload: string) => this.invoke(plan.functionName, payload)
      const { sqs, maxPollers, onError } = options
      return new EventSource({ plan, queueUrl, sqs, maxPollers, invoke, onError })
    })
    const { tickSeconds } = options
    this.#stopTicking =
      tickSeconds === 'never'
        ? []
        : options.plan.schedules.map((schedule) =>
            startTicking(tickSeconds ?? schedule.everySeconds, (at) => this.#tick(schedule, at)),
          )
  }

  /** One tick of every schedule; returns when the functions that it runs have ended. */
  async tick(at: Date): Promise<void> {
    await Promise.all(this.#options.plan.schedules.map((schedule) => this.#tick(schedule, at)))
  }

  /** @param payload JSON text @throws Error when there is no such function */
  async invoke(functionName: string, payload: string): Promise<Outcome> {
    const found = this.#options.functions.get(functionName)
    if (found === undefined) throw new Error(`Cannot invoke ${functionName}: found no such function in the template`)
    return found.invoke(payload)
  }

  /** How many invocations are running or waiting. */
  get pending(): number {
    return [...this.#options.functions.values()].reduce((sum, { pending }) => sum + pending, 0)
  }

  /** Starts nothing more; lets what is in flight end for at most `graceMs`, then ends all processes. */
  async stop(graceMs: number): Promise<void> {
    const quiet = [...this.#stopTicking.map((stop) => stop()), ...this.#mappings.map((mapping) => mapping.stop())]
    await Promise.all([...this.#options.functions.values()].map((each) => each.stop(graceMs)))
    await Promise.all(quiet)
  }

  async #tick(schedule: SchedulePlan, at: Date): Promise<void> {
    this.#options.beforeTick(at)
    await this.invoke(schedule.functionName, tickPayload(schedule.input, at))
  }
}
