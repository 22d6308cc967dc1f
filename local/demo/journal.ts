import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'

/** Lines on disk that are never changed: what happened survives a `kill -9`. */
export class Journal {
  readonly #file: string
  /** What was there when it was opened. */
  readonly lines: readonly string[]

  /** A last line that a kill has cut off is taken out. */
  constructor(file: string) {
    this.#file = file
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
    this.lines = whole.split('\n').slice(0, -1)
  }

  append(line: string): void {
    appendFileSync(this.#file, `${line}\n`)
  }
}
