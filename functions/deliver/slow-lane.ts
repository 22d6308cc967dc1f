import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Invocation, Job } from './job.ts'
import type { DeliverPorts } from './ports.ts'
import { longestMs } from './send-authorized.ts'
import { type Slot, Slots } from './slots.ts'
import type { Later } from './stop.ts'

/** Requests that take longer than this on average make a destination slow. */
const SLOW_MS = 2_000

/** How much of the average the last request is: one of 8 s is enough to make it slow, and a few quick ones to end that. */
const WEIGHT = 0.25

/** What a request counts for that has used up its time, be that short: one of them makes a destination silent. */
const USED_UP = 0.9
const TIMED_OUT_MS = 60_000

/** From this on most requests are not answered at all, so that nothing is gained by many. */
const SILENT_MS = WEIGHT * TIMED_OUT_MS

/**
 * How many invocations may wait for a destination at the same time, of 20 that there may be (`maxConcurrency`): for one that answers
 * late, and for one that does not answer.
 */
const PLACES_WHEN_SLOW = 8
const PLACES_WHEN_SILENT = 4

/** A place of an invocation in the lane, for all its requests to a destination. */
interface Place {
  readonly slot: Promise<Slot | undefined>
  users: number
}

/**
 * Keeps a destination that takes long, or does not answer at all, from occupying every invocation that there may be: of all functions
 * together only so many at a time send to it, each as many messages as it has. The rest comes back later, so that the others' messages
 * find an invocation free.
 *
 * Each function goes by the requests that it has made itself, and forgets nothing until they are quick again. A destination that answers
 * quickly costs nothing, and one that has no others beside it is left alone.
 */
export class SlowLane {
  readonly #slots: Slots
  readonly #now: () => Date
  readonly #averagesMs = new Map<string, number>()
  readonly #places = new WeakMap<Invocation, Map<string, Place>>()

  constructor({ slots, log, now }: Pick<DeliverPorts, 'slots' | 'log' | 'now'>) {
    this.#slots = new Slots(slots, log, now)
    this.#now = now
  }

  /**
   * Does what may make a request, and wait for its turn before, unless the destination is slow and enough invocations wait for it.
   *
   * @param until when the invocation is over for sure
   * @throws Fault `store-unavailable`; what `act` throws
   */
  async within<Answer>(
    { config, invocation }: Pick<Job, 'config' | 'invocation'>,
    until: Date,
    act: () => Promise<Answer>,
  ): Promise<Answer | Later> {
    const places = this.#placesFor(config.id)
    if (places === undefined) return act()
    const place = this.#enter(config, invocation, places, until)
    try {
      const slot = await place.slot
      if (slot !== undefined) return await act()
      return {
        kind: 'crowded',
        reason: `the receiver is slow, and ${places} invocations wait for it already`,
      }
    } finally {
      await this.#leave(config, invocation, place)
    }
  }

  /** Makes a request, and remembers how long it took. @throws what it throws */
  async timed<Answer>(config: DestinationConfig, request: () => Promise<Answer>): Promise<Answer> {
    const startedAtMs = this.#now().getTime()
    try {
      return await request()
    } finally {
      const tookMs = this.#now().getTime() - startedAtMs
      const isUsedUp = tookMs >= USED_UP * longestMs(config)
      const averageMs = this.#averagesMs.get(config.id) ?? 0
      const countedMs = isUsedUp ? TIMED_OUT_MS : tookMs
      this.#averagesMs.set(config.id, averageMs + WEIGHT * (countedMs - averageMs))
    }
  }

  /** @returns undefined where there may be any number */
  #placesFor(id: string): number | undefined {
    const averageMs = this.#averagesMs.get(id) ?? 0
    const hasOthers = this.#averagesMs.size > 1
    if (averageMs < SLOW_MS || !hasOthers) return undefined
    return averageMs < SILENT_MS ? PLACES_WHEN_SLOW : PLACES_WHEN_SILENT
  }

  /** The first of an invocation asks for its place, and the answer is for all of them. */
  #enter({ id, ...config }: DestinationConfig, invocation: Invocation, slots: number, until: Date): Place {
    const places = this.#places.get(invocation) ?? new Map<string, Place>()
    this.#places.set(invocation, places)
    const wanted = { destinationId: laneOf(id), slots, until, requestMs: longestMs(config) }
    const place = places.get(id) ?? { slot: this.#slots.take(wanted), users: 0 }
    places.set(id, place)
    place.users++
    return place
  }

  /** The last one gives the place back. */
  async #leave({ id }: DestinationConfig, invocation: Invocation, place: Place): Promise<void> {
    place.users--
    const slot = await place.slot.catch(() => undefined)
    if (place.users > 0 || slot === undefined) return
    this.#places.get(invocation)?.delete(id)
    await this.#slots.release(laneOf(id), slot)
  }
}

/** Slots besides those of the destination's `concurrency`. No id has such a character. */
function laneOf(destinationId: string): string {
  return `${destinationId}#slow`
}
