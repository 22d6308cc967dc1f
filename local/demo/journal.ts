import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** Lines on disk that are never changed: what happened survives a `kill -9`. */
export class Journal {
  readonly #file: string
  readonly lines: readonly string[]

  /** Reads what is there. A last line that a kill has cut off is left out. */
  constructor(file: string) {
    this.#file = file
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    this.lines = text.split('\n').slice(0, -1)
    if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n')
  }

  append(line: string): void {
    appendFileSync(this.#file, `${line}\n`)
  }
}
