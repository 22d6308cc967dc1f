import type { Call, Result } from './command.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Letter } from './letter.ts'
import { count, table } from './table.ts'

/** What is done with the letters that were chosen, as they come. */
export interface Action {
  act(letters: readonly Letter[]): Promise<void>
  /** What was done so far, for somebody who waits, such as `340 sent again`. */
  sofar(): string
  result(): Result
}

export const ACTIONS: Readonly<Record<string, (queue: DeadLetters, call: Call) => Action>> = {
  list: () => new List(),
  show: (_, call) => new Show(call.options.body === true),
  replay: (queue) => new Replay(queue),
  drop: (queue) => new Drop(queue),
}

class List implements Action {
  /** Without their bodies, which may be a megabyte each. */
  readonly #letters: Omit<Letter, 'body'>[] = []

  async act(letters: readonly Letter[]): Promise<void> {
    this.#letters.push(...letters.map(({ body: _, ...letter }) => letter))
  }

  sofar(): string {
    return `${this.#letters.length} found`
  }

  result(): Result {
    const letters = this.#letters.toSorted((one, other) => (one.sentAt < other.sentAt ? -1 : 1))
    const rows = letters.map(({ id, sentAt, source = '-', destination = '-', kind, events, reason }) => [
      id,
      sentAt.slice(0, 19),
      `${source} → ${destination}`,
      kind,
      count(events.length, 'event'),
      reason,
    ])
    const [isEmpty, number] = [letters.length === 0, count(letters.length, 'dead letter')]
    const json = { ok: isEmpty, letters }
    return {
      outcome: isEmpty ? 'ok' : 'problem',
      lines: [...table(rows), isEmpty ? 'No dead letters' : number],
      json,
    }
  }
}

class Show implements Action {
  readonly #shown: object[] = []
  readonly #withBody: boolean

  constructor(withBody: boolean) {
    this.#withBody = withBody
  }

  async act(letters: readonly Letter[]): Promise<void> {
    this.#shown.push(...letters.map(({ body, ...letter }) => (this.#withBody ? { ...letter, body } : letter)))
  }

  sofar(): string {
    return `${this.#shown.length} found`
  }

  result(): Result {
    const lines = this.#shown.map((letter) => JSON.stringify(letter, null, 2))
    return { outcome: 'ok', lines, json: { ok: true, letters: this.#shown } }
  }
}

class Replay implements Action {
  readonly #queue: DeadLetters
  readonly #left: Letter[] = []
  #replayed = 0

  constructor(queue: DeadLetters) {
    this.#queue = queue
  }

  async act(letters: readonly Letter[]): Promise<void> {
    const left = await this.#queue.replay(letters)
    this.#left.push(...left)
    this.#replayed += letters.length - left.length
  }

  sofar(): string {
    return `${this.#replayed} sent again`
  }

  result(): Result {
    const lines = [
      ...this.#left.map(
        ({ id, kind }) => `Cannot replay ${id}: found a letter of kind ${kind}, which holds no message`,
      ),
      `Sent ${count(this.#replayed, 'message')} again`,
    ]
    const ok = this.#left.length === 0
    const json = { ok, replayed: this.#replayed, left: this.#left.map(({ id }) => id) }
    return { outcome: ok ? 'ok' : 'problem', lines, json }
  }
}

class Drop implements Action {
  readonly #queue: DeadLetters
  #dropped = 0

  constructor(queue: DeadLetters) {
    this.#queue = queue
  }

  async act(letters: readonly Letter[]): Promise<void> {
    await this.#queue.remove(letters)
    this.#dropped += letters.length
  }

  sofar(): string {
    return `${this.#dropped} dropped`
  }

  result(): Result {
    const lines = [`Dropped ${count(this.#dropped, 'dead letter')}`]
    return { outcome: 'ok', lines, json: { ok: true, dropped: this.#dropped } }
  }
}
