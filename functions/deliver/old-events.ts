import type { AgeLimit, OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { toMs } from '../../shared/contracts/time.ts'

/** Events that a destination does not take as they are. */
export interface OldEvents {
  readonly destination: string
  readonly events: number
  /** The time of the oldest, as the vendor wrote it. */
  readonly oldest: Timestamp
  /** What becomes of them. */
  readonly effect: string
}

/** The old events that an invocation has sent, by their destination: enough for one line about each. */
export class OldEventsSent {
  readonly #found = new Map<string, OldEvents>()

  /** @param limit of the destination; undefined where events of any age are taken as they are */
  note(destination: string, limit: AgeLimit | undefined, events: readonly OutgoingEvent[], now: Date): void {
    if (limit === undefined) return
    for (const { time } of events) {
      if (now.getTime() - toMs(time) <= limit.maxAgeMs) continue
      const { events: known = 0, oldest = time } = this.#found.get(destination) ?? {}
      const older = toMs(time) < toMs(oldest) ? time : oldest
      this.#found.set(destination, { destination, events: known + 1, oldest: older, effect: limit.effect })
    }
  }

  all(): OldEvents[] {
    return [...this.#found.values()]
  }
}
