import type { Log, SlotStore } from './ports.ts'

/** A place for one request at a time, until then. */
export interface Slot {
  readonly number: number
  readonly until: Date
}

interface Waiting {
  readonly needsUntil: Date
  /** When it goes without. */
  readonly leavesAtMs: number
  readonly answer: (slot: Slot | undefined) => void
}

/** What this function knows of a destination. */
interface Crew {
  inUse: number
  readonly waiting: Waiting[]
  /** The last one that asks: one after the other, so that a refusal answers all who come after it. */
  asking: Promise<unknown>
}

export interface SlotRequest {
  readonly destinationId: string
  /** How many there are. */
  readonly slots: number
  /** By when the slot is given back, or its holder is dead. */
  readonly until: Date
  /** How long the request of the holder may take. */
  readonly requestMs: number
}

/**
 * Keeps the requests that are under way in all functions together below a number. Messages of one invocation pass a slot on to each
 * other, but none waits for one much longer than a request may take: then the receiver is slow, and waiting costs money.
 */
export class Slots {
  readonly #store: SlotStore
  readonly #log: Log
  readonly #now: () => Date
  readonly #crews = new Map<string, Crew>()

  constructor(store: SlotStore, log: Log, now: () => Date) {
    this.#store = store
    this.#log = log
    this.#now = now
  }

  /** @returns undefined when there is none. What is returned must be given back. @throws Fault `store-unavailable` */
  take(request: SlotRequest): Promise<Slot | undefined> {
    const crew = this.#crewOf(request.destinationId)
    const taken = crew.asking.then(() => this.#ask(request, crew))
    crew.asking = taken.then(
      () => {},
      () => {},
    )
    return taken.then((answer) => answer())
  }

  /** Passes a slot on, or gives it back. */
  async release(destinationId: string, slot: Slot): Promise<void> {
    const crew = this.#crewOf(destinationId)
    const nowMs = this.#now().getTime()
    for (let next = crew.waiting.shift(); next !== undefined; next = crew.waiting.shift()) {
      const isInTime = nowMs < next.leavesAtMs && next.needsUntil <= slot.until
      next.answer(isInTime ? slot : undefined)
      if (isInTime) return
    }
    crew.inUse--
    await this.#store.release(destinationId, slot.number, slot.until).catch(() => {
      // The request has been made, whatever becomes of its slot, which is free again when its time is over.
      this.#log('warn', 'delivery.slot-not-released', { destination: destinationId, until: slot.until.toISOString() })
    })
  }

  /** @returns how to come to the answer: at once, or when somebody passes a slot on. Whoever asks next does not wait for that */
  async #ask(
    { destinationId, slots, until, requestMs }: SlotRequest,
    crew: Crew,
  ): Promise<() => Promise<Slot | undefined>> {
    const now = this.#now()
    const number = crew.waiting.length > 0 ? undefined : await this.#store.take(destinationId, slots, now, until)
    if (number !== undefined) crew.inUse++
    const slot = number === undefined ? undefined : { number, until }
    if (slot !== undefined || crew.inUse === 0) return async () => slot
    const { promise, resolve } = Promise.withResolvers<Slot | undefined>()
    crew.waiting.push({ needsUntil: until, leavesAtMs: now.getTime() + requestMs, answer: resolve })
    return () => promise
  }

  #crewOf(destinationId: string): Crew {
    const crew = this.#crews.get(destinationId) ?? { inUse: 0, waiting: [], asking: Promise.resolve() }
    this.#crews.set(destinationId, crew)
    return crew
  }
}
