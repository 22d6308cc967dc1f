import { fork } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { DataDir, readRunFile } from '../../local/data-dir.ts'
import { temporaryFolder } from './temporary.ts'

const HOLDER = fileURLToPath(new URL('./data-dir-holder.ts', import.meta.url))

/** A process that holds the folder. */
async function hold(folder: string) {
  const holder = fork(HOLDER, [folder], { execArgv: [] })
  await once(holder, 'message')
  return holder
}

describe('DataDir', () => {
  it('is for one run at a time, and names the one that has it', async () => {
    const folder = temporaryFolder()
    const holder = await hold(folder)
    expect(() => DataDir.take(folder)).toThrow(
      `Cannot use ${folder}: found another run on it (process ${holder.pid}, since 2026-05-01T10:00:00Z). Stop it, or choose another folder with --data`,
    )
    holder.kill('SIGKILL')
    await once(holder, 'exit')
  })

  it('is free again after a kill -9', async () => {
    const folder = temporaryFolder()
    const holder = await hold(folder)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    DataDir.take(folder).release()
  })

  it('is for one run at a time within a process too', () => {
    const folder = temporaryFolder()
    const first = DataDir.take(folder)
    expect(() => DataDir.take(folder)).toThrow('found another run on it')
    first.release()
    DataDir.take(folder).release()
  })

  it('lets others know of the run, its user alone, until it is given back', () => {
    const folder = temporaryFolder()
    const dataDir = DataDir.take(folder)
    const run = { pid: 1, startedAt: '2026-05-01T10:00:00Z', endpoint: 'http://127.0.0.1:1', environment: { A: 'b' } }
    dataDir.announce(run)
    expect(readRunFile(folder)).toEqual(run)
    expect(statSync(join(folder, 'run.json')).mode & 0o777).toBe(0o600)
    dataDir.release()
    expect(readRunFile(folder)).toBeUndefined()
  })

  it('is a new folder that its user alone can look into', () => {
    const folder = join(temporaryFolder(), 'a/b')
    DataDir.take(folder).release()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })
})
