import { beforeEach, expect, test } from 'vitest'
import type { WalkStore } from '../../functions/poll/ports.ts'
import type { Walks } from '../../shared/aws/walk-store.ts'
import type { FinishedWalk } from '../../shared/source-state.ts'

const EXPIRES_AT = new Date('2026-08-01T00:00:00.000Z')
const day = (number: number) => `2026-05-0${number}T00:00:00.000Z`
const walk = (from: number, to: number, more: Partial<FinishedWalk> = {}): FinishedWalk => ({
  ...{ lane: 'sweep', from: day(from), to: day(to), fingerprint: 'f', at: day(9), found: 5, enqueued: 1 },
  ...more,
})

/** What every store of finished walks must do, in memory or in DynamoDB. */
export function walkStoreContract(open: () => Promise<Walks>): void {
  let walks: Walks
  let count = 0
  let id: string

  beforeEach(async () => {
    walks = await open()
    id = `source-${++count}`
  })

  test('endingAfter() of a source that was never swept finds nothing', async () => {
    expect(await walks.endingAfter(id, day(1))).toEqual([])
  })

  test('endingAfter() gives the walks of the source that end later, by their ends', async () => {
    const store: WalkStore = walks
    for (const one of [walk(1, 4), walk(1, 2), walk(2, 3)]) await store.record(id, one, EXPIRES_AT)
    await store.record(`${id}-other`, walk(1, 4), EXPIRES_AT)
    expect(await walks.endingAfter(id, day(2))).toEqual([walk(2, 3), walk(1, 4)])
  })

  test('the same interval once more replaces the first, and another lane does not', async () => {
    await walks.record(id, walk(1, 2), EXPIRES_AT)
    await walks.record(id, walk(1, 2, { at: day(8), found: 6 }), EXPIRES_AT)
    await walks.record(id, walk(1, 2, { lane: 'backfill-1' }), EXPIRES_AT)
    expect(await walks.endingAfter(id, day(1))).toEqual([
      walk(1, 2, { lane: 'backfill-1' }),
      walk(1, 2, { at: day(8), found: 6 }),
    ])
  })
}
