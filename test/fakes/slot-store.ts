import type { SlotStore } from '../../functions/deliver/ports.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Slots in memory. Effects: `slot-take`, `slot-release`. */
export class MemorySlotStore implements SlotStore {
  readonly #until = new Map<string, number>()
  readonly #interrupt: Interrupt | undefined
  calls = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async take(destinationId: string, slots: number, now: Date, until: Date): Promise<number | undefined> {
    return effect(this.#interrupt, 'slot-take', () => {
      this.calls++
      for (let slot = 0; slot < slots; slot++) {
        if ((this.#until.get(`${destinationId} ${slot}`) ?? Number.NEGATIVE_INFINITY) >= now.getTime()) continue
        this.#until.set(`${destinationId} ${slot}`, until.getTime())
        return slot
      }
      return undefined
    })
  }

  async release(destinationId: string, slot: number, until: Date): Promise<void> {
    effect(this.#interrupt, 'slot-release', () => {
      this.calls++
      const key = `${destinationId} ${slot}`
      if (this.#until.get(key) === until.getTime()) this.#until.delete(key)
    })
  }
}
