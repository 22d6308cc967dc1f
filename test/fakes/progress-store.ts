import type { ProgressStore } from '../../functions/deliver/ports.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Progress in memory. Effect: `progress`. */
export class MemoryProgressStore implements ProgressStore {
  readonly #done = new Map<string, Set<string>>()
  readonly #interrupt: Interrupt | undefined
  loads = 0
  adds = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(messageId: string): Promise<ReadonlySet<string>> {
    this.loads++
    return new Set(this.#done.get(messageId))
  }

  async add(messageId: string, eventIds: readonly string[], _expiresAt: Date): Promise<void> {
    effect(this.#interrupt, 'progress', () => {
      this.adds++
      this.#done.set(messageId, new Set([...(this.#done.get(messageId) ?? []), ...eventIds]))
    })
  }
}
