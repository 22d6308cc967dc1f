import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How Lambda describes a failed invocation. */
export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace: readonly string[]
}

/** What became of an invocation: the handler's result as JSON text, or an error. */
export type Outcome =
  | { readonly payload: string; readonly error?: undefined }
  | { readonly payload?: undefined; readonly error: FunctionError }

/** From the parent to the process. */
export interface Invocation {
  readonly requestId: string
  /** JSON text. */
  readonly payload: string
  readonly deadlineMs: number
}

/** From the process to the parent. */
export type FromFunction =
  | { readonly type: 'ready' }
  | { readonly type: 'broken'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly payload: string }
  | { readonly type: 'error'; readonly error: FunctionError }

export interface ProcessOptions {
  /** All of it: nothing of the parent's environment is passed on. */
  readonly environment: Readonly<Record<string, string>>
  /** Going over it ends the process. */
  readonly heapMb: number
  /** The time limit of one invocation, and of loading the bundle. */
  readonly timeoutMs: number
  readonly onLine: (text: string, stream: 'stdout' | 'stderr') => void
}

/**
 * One process of a function, as one execution environment is to Lambda: it runs one invocation at a time, and is reused until it
 * crashes or runs into its time limit. It never outlives this process (see `parent-watch.ts`).
 */
export class FunctionProcess {
  readonly #options: ProcessOptions
  readonly #child: ChildProcess
  readonly #ready: Promise<Outcome>
  #settle: ((outcome: Outcome) => void) | undefined
  #exited = false

  constructor(options: ProcessOptions) {
    this.#options = options
    this.#child = fork(fileURLToPath(new URL('./function-runtime.ts', import.meta.url)), [], {
      env: { ...options.environment },
      execArgv: [`--max-old-space-size=${options.heapMb}`],
      // The last one is the pipe whose end tells the process that its parent is gone.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    })
    this.#child.on('message', (message: FromFunction) => this.#heard(message))
    this.#child.on('error', (error) => this.#ended(`could not be started: ${error.message}`))
    this.#child.on('exit', (code, signal) =>
      this.#ended(`exited with ${code === null ? `signal ${signal}` : `status ${code}`}`),
    )
    this.#listen('stdout')
    this.#listen('stderr')
    this.#ready = this.#wait()
  }

  /** False once the process has ended or was told to. */
  get alive(): boolean {
    return !this.#exited
  }

  /** Runs the function once. Never throws: a crash and the time limit are outcomes too. */
  async run(payload: string): Promise<Outcome> {
    const ready = await this.#ready
    if (ready.error !== undefined) return ready
    const outcome = this.#wait()
    const invocation: Invocation = {
      requestId: randomUUID(),
      payload,
      deadlineMs: Date.now() + this.#options.timeoutMs,
    }
    if (!this.#exited) this.#child.send(invocation, () => {})
    return outcome
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#exited = true
    this.#child.kill('SIGKILL')
    this.#settle?.(failure('Runtime.ExitError', 'The process was stopped'))
  }

  /** The next outcome, or the time limit's. */
  #wait(): Promise<Outcome> {
    if (this.#exited) return Promise.resolve(failure('Runtime.ExitError', 'The process has ended'))
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        const seconds = (this.#options.timeoutMs / 1000).toFixed(2)
        this.#settle?.(failure('Sandbox.Timedout', `Task timed out after ${seconds} seconds`))
        this.kill()
      }, this.#options.timeoutMs)
      this.#settle = (outcome) => {
        this.#settle = undefined
        clearTimeout(timer)
        resolve(outcome)
      }
    })
  }

  #heard(message: FromFunction): void {
    if (message.type === 'ready') this.#settle?.({ payload: 'null' })
    else if (message.type === 'result') this.#settle?.({ payload: message.payload })
    else this.#settle?.({ error: message.error })
    if (message.type === 'broken') this.kill()
  }

  #ended(how: string): void {
    this.#exited = true
    this.#settle?.(failure('Runtime.ExitError', `The process ${how}`))
  }

  #listen(stream: 'stdout' | 'stderr'): void {
    const input = this.#child[stream]
    if (input !== null) createInterface({ input }).on('line', (text) => this.#options.onLine(text, stream))
  }
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { error: { errorType, errorMessage, trace: [] } }
}
