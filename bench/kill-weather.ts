import type { Write } from '../test/end-to-end/folder.ts'
import type { Mood } from '../test/end-to-end/receiver.ts'
import { again, between } from './chance.ts'

/** A little less than settle and overlap (test/end-to-end/folder.ts) reach back. */
const LATEST_MS = 9_000
const HISTORY = 20

/** Writes to a vendor all the time: single events, every fifth of them late, and bursts of one millisecond. @returns a function that ends it */
export function keepWriting(write: Write): () => void {
  for (let n = 0; n < HISTORY; n++) write(new Date())
  return again(() => {
    const now = Date.now()
    const kind = Math.random()
    const count = kind > 0.98 ? between(100, 250) : kind > 0.94 ? between(5, 40) : 1
    const lateMs = kind < 0.2 ? between(0, LATEST_MS) : 0
    for (let n = 0; n < count; n++) write(new Date(now), new Date(now + lateMs))
    return between(300, 1_500)
  })
}

/** A receiver's moods: well for some seconds, then not. */
export class Moods {
  #mood: Mood = 'take'
  readonly #end: () => void

  constructor() {
    let well = false
    this.#end = again(() => {
      well = !well
      this.#mood = well ? 'take' : trouble(Math.random())
      if (well) return between(3_000, 12_000)
      // Each of these requests is repeated for good reason; with many of them nobody would see a repeat that has none.
      return this.#mood === 'take-and-cut' ? between(200, 1_000) : between(1_000, 7_000)
    })
  }

  get now(): Mood {
    return this.#mood
  }

  /** From now on it takes everything. */
  calm(): void {
    this.#end()
    this.#mood = 'take'
  }
}

function trouble(chance: number): Mood {
  return chance < 0.45 ? 'refuse' : chance < 0.9 ? 'hang-up' : 'take-and-cut'
}
