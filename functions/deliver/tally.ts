import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import { toMs } from '../../shared/contracts/time.ts'

/** A metric's value or values, by its name. */
export type MetricValues = Readonly<Record<string, number | readonly number[]>>

/** What an invocation did. */
export class Tally {
  #eventsDelivered = 0
  #retries = 0
  #refused = 0
  #givenUp = 0
  /** How old the oldest event of each request was when it was taken. */
  readonly #lagsSeconds: number[] = []

  countDelivered(events: readonly OutgoingEvent[], now: Date): void {
    this.#eventsDelivered += events.length
    const oldestMs = events.reduce((oldest, event) => Math.min(oldest, toMs(event.time)), now.getTime())
    this.#lagsSeconds.push((now.getTime() - oldestMs) / 1000)
  }

  countRetry(): void {
    this.#retries++
  }

  countRefused(): void {
    this.#refused++
  }

  countGivenUp(): void {
    this.#givenUp++
  }

  /** What happened, by the names of the metrics; what did not happen has no name here. */
  metrics(): MetricValues {
    const counts = {
      EventsDelivered: this.#eventsDelivered,
      DeliveryRetries: this.#retries,
      DeliveriesRefused: this.#refused,
      DeliveriesGivenUp: this.#givenUp,
    }
    const happened = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
    return this.#lagsSeconds.length === 0 ? happened : { ...happened, DeliveryLagSeconds: this.#lagsSeconds }
  }
}
