import { rawValue } from '../../../shared/contracts/json.ts'

/**
 * A record that is read field by field. It is parsed to find the fields, and never written again: an integer that a double
 * rounds is taken from the record's own text.
 */
export class Reading {
  readonly raw: string
  readonly #value: unknown

  /** @throws SyntaxError when the text is not JSON */
  constructor(raw: string) {
    this.raw = raw
    this.#value = JSON.parse(raw)
  }

  get isObject(): boolean {
    return isObject(this.#value)
  }

  /** The text at a path: a string that is not empty, or a number in the record's own digits; else undefined. */
  text(...path: readonly string[]): string | undefined {
    const value = this.#at(path)
    if (typeof value === 'string') return value === '' ? undefined : value
    if (typeof value !== 'number') return undefined
    return Number.isSafeInteger(value) ? String(value) : rawValue(this.raw, path)
  }

  /** The first of some fields that has a text. */
  firstText(...paths: readonly (readonly string[])[]): string | undefined {
    for (const path of paths) {
      const found = this.text(...path)
      if (found !== undefined) return found
    }
    return undefined
  }

  #at(path: readonly string[]): unknown {
    let value = this.#value
    for (const key of path) {
      if (!isObject(value) || !Object.hasOwn(value, key)) return undefined
      value = value[key]
    }
    return value
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
