import type { Parameters } from './emulators/parameters.ts'
import { loadFolder } from './folder.ts'
import type { Note } from './note.ts'

/** Reads a configuration folder again and again, and says what is different; a problem is said once, until it changes. */
export class FolderWatch {
  readonly #dir: string
  readonly #prefix: string
  readonly #parameters: Parameters
  readonly #note: (note: Note) => void
  #said: readonly string[] = []

  constructor(dir: string, prefix: string, parameters: Parameters, note: (note: Note) => void) {
    this.#dir = dir
    this.#prefix = prefix
    this.#parameters = parameters
    this.#note = note
  }

  /** A folder that cannot be read is a problem, and leaves everything as it was. */
  look(now: Date): void {
    try {
      const changes = loadFolder(this.#dir, this.#prefix, this.#parameters, now)
      for (const change of ['added', 'changed', 'removed'] as const) {
        for (const name of changes[change]) this.#note({ kind: 'folder', change, name })
      }
      this.#say(changes.problems)
    } catch (error) {
      this.#say([`Cannot read the folder ${this.#dir}: ${error instanceof Error ? error.message : error}`])
    }
  }

  #say(problems: readonly string[]): void {
    for (const text of problems.filter((problem) => !this.#said.includes(problem)))
      this.#note({ kind: 'problem', text })
    this.#said = problems
  }
}
