import type { Rate } from '../../shared/config/rate.ts'
import type { RateStore } from './ports.ts'
import type { Later } from './stop.ts'

/** How long a message waits for a place at most, so that a higher rate is noticed within the hour. */
const LONGEST_WAIT_MS = 3_600_000

/** How long a counter is kept after its window: for clocks that are behind, and not more. */
const KEPT_MS = 3_600_000

/** A call of the store that counts for all who ask before it begins. */
interface Call {
  requests: number
  readonly counted: Promise<{ readonly windowMs: number; readonly last: number }>
}

/**
 * Keeps the requests of all functions together within the rates of their destinations. Every request is counted in its window of the
 * clock, and made when its number is within the rate. What asks beyond it is counted too: its number tells how many windows will be
 * full before its turn.
 */
export class Rates {
  readonly #store: RateStore
  readonly #now: () => Date
  /** Of each destination the call that has not begun yet, and the one under way. */
  readonly #next = new Map<string, Call>()
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(store: RateStore, now: () => Date) {
    this.#store = store
    this.#now = now
  }

  /** Counts one request. @returns undefined when it may be made now. @throws Fault `store-unavailable` */
  async admit(destinationId: string, rate: Rate): Promise<Later | undefined> {
    const call = this.#next.get(destinationId) ?? this.#open(destinationId, rate)
    const nth = call.requests++
    const { windowMs, last } = await call.counted
    const place = last - call.requests + nth
    return place < rate.requests ? undefined : this.#waiting(place, windowMs, rate)
  }

  /** One call is under way for a destination at a time, and the next one counts for all who have asked meanwhile. */
  #open(destinationId: string, rate: Rate): Call {
    const before = this.#underWay.get(destinationId) ?? Promise.resolve()
    const counted = before.then(
      () => this.#count(destinationId, rate, call),
      () => this.#count(destinationId, rate, call),
    )
    const call: Call = { requests: 0, counted }
    this.#next.set(destinationId, call)
    this.#underWay.set(destinationId, counted)
    return call
  }

  async #count(destinationId: string, { perMs }: Rate, call: Call): Promise<Awaited<Call['counted']>> {
    this.#next.delete(destinationId)
    const windowMs = Math.floor(this.#now().getTime() / perMs) * perMs
    const window = `${perMs / 1000}s#${new Date(windowMs).toISOString()}`
    const expiresAt = new Date(windowMs + perMs + KEPT_MS)
    const last = await this.#store.count(destinationId, window, call.requests, expiresAt)
    return { windowMs, last }
  }

  /** @param place from 0, in the window that is full */
  #waiting(place: number, windowMs: number, { requests, perMs }: Rate): Later {
    const nextMs = windowMs + perMs
    const turnMs = windowMs + Math.floor((place / requests) * perMs)
    const untilMs = Math.max(nextMs, Math.min(turnMs, this.#now().getTime() + LONGEST_WAIT_MS))
    const reason = `more is to be sent than the rate of ${requests} requests in ${perMs / 1000} s allows`
    return { kind: 'limited', until: new Date(untilMs), reason }
  }
}
