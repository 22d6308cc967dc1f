import type { LedgerItems } from '../../shared/aws/ledger-store.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** The ledger in memory. Effects: `ledger-append`, once for each bucket, because a real addition can stop half-way. */
export class MemoryLedgerStore implements LedgerItems {
  /** By source, then by bucket. */
  readonly #chunks = new Map<string, Map<Timestamp, Uint8Array[]>>()
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(sourceId: string, from: Timestamp, to: Timestamp): Promise<{ bucket: Timestamp; ids: Uint8Array }[]> {
    return [...(this.#chunks.get(sourceId) ?? [])]
      .filter(([bucket]) => bucket >= from && bucket <= to)
      .flatMap(([bucket, chunks]) => chunks.map((ids) => ({ bucket, ids })))
  }

  async append(sourceId: string, additions: ReadonlyMap<Timestamp, Uint8Array>, _expiresAt: Date): Promise<void> {
    const buckets = this.#chunks.get(sourceId) ?? new Map<Timestamp, Uint8Array[]>()
    this.#chunks.set(sourceId, buckets)
    for (const [bucket, ids] of additions) {
      effect(this.#interrupt, 'ledger-append', () => {
        if (ids.length > 0) buckets.set(bucket, [...(buckets.get(bucket) ?? []), Uint8Array.from(ids)])
      })
    }
  }
}
