import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Message } from '../../shared/message.ts'
import type { Received } from './job.ts'
import type { MessageProgress, ProgressStore } from './ports.ts'

/** As long as a queue keeps a message. */
const KEPT_MS = 14 * 86_400_000

const NONE: MessageProgress = { done: new Set() }

/** How far the events of a message have come. Of a message that was never split there is no record. */
export class Progress {
  readonly #store: ProgressStore
  readonly #messageId: string
  #undone: readonly OutgoingEvent[]
  /** As many events as a request may carry, after larger ones were refused. */
  readonly maxEvents: number

  private constructor(
    store: ProgressStore,
    messageId: string,
    { done, maxEvents }: MessageProgress,
    all: Message['events'],
  ) {
    this.#store = store
    this.#messageId = messageId
    this.#undone = done.size === 0 ? all : all.filter(({ id }) => !done.has(id))
    this.maxEvents = maxEvents ?? Number.POSITIVE_INFINITY
  }

  /** @throws Fault `store-unavailable` */
  static async of({ messageId, receives }: Received, { events }: Message, store: ProgressStore): Promise<Progress> {
    const isNew = events.length === 1 || receives === 1
    return new Progress(store, messageId, isNew ? NONE : await store.load(messageId), events)
  }

  get undone(): readonly OutgoingEvent[] {
    return this.#undone
  }

  /** Remembers that events are done. The last ones need no record, as the message is about to be acknowledged. */
  async add(events: readonly OutgoingEvent[], now: Date): Promise<void> {
    if (events.length === this.#undone.length) {
      this.#undone = []
      return
    }
    const added = new Set(events)
    this.#undone = this.#undone.filter((event) => !added.has(event))
    if (events.length > 0) await this.#save({ done: events.map(({ id }) => id) }, now)
  }

  /** Remembers how small the parts had become, so that a later invocation does not begin with the whole again. */
  async limit(maxEvents: number, now: Date): Promise<void> {
    await this.#save({ done: [], maxEvents }, now)
  }

  #save(progress: Parameters<ProgressStore['add']>[1], now: Date): Promise<void> {
    return this.#store.add(this.#messageId, progress, new Date(now.getTime() + KEPT_MS))
  }
}
