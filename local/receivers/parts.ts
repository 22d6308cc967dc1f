/** What arrives in numbered parts: text that is too long for one entry of a receiver. */
export class Parts {
  readonly #byId = new Map<string, Map<number, string>>()

  /** @param part from 1 @returns the whole text, once the last of its parts is there; then a repeat begins anew */
  add(id: string, part: number, parts: number, text: string): string | undefined {
    const found = this.#byId.get(id) ?? new Map<number, string>()
    found.set(part, text)
    this.#byId.set(id, found)
    if (found.size < parts) return undefined
    this.#byId.delete(id)
    return [...found].sort(([a], [b]) => a - b).reduce((whole, [, piece]) => whole + piece, '')
  }
}
