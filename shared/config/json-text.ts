/** What is wrong with a JSON text, and where: the line and the column count from 1. Never a piece of the text. */
export interface JsonProblem {
  readonly problem: string
  readonly line: number
  readonly column: number
}

const DEEPEST = 32
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

/**
 * Reads JSON that a person wrote. Stricter than JSON.parse in one point: a key may stand in an object only once, because
 * the other one would be ignored in silence. JSON.parse's own messages quote the text, which may hold a secret by mistake.
 */
export function readJson(text: string): { readonly value: unknown } | JsonProblem {
  const scanner = new Scanner(text)
  try {
    scanner.document()
  } catch (error) {
    if (error instanceof NotJson) return { problem: error.message, ...placeOf(text, error.at) }
    throw error
  }
  return { value: JSON.parse(text) }
}

class NotJson extends Error {
  readonly at: number

  constructor(problem: string, at: number) {
    super(problem)
    this.at = at
  }
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#space()
    this.#value(0)
    if (this.#at < this.#text.length) this.#fail('something follows the end of the value')
  }

  #value(depth: number): void {
    if (depth > DEEPEST) this.#fail(`values are nested deeper than ${DEEPEST}`)
    const first = this.#text[this.#at]
    if (first === '{') this.#object(depth)
    else if (first === '[') this.#array(depth)
    else if (first === '"') this.#string()
    else if (this.#take(NUMBER) === undefined && this.#take(WORD) === undefined) this.#fail('a value is wanted')
    this.#space()
  }

  #object(depth: number): void {
    const seen = new Set<unknown>()
    this.#skip('{')
    if (this.#skip('}')) return
    do {
      const at = this.#at
      if (this.#text[at] !== '"') this.#fail('a key in double quotes is wanted')
      const key: unknown = JSON.parse(this.#string())
      if (seen.has(key)) throw new NotJson('a key stands in its object twice', at)
      seen.add(key)
      this.#space()
      if (!this.#skip(':')) this.#fail('a colon is wanted')
      this.#value(depth + 1)
    } while (this.#skip(','))
    if (!this.#skip('}')) this.#fail('a comma or } is wanted')
  }

  #array(depth: number): void {
    this.#skip('[')
    if (this.#skip(']')) return
    do this.#value(depth + 1)
    while (this.#skip(','))
    if (!this.#skip(']')) this.#fail('a comma or ] is wanted')
  }

  #string(): string {
    return this.#take(STRING) ?? this.#fail('a string has no end, an unknown escape or a control character')
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at
    const found = token.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  /** Passes a character of punctuation and the space after it, when it is there. */
  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    this.#space()
    return true
  }

  #space(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #fail(problem: string): never {
    throw new NotJson(problem, this.#at)
  }
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
