import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { fromMs, toMs } from '../../shared/contracts/time.ts'
import { KEY_BYTES, KeySet } from './key-set.ts'
import type { LedgerIds, LedgerStore } from './ports.ts'

const HOUR_MS = 3_600_000

/** Events lie in buckets by their own time, so an event is looked for in one bucket, whenever it is read again. */
const BUCKET_MS = HOUR_MS

/** How long an id is remembered after it was written: a sweep or a backfill within this time repeats nothing. */
export const LEDGER_MS = 90 * 24 * HOUR_MS

/** Ids held in memory beyond those of the buckets at hand: about a megabyte. */
const MAX_CACHED_KEYS = 50_000

/** Buckets closer to each other than this are read with one query. */
const QUERY_GAP_BUCKETS = 24

/** Where an event stands in the ledger. */
interface Entry {
  /** The hour, as a number of hours since 1970. */
  readonly bucket: number
  /** 12 bytes: among a million ids of one hour, two alike have a chance below 1 in 10^16. */
  readonly key: Buffer
}

/** Which events are safe in the queue already. One for each run, while it holds the source's lease. */
export class Ledger {
  readonly #store: LedgerStore
  readonly #sourceId: string
  /** In order of use, the least recent first. */
  readonly #buckets = new Map<number, KeySet>()
  /** Of the events that were asked for last, because they are what is added next. */
  #entries = new Map<OutgoingEvent, Entry>()

  constructor(store: LedgerStore, sourceId: string) {
    this.#store = store
    this.#sourceId = sourceId
  }

  /** The events that were never added, each once, in their order. @throws Fault `store-unavailable` */
  async unseen(events: readonly OutgoingEvent[]): Promise<OutgoingEvent[]> {
    if (events.length === 0) return []
    this.#entries = new Map(events.map((event) => [event, entryOf(event)]))
    await this.#load([...new Set(this.#entries.values().map(({ bucket }) => bucket))].sort((a, b) => a - b))
    const page = new Set<string>()
    return events.filter((event) => {
      const { bucket, key } = this.#entry(event)
      if (page.has(event.id) || this.#buckets.get(bucket)?.has(key)) return false
      page.add(event.id)
      return true
    })
  }

  /**
   * Remembers events. Call it once the queue has accepted them, never before.
   *
   * @param queued the ids of those that some destination wants
   * @throws Fault `store-unavailable`
   */
  async add(events: readonly OutgoingEvent[], queued: ReadonlySet<string>, now: Date): Promise<void> {
    if (events.length === 0) return
    const queuedFirst = [...events.filter(({ id }) => queued.has(id)), ...events.filter(({ id }) => !queued.has(id))]
    const buckets = Map.groupBy(queuedFirst, (event) => this.#entry(event).bucket)
    const additions = new Map<Timestamp, LedgerIds>()
    for (const [bucket, of] of buckets) {
      const ids = Buffer.concat(of.map((event) => this.#entry(event).key))
      additions.set(instantOf(bucket), { ids, queued: of.filter(({ id }) => queued.has(id)).length })
    }
    await this.#store.append(this.#sourceId, additions, new Date(now.getTime() + LEDGER_MS))
    for (const event of events) this.#bucket(this.#entry(event).bucket).add(this.#entry(event).key)
  }

  /** Makes the given buckets, in ascending order, the most recently used ones of the cache. */
  async #load(wanted: readonly number[]): Promise<void> {
    const missing = wanted.filter((bucket) => !this.#buckets.has(bucket))
    for (const bucket of wanted) {
      const keys = this.#bucket(bucket)
      this.#buckets.delete(bucket)
      this.#buckets.set(bucket, keys)
    }
    try {
      for (const { from, to } of ranges(missing)) await this.#loadRange(from, to, new Set(missing))
    } catch (error) {
      for (const bucket of missing) this.#buckets.delete(bucket)
      throw error
    }
    this.#evict(wanted.length)
  }

  async #loadRange(from: number, to: number, missing: ReadonlySet<number>): Promise<void> {
    for (const { bucket, ids } of await this.#store.load(this.#sourceId, instantOf(from), instantOf(to))) {
      const hour = toMs(bucket) / BUCKET_MS
      if (!missing.has(hour)) continue
      const keys = this.#bucket(hour)
      const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
      for (let at = 0; at < bytes.length; at += KEY_BYTES) keys.add(bytes, at)
    }
  }

  #bucket(bucket: number): KeySet {
    const keys = this.#buckets.get(bucket) ?? new KeySet()
    this.#buckets.set(bucket, keys)
    return keys
  }

  #evict(inUse: number): void {
    let cached = this.#buckets.values().reduce((sum, keys) => sum + keys.size, 0)
    for (const [bucket, keys] of this.#buckets) {
      if (cached <= MAX_CACHED_KEYS || this.#buckets.size <= inUse) return
      cached -= keys.size
      this.#buckets.delete(bucket)
    }
  }

  #entry(event: OutgoingEvent): Entry {
    return this.#entries.get(event) ?? entryOf(event)
  }
}

function entryOf(event: OutgoingEvent): Entry {
  return { bucket: Math.floor(toMs(event.time) / BUCKET_MS), key: keyOf(event) }
}

function keyOf(event: OutgoingEvent): Buffer {
  const start = 'evt_'.length
  return Buffer.from(event.id.slice(start, start + (KEY_BYTES * 4) / 3), 'base64url')
}

function instantOf(bucket: number): Timestamp {
  return fromMs(bucket * BUCKET_MS)
}

/** The fewest ranges that cover the buckets without long stretches in between. */
function ranges(buckets: readonly number[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = []
  for (const bucket of buckets) {
    const last = found.at(-1)
    if (last !== undefined && bucket - last.to <= QUERY_GAP_BUCKETS) last.to = bucket
    else found.push({ from: bucket, to: bucket })
  }
  return found
}
