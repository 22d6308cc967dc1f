import type { RateStore } from '../../functions/deliver/ports.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Counters in memory. Effects: `rate`, `line`. */
export class MemoryRateStore implements RateStore {
  readonly #counts = new Map<string, number>()
  readonly #lines = new Map<string, number>()
  readonly #interrupt: Interrupt | undefined
  calls = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async count(destinationId: string, window: string, requests: number, _expiresAt: Date): Promise<number> {
    return effect(this.#interrupt, 'rate', () => {
      this.calls++
      const key = `${destinationId} ${window}`
      const counted = (this.#counts.get(key) ?? 0) + requests
      this.#counts.set(key, counted)
      return counted
    })
  }

  async queue(
    destinationId: string,
    line: string,
    places: number,
    { first, end }: { readonly first: number; readonly end: number },
    _expiresAt: Date,
  ): Promise<number | undefined> {
    return effect(this.#interrupt, 'line', () => {
      this.calls++
      const key = `${destinationId} ${line}`
      const place = Math.max(this.#lines.get(key) ?? first, first)
      if (place > first && place >= end) return undefined
      this.#lines.set(key, place + places)
      return place
    })
  }
}
