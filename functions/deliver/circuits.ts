import { type Circuit, isThrottled } from '../../shared/circuit.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { probeBooked } from './circuit.ts'
import type { CircuitStore, StoredCircuit } from './ports.ts'

/** How old a circuit may be that a message is sent by: an open one costs a few requests more, a closed one a little time. */
const CACHE_MS = 10_000

/** Each conflict means that another function has saved; with 20 of them at most, this many in a row do not happen. */
const MOST_CONFLICTS = 50

/** Whether a message may go: as always, as the one probe, or not at all. */
export interface Passage {
  readonly pass: 'free' | 'probe' | 'wait'
  readonly circuit: Circuit
}

interface Remembered {
  readonly stored: Promise<StoredCircuit>
  readonly readAtMs: number
}

/** The circuits of all destinations, remembered for some seconds, so that a closed one costs no request per message. */
export class Circuits {
  readonly #store: CircuitStore
  readonly #now: () => Date
  readonly #remembered = new Map<string, Remembered>()

  constructor(store: CircuitStore, now: () => Date) {
    this.#store = store
    this.#now = now
  }

  /** Decides whether a message may go. Of all that ask while a probe is due, everywhere, exactly one is the probe. */
  async enter(destinationId: string, messageId: string): Promise<Passage> {
    const now = this.#now()
    const { circuit } = await this.#recent(destinationId, now)
    if (isThrottled(circuit, now)) return { pass: 'wait', circuit }
    if (circuit.open === undefined) return { pass: 'free', circuit }
    return probeBooked(circuit, messageId, now) === undefined
      ? { pass: 'wait', circuit }
      : this.#book(destinationId, messageId)
  }

  /**
   * Stores what `change` makes of the circuit. The change is computed again when another function has saved in between, and
   * nothing is written when it gives back the same object.
   *
   * @returns the circuit before and after; the same object when nothing was written
   * @throws Fault `store-unavailable`
   */
  async update(
    destinationId: string,
    change: (circuit: Circuit) => Circuit,
  ): Promise<{ readonly before: Circuit; readonly after: Circuit }> {
    let stored = await this.#recent(destinationId, this.#now())
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
      const before = stored.circuit
      const after = change(before)
      if (after === before || (await this.#save(destinationId, after, stored.version))) return { before, after }
      stored = await this.#fresh(destinationId)
    }
    const text = `Cannot save the circuit of ${destinationId}: found ${MOST_CONFLICTS} conflicts in a row, wanted fewer`
    throw new Fault('store-unavailable', text)
  }

  async #book(destinationId: string, messageId: string): Promise<Passage> {
    const { circuit, version } = await this.#fresh(destinationId)
    if (circuit.open === undefined) return { pass: isThrottled(circuit, this.#now()) ? 'wait' : 'free', circuit }
    const booked = probeBooked(circuit, messageId, this.#now())
    if (booked === undefined) return { pass: 'wait', circuit }
    if (await this.#save(destinationId, booked, version)) return { pass: 'probe', circuit: booked }
    return { pass: 'wait', circuit: (await this.#fresh(destinationId)).circuit }
  }

  async #save(destinationId: string, circuit: Circuit, version: number): Promise<boolean> {
    const saved = await this.#store.save(destinationId, circuit, version)
    if (saved) this.#remember(destinationId, Promise.resolve({ circuit, version: version + 1 }))
    return saved
  }

  #recent(destinationId: string, now: Date): Promise<StoredCircuit> {
    const remembered = this.#remembered.get(destinationId)
    const isRecent = remembered !== undefined && now.getTime() - remembered.readAtMs < CACHE_MS
    return isRecent ? remembered.stored : this.#fresh(destinationId)
  }

  /** One read serves all messages that ask at the same time. */
  #fresh(destinationId: string): Promise<StoredCircuit> {
    const stored = this.#store.read(destinationId)
    this.#remember(destinationId, stored)
    stored.catch(() => this.#remembered.delete(destinationId))
    return stored
  }

  #remember(destinationId: string, stored: Promise<StoredCircuit>): void {
    this.#remembered.set(destinationId, { stored, readAtMs: this.#now().getTime() })
  }
}
