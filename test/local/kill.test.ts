import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientsOf } from './emulators/emulators.ts'
import { fixtureAssembly } from './fixture-assembly.ts'
import { temporaryFolder } from './temporary.ts'

/** The machine may be busy. */
const SOON = { timeout: 20_000 }

const PARENT = fileURLToPath(new URL('./run-parent.ts', import.meta.url))

async function start(dataDir: string, assembly: string) {
  const parent = fork(PARENT, [dataDir, assembly], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const lines: Record<string, unknown>[] = []
  parent.on('message', (message) => typeof message === 'string' && lines.push(JSON.parse(message)))
  const written = (key: string) => lines.flatMap((line) => (key in line ? [line[key]] : []))
  const [ready] = await readyOf(parent)
  return { parent, written, sqs: clientsOf(ready.environment).sqs, queueUrl: ready.queueUrl }
}

async function readyOf(parent: ChildProcess) {
  for (;;) {
    const [message] = await once(parent, 'message')
    if (typeof message === 'object' && 'environment' in message) return [message]
  }
}

/** The processes whose parent it is. */
function childrenOf(pid: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    // pid (command) state parent …
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
  } catch {
    return undefined
  }
}

describe.skipIf(process.platform !== 'linux')('a local run that is killed', () => {
  it('leaves no process behind, and the next one goes on from its disk', async () => {
    const [dataDir, assembly] = [temporaryFolder(), fixtureAssembly()]
    const first = await start(dataDir, assembly)
    await first.sqs.send(new SendMessageCommand({ QueueUrl: first.queueUrl, MessageBody: 'hang' }))
    await expect.poll(() => first.written('delivered'), SOON).toContain('hang')
    await expect.poll(() => first.written('poll').length, SOON).toBeGreaterThan(0)
    const children = childrenOf(first.parent.pid)
    // Of dispatch, poll and deliver one at least; deliver is at work.
    expect(children.length).toBeGreaterThanOrEqual(3)
    first.parent.kill('SIGKILL')
    await once(first.parent, 'exit')
    await expect.poll(() => children.filter(isAlive), SOON).toEqual([])

    const second = await start(dataDir, assembly)
    await expect.poll(() => second.written('delivered'), SOON).toContain('hang')
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
