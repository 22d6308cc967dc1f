import type { LedgerIds, LedgerItems } from '../../shared/aws/ledger-store.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { effect, type Interrupt } from './interrupt.ts'

interface Chunk extends LedgerIds {
  readonly expiresAt: Date
}

/** The ledger in memory. Effects: `ledger-append`, once for each bucket, because a real addition can stop half-way. */
export class MemoryLedgerStore implements LedgerItems {
  /** By source, then by bucket. */
  readonly #chunks = new Map<string, Map<Timestamp, Chunk[]>>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(sourceId: string, from: Timestamp, to: Timestamp): Promise<({ bucket: Timestamp } & LedgerIds)[]> {
    return [...(this.#chunks.get(sourceId) ?? [])]
      .filter(([bucket]) => bucket >= from && bucket <= to)
      .flatMap(([bucket, chunks]) => chunks.map(({ ids, queued }) => ({ bucket, ids, queued })))
  }

  async append(sourceId: string, additions: ReadonlyMap<Timestamp, LedgerIds>, expiresAt: Date): Promise<void> {
    const buckets = this.#chunks.get(sourceId) ?? new Map<Timestamp, Chunk[]>()
    this.#chunks.set(sourceId, buckets)
    for (const [bucket, { ids, queued }] of additions) {
      effect(this.#interrupt, 'ledger-append', () => {
        if (ids.length === 0) return
        buckets.set(bucket, [...(buckets.get(bucket) ?? []), { ids: Uint8Array.from(ids), queued, expiresAt }])
      })
    }
  }

  /** Deletes what has expired by `now`, as DynamoDB does some time after. */
  expire(now: Date): void {
    for (const buckets of this.#chunks.values()) {
      for (const [bucket, chunks] of buckets)
        buckets.set(
          bucket,
          chunks.filter(({ expiresAt }) => expiresAt > now),
        )
    }
  }
}
