import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { OldEventsSent } from './old-events.ts'

/** A metric's value by its name. */
export interface DeliveryMetrics {
  readonly EventsDelivered?: number
  readonly DeliveryRetries?: number
  readonly DeliveriesRefused?: number
  readonly DeliveriesGivenUp?: number
  /** Messages that stayed in the queue by our own fault: a store that did not answer, or a defect. */
  readonly DeliveryFaults?: number
  /** How old the oldest event was when it was delivered. */
  readonly DeliveryLagSeconds?: number
}

/** What an invocation did. */
export class Tally {
  readonly old = new OldEventsSent()
  #eventsDelivered = 0
  #retries = 0
  #refused = 0
  #givenUp = 0
  #faults = 0
  #longestLagMs = 0

  countDelivered(events: readonly OutgoingEvent[], now: Date): void {
    this.#eventsDelivered += events.length
    for (const { time } of events) this.#longestLagMs = Math.max(this.#longestLagMs, now.getTime() - toMs(time))
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

  countFault(): void {
    this.#faults++
  }

  /** What happened; what did not happen is left out. */
  metrics(): DeliveryMetrics {
    return {
      ...(this.#eventsDelivered > 0 && {
        EventsDelivered: this.#eventsDelivered,
        DeliveryLagSeconds: this.#longestLagMs / 1000,
      }),
      ...(this.#retries > 0 && { DeliveryRetries: this.#retries }),
      ...(this.#refused > 0 && { DeliveriesRefused: this.#refused }),
      ...(this.#givenUp > 0 && { DeliveriesGivenUp: this.#givenUp }),
      ...(this.#faults > 0 && { DeliveryFaults: this.#faults }),
    }
  }
}
