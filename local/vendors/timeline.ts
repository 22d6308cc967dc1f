import { firstIndex, Pending } from './pending.ts'

/** What a log is sorted by: the instant in microseconds since 1970, then the order of writing. */
export interface Row {
  readonly micros: number
  readonly serial: number
}

/** A log that is read by time. A row that is committed late takes its place among rows that were visible before it. */
export class Timeline<R extends Row> {
  readonly #rows: R[] = []
  readonly #pending = new Pending<R>()

  add(row: R, visibleMs: number): void {
    this.#pending.hold(row, visibleMs)
  }

  /** The rows visible at `nowMs`, oldest first; `nowMs` never goes back. */
  at(nowMs: number): readonly R[] {
    for (const row of this.#pending.release(nowMs)) {
      const last = this.#rows.at(-1)
      if (last === undefined || isBefore(last, row)) this.#rows.push(row)
      else
        this.#rows.splice(
          firstIndex(this.#rows.length, (index) => isBefore(row, this.#rows[index])),
          0,
          row,
        )
    }
    return this.#rows
  }
}

/** The rows with `from <= micros < to`, as a range of indexes `[first, end)`. */
export function between(rows: readonly Row[], from: number, to: number): { first: number; end: number } {
  const at = (micros: number) => firstIndex(rows.length, (index) => (rows[index]?.micros ?? micros) >= micros)
  const first = at(from)
  return { first, end: Math.max(first, at(to)) }
}

function isBefore(a: Row, b: Row | undefined): boolean {
  return b !== undefined && (a.micros < b.micros || (a.micros === b.micros && a.serial < b.serial))
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/

/** Microseconds since 1970; undefined for anything but an RFC 3339 time. */
export function readInstant(text: string): number | undefined {
  const [, seconds, fraction = '', zone] = RFC_3339.exec(text) ?? []
  const ms = Date.parse(`${seconds}${zone}`)
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** An RFC 3339 time with six digits, or as many as it takes: Go and Python write no zeros at the end. */
export function writeInstant(micros: number, digits: 'six' | 'fewest'): string {
  const seconds = Math.floor(micros / 1_000_000)
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0')
  const shown = digits === 'six' ? fraction : fraction.replace(/0+$/, '')
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${shown === '' ? '' : `.${shown}`}Z`
}
