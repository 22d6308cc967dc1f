import type { Delivery, OutgoingEvent } from '../../shared/contracts/destination.ts'
import { deliveryOf } from '../../shared/message.ts'
import type { Job } from './job.ts'
import { normalized } from './normal-forms/normalize.ts'

/** Cuts a message into requests, with its events in the form that the destination wants. */
export class Parts {
  readonly #job: Pick<Job, 'message' | 'config'>
  /** By the vendor's event. It is the same on every attempt, and made once for all of a turn. */
  readonly #inForm = new Map<OutgoingEvent, OutgoingEvent>()

  constructor(job: Pick<Job, 'message' | 'config'>) {
    this.#job = job
  }

  /**
   * As large as the message is, unless it was split before, its configuration has changed since it was cut, or its events are larger in
   * their form than as the vendor wrote them.
   *
   * @param most events in a part, besides what the destination says
   */
  of(events: readonly OutgoingEvent[], most: number): (readonly OutgoingEvent[])[] {
    const { destination, own } = this.#job.config
    const mostEvents = Math.min(destination.maxEventsPerRequest?.(own) ?? Number.POSITIVE_INFINITY, most)
    const groups = Map.groupBy(events, (event) => destination.group?.(event, own) ?? '')
    return [...groups.values()].flatMap((group) => this.#pieces(group, mostEvents))
  }

  deliveryOf(part: readonly OutgoingEvent[]): Delivery {
    return deliveryOf({ ...this.#job.message, events: part.map((event) => this.#formed(event)) })
  }

  #pieces(events: readonly OutgoingEvent[], most: number): OutgoingEvent[][] {
    const { normalize, batch } = this.#job.config
    // What was cut by the vendors' records needs no second look.
    const bytesOf = (event: OutgoingEvent) => (normalize === undefined ? 0 : Buffer.byteLength(this.#formed(event).raw))
    const pieces: OutgoingEvent[][] = []
    let [piece, bytes]: [OutgoingEvent[], number] = [[], 0]
    for (const event of events) {
      const more = bytesOf(event)
      if (piece.length > 0 && (piece.length >= most || bytes + more > batch.maxBytes)) {
        pieces.push(piece)
        ;[piece, bytes] = [[], 0]
      }
      piece.push(event)
      bytes += more
    }
    return piece.length === 0 ? pieces : [...pieces, piece]
  }

  #formed(event: OutgoingEvent): OutgoingEvent {
    const { normalize } = this.#job.config
    if (normalize === undefined) return event
    const known = this.#inForm.get(event)
    if (known !== undefined) return known
    const formed = normalized(event, this.#job.message.source, normalize)
    this.#inForm.set(event, formed)
    return formed
  }
}
