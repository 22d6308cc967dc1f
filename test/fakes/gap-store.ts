import type { Gaps, RecordedGap } from '../../shared/aws/gap-store.ts'
import type { Gap } from '../../shared/contracts/event.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Gaps in memory. Effect: `gap`. */
export class MemoryGapStore implements Gaps {
  readonly #gaps = new Map<string, Map<string, RecordedGap>>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async record(sourceId: string, gap: Gap, now: Date): Promise<void> {
    effect(this.#interrupt, 'gap', () => {
      const { from, to, reason, record } = gap
      const gaps = this.#gaps.get(sourceId) ?? new Map<string, RecordedGap>()
      const key = record === undefined ? `${from}#${to}#${reason}` : `record#${record}#${reason}`
      if (!gaps.has(key)) gaps.set(key, { ...gap, recordedAt: now.toISOString() })
      this.#gaps.set(sourceId, gaps)
    })
  }

  async list(sourceId: string): Promise<RecordedGap[]> {
    const gaps = [...(this.#gaps.get(sourceId) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return gaps.map(([, gap]) => gap).sort((a, b) => Date.parse(a.from) - Date.parse(b.from))
  }
}
