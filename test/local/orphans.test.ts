import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bundle } from './bundle.ts'

/** The machine may be busy. */
const SOON = { timeout: 20_000 }

const PARENT = fileURLToPath(new URL('./function-parent.ts', import.meta.url))

/** Starts a process that runs a function, kills it when the function is at work, and returns the function's process id. */
async function killParentOf(code: string): Promise<number> {
  const parent = fork(PARENT, [JSON.stringify(bundle(code))], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [pid] = await once(parent, 'message')
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  return pid
}

describe('a function whose parent is killed', () => {
  it('ends while it waits for something', async () => {
    const pid = await killParentOf(
      'async () => { console.log(process.pid); await new Promise(() => setInterval(() => {}, 1000)) }',
    )
    await expect.poll(() => isAlive(pid), SOON).toBe(false)
  })

  it('ends in a loop that never yields', async () => {
    const pid = await killParentOf('async () => { console.log(process.pid); for (;;); }')
    await expect.poll(() => isAlive(pid), SOON).toBe(false)
  })

  it('ends when it has nothing to do', async () => {
    const pid = await killParentOf('async () => { console.log(process.pid) }')
    await expect.poll(() => isAlive(pid), SOON).toBe(false)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
