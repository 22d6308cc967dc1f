/** What is kept of an event id: the first 12 bytes of its hash. */
export const KEY_BYTES = 12

const WORDS = KEY_BYTES / 4
const FIRST_SLOTS = 64

/**
 * A set of ledger keys in one block of memory: 16 to 32 bytes a key, where a set of strings takes about 80. Keys are parts of a hash, so
 * their first word says where to look.
 */
export class KeySet {
  /** Three words a slot; a slot of zeros is free. A key of 96 zero bits would be sent twice, once in 10^28 events. */
  #words = new Uint32Array(FIRST_SLOTS * WORDS)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @param bytes holds a key at `at` */
  has(bytes: Buffer, at = 0): boolean {
    return this.#isTaken(this.#slotOf(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)))
  }

  /** @param bytes holds a key at `at`, which is copied */
  add(bytes: Buffer, at = 0): void {
    this.#put(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8))
    if (this.#size * WORDS * 4 > this.#words.length * 3) this.#grow()
  }

  #put(first: number, second: number, third: number): void {
    const slot = this.#slotOf(first, second, third)
    if (!this.#isTaken(slot)) this.#size++
    this.#words[slot] = first
    this.#words[slot + 1] = second
    this.#words[slot + 2] = third
  }

  /** The index of the key's first word, or of the free slot where it belongs. At least a quarter of the slots is free. */
  #slotOf(first: number, second: number, third: number): number {
    const words = this.#words
    const slots = words.length / WORDS
    for (let n = first % slots; ; n = (n + 1) % slots) {
      const slot = n * WORDS
      const isHere = words[slot] === first && words[slot + 1] === second && words[slot + 2] === third
      if (isHere || !this.#isTaken(slot)) return slot
    }
  }

  #isTaken(slot: number): boolean {
    return this.#words[slot] !== 0 || this.#words[slot + 1] !== 0 || this.#words[slot + 2] !== 0
  }

  #grow(): void {
    const before = this.#words
    this.#words = new Uint32Array(before.length * 2)
    this.#size = 0
    for (let slot = 0; slot < before.length; slot += WORDS) {
      const [first = 0, second = 0, third = 0] = [before[slot], before[slot + 1], before[slot + 2]]
      if (first !== 0 || second !== 0 || third !== 0) this.#put(first, second, third)
    }
  }
}
