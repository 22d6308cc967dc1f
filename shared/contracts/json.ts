/**
 * Finds values in JSON text without changing them, so that a vendor's record can travel exactly as it was written.
 *
 * Every function here expects text that JSON.parse has accepted, and is undefined on anything else.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

/** The text of each element of the array at `path`; undefined when there is no array. `[]` as path is the document itself. */
export function rawElements(text: string, path: readonly string[]): string[] | undefined {
  let found: string[] | undefined
  visit(text, skipSpace(text, 0), path, (at) => {
    found = undefined
    if (at === undefined) return 0
    if (text.charCodeAt(at) !== OPEN_ARRAY) return skipValue(text, at)
    found = []
    return takeElements(text, at, found)
  })
  return found
}

/** The text of the value at `path`, such as the digits of an integer that a double would round; undefined when absent. */
export function rawValue(text: string, path: readonly string[]): string | undefined {
  let found: string | undefined
  visit(text, skipSpace(text, 0), path, (at) => {
    found = undefined
    if (at === undefined) return 0
    const end = skipValue(text, at)
    found = text.slice(at, end)
    return end
  })
  return found
}

/** Told where a value begins, returns where it ends; told undefined, forgets what it was told before. */
type Take = (at: number | undefined) => number

/**
 * Walks over the value at `at` once, and has `take` walk over what lies at `path` in it. Of a repeated key the last one counts,
 * as in JSON.parse, so `take` may be called again.
 *
 * @returns where the value ends
 */
function visit(text: string, at: number, path: readonly string[], take: Take): number {
  const [key, ...rest] = path
  if (key === undefined) return take(at)
  if (text.charCodeAt(at) !== OPEN_OBJECT) return skipValue(text, at)
  const quoted = JSON.stringify(key)
  let next = skipSpace(text, at + 1)
  while (text.charCodeAt(next) !== CLOSE_OBJECT) {
    const nameEnd = skipString(text, next)
    const isWanted = isName(text, next, nameEnd, quoted)
    let value = skipSpace(text, nameEnd)
    if (text.charCodeAt(value) === COLON) value = skipSpace(text, value + 1)
    if (isWanted) take(undefined)
    next = skipComma(text, isWanted ? visit(text, value, rest, take) : skipValue(text, value))
  }
  return next + 1
}

/** A name may be written with escapes, which is rare, so only then it is parsed. */
function isName(text: string, from: number, to: number, quoted: string): boolean {
  if (to - from === quoted.length && text.startsWith(quoted, from)) return true
  const name = text.slice(from, to)
  return name.includes('\\') && JSON.stringify(JSON.parse(name)) === quoted
}

/** @returns where the array ends */
function takeElements(text: string, array: number, elements: string[]): number {
  let at = skipSpace(text, array + 1)
  while (text.charCodeAt(at) !== CLOSE_ARRAY) {
    const end = skipValue(text, at)
    elements.push(text.slice(at, end))
    at = skipComma(text, end)
  }
  return at + 1
}

/** To what follows a member or an element: the next one, or the closing bracket. */
function skipComma(text: string, at: number): number {
  const next = skipSpace(text, at)
  return text.charCodeAt(next) === COMMA ? skipSpace(text, next + 1) : next
}

/** The index after the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (first === QUOTE) return skipString(text, at)
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipNested(text, at)
  let end = at
  while (end < text.length && !endsScalar(text.charCodeAt(end))) end++
  return end
}

function skipNested(text: string, open: number): number {
  let depth = 0
  let at = open
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = skipString(text, at)
      continue
    }
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth--
    at++
    if (depth === 0) return at
  }
}

/** The index after the closing quote: the first one that an even number of backslashes precedes. */
function skipString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1)
  return close + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

function skipSpace(text: string, at: number): number {
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function endsScalar(code: number): boolean {
  return code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY || isSpace(code)
}
