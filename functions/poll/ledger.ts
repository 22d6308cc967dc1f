import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { floorTo, fromMs, toMs } from '../../shared/contracts/time.ts'
import type { LedgerStore } from './ports.ts'

const HOUR_MS = 3_600_000

/** Events lie in buckets by their own time, so an event is looked for in one bucket, whenever it is read again. */
const BUCKET_MS = HOUR_MS

/** How much of an event id is kept: 12 bytes. Among a million ids of one hour, two alike have a chance below 1 in 10^16. */
const KEY_BYTES = 12

/** How long an id is remembered after it was written: a sweep or a backfill within this time repeats nothing. */
export const LEDGER_DAYS = 90

/** Ids held in memory beyond those of the page at hand; a million would be about 80 MB. */
const MAX_CACHED_KEYS = 50_000

/** Buckets closer to each other than this are read with one query. */
const QUERY_GAP_MS = 24 * HOUR_MS

/** Which events are safe in the queue already. One for each run, while it holds the source's lease. */
export class Ledger {
  readonly #store: LedgerStore
  readonly #sourceId: string
  /** In order of use, the least recent first. */
  readonly #buckets = new Map<Timestamp, Set<string>>()

  constructor(store: LedgerStore, sourceId: string) {
    this.#store = store
    this.#sourceId = sourceId
  }

  /** The events that were never added, each once, in their order. @throws Fault `store-unavailable` */
  async unseen(events: readonly OutgoingEvent[]): Promise<OutgoingEvent[]> {
    await this.#load([...new Set(events.map(bucketOf))].sort())
    const page = new Set<string>()
    return events.filter((event) => {
      const key = keyOf(event)
      if (page.has(key) || this.#buckets.get(bucketOf(event))?.has(key)) return false
      page.add(key)
      return true
    })
  }

  /** Remembers events. Call it once the queue has accepted them, never before. @throws Fault `store-unavailable` */
  async add(events: readonly OutgoingEvent[], now: Date): Promise<void> {
    if (events.length === 0) return
    const keys = Map.groupBy(
      events.map((event) => [bucketOf(event), keyOf(event)] as const),
      ([bucket]) => bucket,
    )
    const additions = new Map<Timestamp, Uint8Array>()
    for (const [bucket, entries] of keys) {
      additions.set(bucket, Buffer.from(entries.map(([, key]) => key).join(''), 'latin1'))
    }
    await this.#store.append(this.#sourceId, additions, new Date(now.getTime() + LEDGER_DAYS * 24 * HOUR_MS))
    for (const [bucket, entries] of keys) for (const [, key] of entries) this.#bucket(bucket).add(key)
  }

  /** Makes the given buckets, in ascending order, the most recently used ones of the cache. */
  async #load(wanted: readonly Timestamp[]): Promise<void> {
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

  async #loadRange(from: Timestamp, to: Timestamp, missing: ReadonlySet<Timestamp>): Promise<void> {
    for (const { bucket, ids } of await this.#store.load(this.#sourceId, from, to)) {
      if (!missing.has(bucket)) continue
      const keys = this.#bucket(bucket)
      const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength)
      for (let at = 0; at < bytes.length; at += KEY_BYTES) keys.add(bytes.toString('latin1', at, at + KEY_BYTES))
    }
  }

  #bucket(bucket: Timestamp): Set<string> {
    const keys = this.#buckets.get(bucket) ?? new Set()
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
}

function bucketOf(event: OutgoingEvent): Timestamp {
  return floorTo(event.time, BUCKET_MS)
}

function keyOf(event: OutgoingEvent): string {
  const start = 'evt_'.length
  return Buffer.from(event.id.slice(start, start + (KEY_BYTES * 4) / 3), 'base64url').toString('latin1')
}

/** The fewest ranges that cover the buckets without long stretches in between. */
function ranges(buckets: readonly Timestamp[]): { from: Timestamp; to: Timestamp }[] {
  const found: { from: number; to: number }[] = []
  for (const at of buckets.map(toMs)) {
    const last = found.at(-1)
    if (last !== undefined && at - last.to <= QUERY_GAP_MS) last.to = at
    else found.push({ from: at, to: at })
  }
  return found.map(({ from, to }) => ({ from: fromMs(from), to: fromMs(to) }))
}
