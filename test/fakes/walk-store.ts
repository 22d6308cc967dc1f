import type { Walks } from '../../shared/aws/walk-store.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import type { FinishedWalk } from '../../shared/source-state.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Finished walks in memory. Effect: `walk`. */
export class MemoryWalkStore implements Walks {
  readonly #walks = new Map<string, Map<string, FinishedWalk>>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async record(sourceId: string, walk: FinishedWalk, _expiresAt: Date): Promise<void> {
    effect(this.#interrupt, 'walk', () => {
      const walks = this.#walks.get(sourceId) ?? new Map<string, FinishedWalk>()
      this.#walks.set(sourceId, walks.set(`${walk.to}#${walk.from}#${walk.lane}`, { ...walk }))
    })
  }

  async endingAfter(sourceId: string, instant: Timestamp): Promise<FinishedWalk[]> {
    const walks = [...(this.#walks.get(sourceId) ?? [])].filter(([, { to }]) => to > instant)
    return walks.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, walk]) => walk)
  }
}
