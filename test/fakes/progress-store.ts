import type { Accepted, MessageProgress, ProgressChange, ProgressStore } from '../../functions/deliver/ports.ts'
import { effect, type Interrupt } from './interrupt.ts'

const NOTHING: MessageProgress = { done: new Set(), accepted: [] }

/** Progress in memory. Effect: `progress`. */
export class MemoryProgressStore implements ProgressStore {
  readonly #progress = new Map<string, MessageProgress>()
  readonly #interrupt: Interrupt | undefined
  loads = 0
  saves = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(messageId: string): Promise<MessageProgress> {
    this.loads++
    return this.#progress.get(messageId) ?? NOTHING
  }

  async save(messageId: string, change: ProgressChange, _expiresAt: Date): Promise<void> {
    effect(this.#interrupt, 'progress', () => {
      this.saves++
      const before = this.#progress.get(messageId) ?? NOTHING
      const maxEvents = change.maxEvents ?? before.maxEvents
      this.#progress.set(messageId, {
        done: new Set([...before.done, ...(change.done ?? [])]),
        ...(maxEvents !== undefined && { maxEvents }),
        accepted: acceptedAfter(before.accepted, change),
      })
    })
  }
}

function acceptedAfter(before: readonly Accepted[], { accepted, settled }: ProgressChange): Accepted[] {
  const kept = before.filter(({ receipt }) => receipt !== accepted?.receipt && receipt !== settled)
  const all = accepted === undefined ? kept : [...kept, { ...accepted, ids: [...new Set(accepted.ids)] }]
  return all.toSorted((one, other) => (one.at < other.at ? -1 : 1))
}
