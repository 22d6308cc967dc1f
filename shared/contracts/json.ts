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
  const start = locate(text, path)
  if (start === undefined || text.charCodeAt(start) !== OPEN_ARRAY) return undefined
  const elements: string[] = []
  let at = skipSpace(text, start + 1)
  while (text.charCodeAt(at) !== CLOSE_ARRAY) {
    const end = skipValue(text, at)
    elements.push(text.slice(at, end))
    at = skipSpace(text, end)
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return elements
}

/** The text of the value at `path`, such as the digits of an integer that a double would round; undefined when absent. */
export function rawValue(text: string, path: readonly string[]): string | undefined {
  const start = locate(text, path)
  return start === undefined ? undefined : text.slice(start, skipValue(text, start))
}

/** Where the value at `path` begins. Of a repeated key the last one counts, as in JSON.parse. */
function locate(text: string, path: readonly string[]): number | undefined {
  let at = skipSpace(text, 0)
  for (const key of path) {
    if (text.charCodeAt(at) !== OPEN_OBJECT) return undefined
    const member = locateMember(text, at, key)
    if (member === undefined) return undefined
    at = member
  }
  return at
}

function locateMember(text: string, object: number, key: string): number | undefined {
  let found: number | undefined
  let at = skipSpace(text, object + 1)
  while (text.charCodeAt(at) !== CLOSE_OBJECT) {
    const keyEnd = skipString(text, at)
    const name = text.slice(at, keyEnd)
    let value = skipSpace(text, keyEnd)
    if (text.charCodeAt(value) === COLON) value = skipSpace(text, value + 1)
    if (JSON.parse(name) === key) found = value
    at = skipSpace(text, skipValue(text, value))
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1)
  }
  return found
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
