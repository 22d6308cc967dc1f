import type { Claims } from '../../shared/aws/claims.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** A bucket in memory. Effect: `claim`. */
export class MemoryClaims implements Claims {
  readonly texts = new Map<string, string>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async put(key: string, text: string): Promise<void> {
    effect(this.#interrupt, 'claim', () => {
      this.texts.set(key, text)
    })
  }

  async read(key: string): Promise<string | undefined> {
    return this.texts.get(key)
  }
}
