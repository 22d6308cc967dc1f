import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** As Lambda starts Node in a function of 512 MB: without them, the heap grows with the memory of the machine. */
const HEAP = ['--max-old-space-size=460', '--max-semi-space-size=25']

/** Starts a program of this folder that is measured. */
export function startMeasured(program: string, argument: unknown, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  return fork(join(import.meta.dirname, program), [JSON.stringify(argument)], { env, execArgv: HEAP })
}

/** Starts `servers.ts`. @returns what it says when it is ready */
export function open(words: readonly string[], env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return nextMessage(fork(join(import.meta.dirname, 'servers.ts'), words, { env: { ...process.env, ...env } }))
}

/** @throws when the process ends without one */
export async function nextMessage(child: ChildProcess): Promise<Record<string, unknown>> {
  const over = new AbortController()
  const { signal } = over
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`A process of the measurement ended with ${code} and no result`)
  })
  ended.catch(() => {})
  const [message] = await Promise.race([once(child, 'message', { signal }), ended])
  over.abort()
  return message
}
