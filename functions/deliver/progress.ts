import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Message } from '../../shared/message.ts'
import type { Received } from './job.ts'
import type { ProgressStore } from './ports.ts'

/** As long as a queue keeps a message. */
const KEPT_MS = 14 * 86_400_000

/** Which events of a message are done: delivered, or in the dead-letter queue. A message of one event keeps no record. */
export class Progress {
  readonly #store: ProgressStore
  readonly #messageId: string
  #undone: readonly OutgoingEvent[]

  private constructor(store: ProgressStore, messageId: string, undone: readonly OutgoingEvent[]) {
    this.#store = store
    this.#messageId = messageId
    this.#undone = undone
  }

  /** @throws Fault `store-unavailable` */
  static async of({ messageId, receives }: Received, { events }: Message, store: ProgressStore): Promise<Progress> {
    if (events.length === 1 || receives === 1) return new Progress(store, messageId, events)
    const done = await store.load(messageId)
    return new Progress(
      store,
      messageId,
      events.filter(({ id }) => !done.has(id)),
    )
  }

  get undone(): readonly OutgoingEvent[] {
    return this.#undone
  }

  /** Remembers that events are done. The last ones need no record, as the message is about to be acknowledged. */
  async add(events: readonly OutgoingEvent[], now: Date): Promise<void> {
    const added = new Set(events)
    this.#undone = this.#undone.filter((event) => !added.has(event))
    if (this.#undone.length === 0 || events.length === 0) return
    const ids = events.map(({ id }) => id)
    await this.#store.add(this.#messageId, ids, new Date(now.getTime() + KEPT_MS))
  }
}
