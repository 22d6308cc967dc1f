import type { LedgerItems } from '../../shared/aws/ledger-store.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** The ledger in memory. Effects: `ledger-append`, once for each bucket, because a real addition can stop half-way. */
export class MemoryLedgerStore implements LedgerItems {
  readonly #chunks: { readonly sourceId: string; readonly bucket: Timestamp; readonly ids: Uint8Array }[] = []
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  async load(sourceId: string, from: Timestamp, to: Timestamp): Promise<{ bucket: Timestamp; ids: Uint8Array }[]> {
    return this.#chunks
      .filter((chunk) => chunk.sourceId === sourceId && chunk.bucket >= from && chunk.bucket <= to)
      .map(({ bucket, ids }) => ({ bucket, ids }))
  }

  async append(sourceId: string, additions: ReadonlyMap<Timestamp, Uint8Array>, _expiresAt: Date): Promise<void> {
    for (const [bucket, ids] of additions) {
      effect(this.#interrupt, 'ledger-append', () => {
        if (ids.length > 0) this.#chunks.push({ sourceId, bucket, ids: Uint8Array.from(ids) })
      })
    }
  }
}
