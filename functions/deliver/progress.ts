import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Job } from './job.ts'
import type { MessageProgress, ProgressChange, ProgressStore } from './ports.ts'

/** As long as a queue keeps a message. */
const KEPT_MS = 14 * 86_400_000

const NONE: MessageProgress = { done: new Set(), accepted: [] }

/** Events of a message that the receiver has accepted, but not yet confirmed. */
export interface AcceptedEvents {
  readonly receipt: string
  readonly at: Date
  readonly events: readonly OutgoingEvent[]
}

/** How far the events of a message have come. Of a message that was taken as a whole, and finally, there is no record. */
export class Progress {
  readonly #store: ProgressStore
  readonly #messageId: string
  readonly #all: readonly OutgoingEvent[]
  #undone: readonly OutgoingEvent[]
  #accepted: readonly AcceptedEvents[]
  /** As many events as a request may carry, after larger ones were refused. */
  readonly maxEvents: number

  private constructor(
    store: ProgressStore,
    messageId: string,
    { done, maxEvents, accepted }: MessageProgress,
    all: readonly OutgoingEvent[],
  ) {
    this.#store = store
    this.#messageId = messageId
    this.#all = all
    const left = done.size === 0 ? all : all.filter(({ id }) => !done.has(id))
    this.#accepted = accepted.length === 0 ? [] : acceptedAmong(left, accepted)
    this.#undone = without(
      left,
      this.#accepted.flatMap(({ events }) => events),
    )
    this.maxEvents = maxEvents ?? Number.POSITIVE_INFINITY
  }

  /** @throws Fault `store-unavailable` */
  static async of({ received, message, config }: Job, store: ProgressStore): Promise<Progress> {
    const { messageId, receives } = received
    const isConfirmed = config.destination.confirmation !== undefined
    // A single event that needs no confirmation is done or not: nothing is ever written of it.
    const isNew = receives === 1 || (message.events.length === 1 && !isConfirmed)
    const known = isNew ? NONE : await store.load(messageId)
    // Whoever changes the type of a destination cannot be told any more what the other one has confirmed.
    return new Progress(store, messageId, isConfirmed ? known : { ...known, accepted: [] }, message.events)
  }

  /** Neither done nor accepted. */
  get undone(): readonly OutgoingEvent[] {
    return this.#undone
  }

  get accepted(): readonly AcceptedEvents[] {
    return this.#accepted
  }

  /** All that are not done. */
  get left(): readonly OutgoingEvent[] {
    return this.#withUndone(this.#accepted)
  }

  /** Remembers that undone events are done. */
  async add(events: readonly OutgoingEvent[], now: Date): Promise<void> {
    this.#undone = without(this.#undone, events)
    if (events.length > 0) await this.#saveDone({ done: idsOf(events) }, now)
  }

  /**
   * Remembers that undone events are accepted, and how small the part was, where that was what it took. Those accepted under the
   * same receipt before are undone again: a receiver that gives a receipt twice has forgotten the first.
   */
  async accept(accepted: AcceptedEvents, maxEvents: number | undefined): Promise<void> {
    const { receipt, at, events } = accepted
    const forgotten = this.#accepted.filter((known) => known.receipt === receipt)
    this.#undone = without(this.#undone, events)
    this.#undone = this.#withUndone(forgotten)
    this.#accepted = [...without(this.#accepted, forgotten), accepted]
    await this.#save({ accepted: { receipt, at: at.toISOString(), ids: idsOf(events) }, maxEvents }, at)
  }

  /** Accepted events are done. */
  async confirm(accepted: AcceptedEvents, now: Date): Promise<void> {
    this.#accepted = without(this.#accepted, [accepted])
    await this.#saveDone({ done: idsOf(accepted.events), settled: accepted.receipt }, now)
  }

  /** Accepted events may be lost: they are undone again. */
  async doubt(accepted: AcceptedEvents, now: Date): Promise<void> {
    this.#accepted = without(this.#accepted, [accepted])
    this.#undone = this.#withUndone([accepted])
    await this.#save({ settled: accepted.receipt }, now)
  }

  /** Remembers how small the parts had become, so that a later invocation does not begin with the whole again. */
  async limit(maxEvents: number, now: Date): Promise<void> {
    await this.#save({ maxEvents }, now)
  }

  /** In the order of the message, so that the same events are the same request. */
  #withUndone(accepted: readonly AcceptedEvents[]): readonly OutgoingEvent[] {
    if (accepted.length === 0) return this.#undone
    const found = new Set([...this.#undone, ...accepted.flatMap(({ events }) => events)])
    return this.#all.filter((event) => found.has(event))
  }

  /** The last events need no record, as the message is about to be acknowledged. */
  async #saveDone(change: ProgressChange, now: Date): Promise<void> {
    if (this.#undone.length + this.#accepted.length > 0) await this.#save(change, now)
  }

  #save(change: ProgressChange, now: Date): Promise<void> {
    return this.#store.save(this.#messageId, change, new Date(now.getTime() + KEPT_MS))
  }
}

function acceptedAmong(left: readonly OutgoingEvent[], accepted: MessageProgress['accepted']): AcceptedEvents[] {
  const byId = new Map(left.map((event) => [event.id, event]))
  return accepted
    .map(({ receipt, at, ids }) => ({ receipt, at: new Date(at), events: ids.flatMap((id) => byId.get(id) ?? []) }))
    .filter(({ events }) => events.length > 0)
}

function without<Item>(items: readonly Item[], others: readonly Item[]): readonly Item[] {
  if (others.length === 0) return items
  const dropped = new Set(others)
  return items.filter((item) => !dropped.has(item))
}

function idsOf(events: readonly OutgoingEvent[]): string[] {
  return events.map(({ id }) => id)
}
