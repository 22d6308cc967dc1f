import { jsonIn } from '../../shared/contracts/json-in.ts'

/** A body as a series of JSON objects with white space between them. */
export interface JsonObjects {
  /** The text of each object, in order, up to the first that cannot be read. */
  readonly objects: readonly string[]
  /** False when something else than white space follows them. */
  readonly isWhole: boolean
}

/** Takes a body apart that has JSON objects one behind the other, without commas. */
export function jsonObjects(body: string): JsonObjects {
  const objects: string[] = []
  let at = 0
  for (;;) {
    while (' \t\r\n'.includes(body[at] ?? '-')) at++
    if (at === body.length) return { objects, isWhole: true }
    const end = endOfObject(body, at)
    const text = body.slice(at, end)
    if (end === undefined || jsonIn(text) === undefined) return { objects, isWhole: false }
    objects.push(text)
    at = end
  }
}

/** The index behind the brace that closes the object at `at`; undefined when there is none, or no object. */
function endOfObject(text: string, at: number): number | undefined {
  if (text[at] !== '{') return undefined
  let [depth, inString] = [0, false]
  for (let index = at; index < text.length; index++) {
    const character = text[index]
    if (inString) {
      if (character === '\\') index++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{') depth++
    else if (character === '}' && --depth === 0) return index + 1
  }
  return undefined
}
