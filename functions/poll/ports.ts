import type { Gap, MalformedRecord, Timestamp } from '../../shared/contracts/event.ts'
import type { SecretStore, Send } from '../../shared/contracts/http.ts'
import type { Message } from '../../shared/message.ts'
import type { FinishedWalk, Health, Lane, SourceState } from '../../shared/source-state.ts'

/** Hands out the right to work on a source. */
export interface Leases {
  /**
   * Takes the source's lease until `until` and raises its fence.
   *
   * @returns undefined when another run holds it
   * @throws Fault `store-unavailable`
   */
  acquire(sourceId: string, owner: string, now: Date, until: Date): Promise<Lease | undefined>
}

/** What a run saves. A lane set to undefined is removed. */
export interface Change {
  readonly lanes?: Readonly<Record<string, Lane | undefined>>
  readonly health?: Health
}

/** The right to work on a source. Every write is conditional on the fence, so a paused run that wakes up late writes nothing. */
export interface Lease {
  /** As it was when the lease was taken. */
  readonly state: SourceState
  /** @throws Fault `lease-lost` when another run has taken over, `store-unavailable` when the answer is unknown */
  save(change: Change): Promise<void>
  /** Saves and gives the lease back. @throws as `save` */
  release(change: Change): Promise<void>
}

/** Ids of events, 12 bytes each. */
export interface LedgerIds {
  readonly ids: Uint8Array
  /** How many of them, the first ones, are in the queue; the others are of events that no destination wants. */
  readonly queued: number
}

/** Keeps the ids of events that are dealt with, in buckets by the event's own time. */
export interface LedgerStore {
  /** The ids of all buckets in `[from, to]`, each chunk a whole number of ids. @throws Fault `store-unavailable` */
  load(sourceId: string, from: Timestamp, to: Timestamp): Promise<readonly ({ bucket: Timestamp } & LedgerIds)[]>
  /** Adds ids, some of which may be there already. @throws Fault `store-unavailable` */
  append(sourceId: string, additions: ReadonlyMap<Timestamp, LedgerIds>, expiresAt: Date): Promise<void>
}

export interface Outbox {
  /** Returns once the queue has accepted every message. @throws Fault `queue-refused`; some may be in the queue then */
  send(messages: readonly Message[]): Promise<void>
  /** Puts records that cannot be events into the dead-letter queue. @throws Fault `queue-refused` */
  quarantine(sourceId: string, records: readonly MalformedRecord[]): Promise<void>
}

export interface GapStore {
  /** Records a gap; the same gap twice is one gap. @throws Fault `store-unavailable` */
  record(sourceId: string, gap: Gap, now: Date): Promise<void>
}

/** Keeps when a sweep or a backfill had read its interval to the end: the evidence that late events were looked for. */
export interface WalkStore {
  /** Records a walk; the same interval once more replaces it. @throws Fault `store-unavailable` */
  record(sourceId: string, walk: FinishedWalk, expiresAt: Date): Promise<void>
}

/** Everything a run touches that is not itself. */
export interface PollPorts {
  readonly leases: Leases
  readonly ledger: LedgerStore
  readonly outbox: Outbox
  readonly gaps: GapStore
  readonly walks: WalkStore
  readonly secrets: SecretStore
  readonly send: Send
  readonly now: () => Date
  /** Waits; never for more than a few seconds. */
  readonly sleep: (ms: number) => Promise<void>
  /** In [0, 1). */
  readonly random: () => number
  /** Raises the alarm, at once: what a run tells at its end is not told when it dies. */
  readonly onGap: (sourceId: string, gap: Gap) => void
}
