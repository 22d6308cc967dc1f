import type { Rate } from '../../shared/config/rate.ts'
import { Gather } from './gather.ts'
import type { RateStore } from './ports.ts'
import type { Later } from './stop.ts'

const HOUR_MS = 3_600_000

/** How long a counter is kept after the last time that it may be needed: for clocks that are behind, and not more. */
const KEPT_MS = HOUR_MS

/** The longest line: so a higher rate is noticed within the hour. Who finds it longer comes back when it has moved on. */
const LONGEST_LINE_MS = HOUR_MS
const LOOK_AGAIN_MS = HOUR_MS
const LOOK_AGAIN_SPREAD_MS = 0.2 * HOUR_MS

/**
 * Places in the line for each request of the rate. SQS shows a message some seconds late, so that those of one window come in
 * another: with exactly as many places a window would often have nobody, and another too many.
 */
const PLACES_PER_REQUEST = 2

export interface RatePorts {
  readonly rates: RateStore
  readonly now: () => Date
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Keeps the requests of all functions together within the rates of their destinations. Every request is counted in its window of the
 * clock, and made when its number is within the rate. What is beyond takes a place in a line, which only says when to come back: then
 * it is counted like any other. So a long queue is worked off at its rate, with few receives for each message.
 */
export class Rates {
  readonly #ports: RatePorts
  readonly #counted: Gather<Rate, number>
  readonly #queued: Gather<Rate, number | undefined>

  constructor(ports: RatePorts) {
    this.#ports = ports
    this.#counted = new Gather((id, rate, requests) => this.#count(id, rate, requests))
    this.#queued = new Gather((id, rate, places) => this.#queue(id, rate, places))
  }

  /** Counts one request. @returns undefined when it may be made now. @throws Fault `store-unavailable` */
  async admit(destinationId: string, rate: Rate): Promise<Later | undefined> {
    const { result: last, nth, of } = await this.#counted.join(destinationId, rate)
    if (last - of + nth < rate.requests) return undefined
    const queued = await this.#queued.join(destinationId, rate)
    const placeMs = timeOf((queued.result ?? Number.POSITIVE_INFINITY) + queued.nth, rate)
    const untilMs = placeMs <= this.#ports.now().getTime() + LONGEST_LINE_MS ? placeMs : this.#later()
    const reason = `more is to be sent than the rate of ${rate.requests} requests in ${rate.perMs / 1000} s allows`
    return { kind: 'queued', until: new Date(untilMs), reason }
  }

  /** @returns how many there are now in the window of the clock */
  #count(destinationId: string, rate: Rate, requests: number): Promise<number> {
    const windowMs = windowOf(this.#ports.now(), rate)
    const window = `${nameOf(rate)}#${new Date(windowMs).toISOString()}`
    const expiresAt = new Date(windowMs + rate.perMs + KEPT_MS)
    return this.#ports.rates.count(destinationId, window, requests, expiresAt)
  }

  /** @returns the first of so many places; undefined when the line is as long as it may be */
  async #queue(destinationId: string, rate: Rate, places: number): Promise<number | undefined> {
    const now = this.#ports.now()
    const first = placeAt(windowOf(now, rate) + rate.perMs, rate)
    const end = Math.max(first + 1, placeAt(now.getTime() + LONGEST_LINE_MS, rate))
    const expiresAt = new Date(now.getTime() + LONGEST_LINE_MS + rate.perMs + KEPT_MS)
    return this.#ports.rates.queue(destinationId, nameOf(rate), places, { first, end }, expiresAt)
  }

  #later(): number {
    return this.#ports.now().getTime() + LOOK_AGAIN_MS + LOOK_AGAIN_SPREAD_MS * this.#ports.random()
  }
}

/** A changed rate has counters of its own. */
function nameOf({ requests, perMs }: Rate): string {
  return `${requests}/${perMs / 1000}s`
}

function windowOf(now: Date, { perMs }: Rate): number {
  return Math.floor(now.getTime() / perMs) * perMs
}

/** Places are numbered from 1970 on, so that the number of one says when it is. */
function placeAt(timeMs: number, { requests, perMs }: Rate): number {
  return Math.floor((timeMs / perMs) * requests * PLACES_PER_REQUEST)
}

function timeOf(place: number, { requests, perMs }: Rate): number {
  return Math.ceil((place / (requests * PLACES_PER_REQUEST)) * perMs)
}
