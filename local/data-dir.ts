import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

const runFile = z.object({
  pid: z.number(),
  startedAt: z.string(),
  endpoint: z.string().optional(),
  /** For an AWS SDK to find the emulators; holds the run's access key. */
  environment: z.record(z.string(), z.string()).optional(),
  /** The stack's outputs: the names of the table, the queues and the bucket. */
  outputs: z.record(z.string(), z.string()).optional(),
})

/** What a run says about itself to other programs of the same user, in `<dataDir>/run.json`. */
export type RunFile = z.infer<typeof runFile>

/**
 * The folder that holds a local run's state, for one run at a time. The lock is the operating system's own, on the file `lock`: it ends
 * with the process however that ends, so a `kill -9` leaves nothing to clean up, and a process id that is used again fools nobody.
 */
export class DataDir {
  readonly path: string
  readonly #lock: DatabaseSync

  private constructor(path: string, lock: DatabaseSync) {
    this.path = path
    this.#lock = lock
  }

  /** @throws Error naming the process that has it */
  static take(path: string): DataDir {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const lock = new DatabaseSync(join(path, 'lock'))
    try {
      lock.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      lock.close()
      const holder = readRunFile(path)
      const who = holder === undefined ? '' : ` (process ${holder.pid}, since ${holder.startedAt})`
      throw new Error(
        `Cannot use ${path}: found another run on it${who}. Stop it, or choose another folder with --data`,
        {
          cause: error,
        },
      )
    }
    return new DataDir(path, lock)
  }

  /** Lets others know of this run. The file is readable by this user alone. */
  announce(run: RunFile): void {
    const file = join(this.path, 'run.json')
    const draft = `${file}.new`
    writeFileSync(draft, `${JSON.stringify(run, undefined, 2)}\n`, { mode: 0o600 })
    chmodSync(draft, 0o600)
    renameSync(draft, file)
  }

  /** Gives the folder back. */
  release(): void {
    rmSync(join(this.path, 'run.json'), { force: true })
    this.#lock.close()
  }
}

/**
 * The run that was last on a data folder. It may have been killed: whether it lives, its endpoint tells.
 *
 * @returns undefined when there is none
 */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    return runFile.parse(JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')))
  } catch {
    return undefined
  }
}
