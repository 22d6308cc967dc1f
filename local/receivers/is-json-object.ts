import { jsonIn } from '../../shared/contracts/json-in.ts'

/** Whether a text is one JSON object, which is what most receivers take for an event. */
export function isJsonObject(text: string): boolean {
  const value = jsonIn(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
