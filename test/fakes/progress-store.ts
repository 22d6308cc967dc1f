import type { MessageProgress, ProgressStore } from '../../functions/deliver/ports.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Progress in memory. Effect: `progress`. */
export class MemoryProgressStore implements ProgressStore {
  readonly #progress = new Map<string, MessageProgress>()
  readonly #interrupt: Interrupt | undefined
  loads = 0
  adds = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(messageId: string): Promise<MessageProgress> {
    this.loads++
    return this.#progress.get(messageId) ?? { done: new Set() }
  }

  async add(
    messageId: string,
    { done, ...rest }: Parameters<ProgressStore['add']>[1],
    _expiresAt: Date,
  ): Promise<void> {
    effect(this.#interrupt, 'progress', () => {
      this.adds++
      const before = this.#progress.get(messageId) ?? { done: new Set() }
      this.#progress.set(messageId, { ...before, ...rest, done: new Set([...before.done, ...done]) })
    })
  }
}
