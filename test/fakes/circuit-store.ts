import type { CircuitStore, StoredCircuit } from '../../functions/deliver/ports.ts'
import { type Circuit, CLOSED, circuit as schema } from '../../shared/circuit.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Circuits in memory; values go through text, as they do outside. Who was ever on hold is listed. Effect: `circuit`. */
export class MemoryCircuitStore implements CircuitStore {
  readonly #items = new Map<string, { readonly text: string; readonly version: number }>()
  readonly #held = new Set<string>()
  readonly #interrupt: Interrupt | undefined
  reads = 0
  saves = 0

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async read(destinationId: string): Promise<StoredCircuit> {
    this.reads++
    return this.#stored(destinationId)
  }

  async readAll(destinationIds: readonly string[]): Promise<ReadonlyMap<string, Circuit>> {
    const known = new Set([...destinationIds, ...this.#held].filter((id) => this.#items.has(id)))
    return new Map([...known].map((id) => [id, this.#stored(id).circuit]))
  }

  async save(destinationId: string, circuit: Circuit, version: number): Promise<boolean> {
    return effect(this.#interrupt, 'circuit', () => {
      if (this.#stored(destinationId).version !== version) return false
      this.saves++
      if (circuit.open !== undefined) this.#held.add(destinationId)
      this.#items.set(destinationId, { text: JSON.stringify(circuit), version: version + 1 })
      return true
    })
  }

  #stored(destinationId: string): StoredCircuit {
    const item = this.#items.get(destinationId)
    if (item === undefined) return { circuit: CLOSED, version: 0 }
    return { circuit: schema.parse(JSON.parse(item.text)), version: item.version }
  }
}
