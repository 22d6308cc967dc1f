import type { Job } from './job.ts'
import type { DeliverPorts } from './ports.ts'
import { Rates } from './rates.ts'
import { longestMs } from './send-authorized.ts'
import { Slots } from './slots.ts'
import { SlowLane } from './slow-lane.ts'
import type { Later } from './stop.ts'

/** How long after the end of an invocation its slots are free at the latest: clocks differ, and a slot must not be free too early. */
const SLOT_RESERVE_MS = 5_000

/**
 * What keeps a destination from too many requests, its `rate` and its `concurrency`, and a slow one from too many invocations. Others
 * cost nothing.
 */
export class Limits {
  readonly #rates: Rates
  readonly #slots: Slots
  readonly #slowLane: SlowLane

  constructor({ rates, slots, log, now, random }: Pick<DeliverPorts, 'rates' | 'slots' | 'log' | 'now' | 'random'>) {
    this.#rates = new Rates({ rates, now, random })
    this.#slots = new Slots(slots, log, now)
    this.#slowLane = new SlowLane({ slots, log, now })
  }

  /**
   * Makes a request when it may be made.
   *
   * @returns when to try again, if it may not
   * @throws Fault `store-unavailable`; what the request throws
   */
  async within<Answer>(
    job: Pick<Job, 'config' | 'invocation'>,
    request: () => Promise<Answer>,
  ): Promise<Answer | Later> {
    const until = new Date(job.invocation.deadline.getTime() + SLOT_RESERVE_MS)
    const timed = () => this.#slowLane.timed(job.config, request)
    return this.#slowLane.within(job, until, () => this.#configured(job.config, until, timed))
  }

  /** Within what the destination's configuration allows. */
  async #configured<Answer>(
    config: Job['config'],
    until: Date,
    request: () => Promise<Answer>,
  ): Promise<Answer | Later> {
    const { id, rate, concurrency } = config
    const admitted = async () => (rate === undefined ? undefined : this.#rates.admit(id, rate))
    if (concurrency === undefined) return (await admitted()) ?? request()

    const wanted = { destinationId: id, slots: concurrency, until, requestMs: longestMs(config) }
    const slot = await this.#slots.take(wanted)
    if (slot === undefined) return { kind: 'crowded', reason: allTaken(concurrency) }
    try {
      return (await admitted()) ?? (await request())
    } finally {
      await this.#slots.release(id, slot)
    }
  }
}

function allTaken(concurrency: number): string {
  return `${concurrency} requests are under way, as many as there may be at the same time`
}
