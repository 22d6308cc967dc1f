import { devNull } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FunctionError, FunctionProcess, type Outcome } from './function-process.ts'
import type { FunctionPlan } from './plan.ts'

/** A process that was not needed for this long is ended. */
const IDLE_MS = 300_000

/** Lambda's Node runtime leaves about a tenth of the memory to what is not the heap. */
const HEAP_SHARE = 0.9

export interface FunctionOptions {
  readonly plan: FunctionPlan
  /** What an SDK needs to find the emulators. */
  readonly clientEnvironment: Readonly<Record<string, string>>
  /** How many invocations run at once; more wait for a free process, in order. */
  readonly maxProcesses: number
  /** A line that the function wrote. */
  readonly onLine: (text: string, stream: 'stdout' | 'stderr') => void
  /** An invocation that failed: an error thrown, a crash, the time limit, or an event that waited for too long. */
  readonly onFailure: (error: FunctionError) => void
}

/** A function of the template, run from its built bundle in processes of its own, as Lambda does. */
export class LocalFunction {
  readonly #options: FunctionOptions
  readonly #processes = new Set<FunctionProcess>()
  /** The one used last is at the end, and is used first. */
  readonly #idle: { readonly process: FunctionProcess; readonly timer: NodeJS.Timeout }[] = []
  readonly #waiting: (() => void)[] = []
  readonly #running = new Set<Promise<Outcome>>()
  #busy = 0
  #stopping = false

  constructor(options: FunctionOptions) {
    this.#options = options
  }

  /** Starts a process before it is needed. */
  warm(): void {
    this.#rest(this.#start())
  }

  /** Runs the function and waits for the outcome. Never throws. @param payload JSON text */
  invoke(payload: string): Promise<Outcome> {
    return this.#track(payload, Number.POSITIVE_INFINITY)
  }

  /** Runs the function when a process is free, unless the event is too old by then; an asynchronous invocation. */
  enqueue(payload: string): void {
    void this.#track(payload, Date.now() + this.#options.plan.maximumEventAgeMs)
  }

  /** How many invocations are running or waiting. */
  get pending(): number {
    return this.#running.size
  }

  /** Lets running invocations end for at most `graceMs`, drops waiting ones, then ends all processes. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    const cancel = new AbortController()
    await Promise.race([
      Promise.all(this.#running),
      sleep(graceMs, undefined, { signal: cancel.signal }).catch(() => {}),
    ])
    cancel.abort()
    for (const process of this.#processes) process.kill()
    for (const { timer } of this.#idle) clearTimeout(timer)
  }

  #track(payload: string, startByMs: number): Promise<Outcome> {
    const outcome = this.#run(payload, startByMs)
    this.#running.add(outcome)
    void outcome.then(({ error }) => {
      this.#running.delete(outcome)
      if (error !== undefined && !this.#stopping) this.#options.onFailure(error)
    })
    return outcome
  }

  async #run(payload: string, startByMs: number): Promise<Outcome> {
    await this.#turn()
    try {
      if (this.#stopping) return refusal('The local run is stopping')
      if (Date.now() > startByMs) return refusal('The event waited for a free process for longer than its maximum age')
      const process = this.#take()
      const outcome = await process.run(payload)
      if (process.alive) this.#rest(process)
      else this.#processes.delete(process)
      return outcome
    } finally {
      this.#busy -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Waits until one more invocation may run, first come, first served. */
  async #turn(): Promise<void> {
    if (this.#busy >= this.#options.maxProcesses) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#busy += 1
  }

  #take(): FunctionProcess {
    for (;;) {
      const rested = this.#idle.pop()
      if (rested === undefined) return this.#start()
      clearTimeout(rested.timer)
      if (rested.process.alive) return rested.process
      this.#processes.delete(rested.process)
    }
  }

  #start(): FunctionProcess {
    const { plan, clientEnvironment, onLine } = this.#options
    const process = new FunctionProcess({
      environment: functionEnvironment(plan, clientEnvironment),
      heapMb: Math.floor(plan.memoryMb * HEAP_SHARE),
      timeoutMs: plan.timeoutMs,
      onLine,
    })
    this.#processes.add(process)
    return process
  }

  #rest(process: FunctionProcess): void {
    const end = () => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.process === process),
        1,
      )
      this.#processes.delete(process)
      process.kill()
    }
    this.#idle.push({ process, timer: setTimeout(end, IDLE_MS).unref() })
  }
}

/**
 * What a function finds in its environment, and nothing else: the template's variables, what Lambda adds, and where the
 * emulators are. The user's own AWS configuration must not reach it.
 */
function functionEnvironment(
  plan: FunctionPlan,
  clientEnvironment: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...plan.environment,
    ...clientEnvironment,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_LAMBDA_FUNCTION_NAME: plan.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMb),
    LAMBDA_TASK_ROOT: plan.folder,
    _HANDLER: plan.handler,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    POLLHOOK_LOCAL: '1',
  }
}

function refusal(errorMessage: string): Outcome {
  return { error: { errorType: 'Local.NotRun', errorMessage, trace: [] } }
}
