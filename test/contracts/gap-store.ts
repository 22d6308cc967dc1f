import { beforeEach, expect, test } from 'vitest'
import type { GapStore } from '../../functions/poll/ports.ts'
import type { Gaps } from '../../shared/aws/gap-store.ts'
import type { Gap } from '../../shared/contracts/event.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const LATER = new Date('2026-05-02T12:00:00.000Z')
const EARLY: Gap = { from: '2026-04-01T00:00:00.123456Z', to: '2026-04-02T00:00:00.000Z', reason: 'retention' }
const LATE: Gap = { from: '2026-04-09T00:00:00.000Z', to: '2026-04-09T00:00:01.000Z', reason: 'configuration-changed' }

/** What every gap store must do, in memory or in DynamoDB. */
export function gapStoreContract(open: () => Promise<Gaps>): void {
  let gaps: Gaps
  let count = 0
  let id: string

  beforeEach(async () => {
    gaps = await open()
    id = `source-${++count}`
  })

  test('list() of a source without gaps is empty', async () => {
    expect(await gaps.list(id)).toEqual([])
  })

  test('list() gives every gap of the source as it was recorded, by their beginnings', async () => {
    const store: GapStore = gaps
    await store.record(id, LATE, NOW)
    await store.record(id, EARLY, NOW)
    await store.record(`${id}-other`, { ...EARLY, reason: 'saturated' }, NOW)
    expect(await gaps.list(id)).toEqual([
      { ...EARLY, recordedAt: '2026-05-01T12:00:00.000Z' },
      { ...LATE, recordedAt: '2026-05-01T12:00:00.000Z' },
    ])
  })

  test('the same gap twice is one gap, recorded when it was noticed first', async () => {
    await gaps.record(id, EARLY, NOW)
    await gaps.record(id, EARLY, LATER)
    expect(await gaps.list(id)).toEqual([{ ...EARLY, recordedAt: '2026-05-01T12:00:00.000Z' }])
  })

  test('one record is one gap, whatever interval it was missed in, and another record is another', async () => {
    const [first, again] = [
      { ...EARLY, record: '7' },
      { ...LATE, reason: EARLY.reason, record: '7' },
    ]
    for (const gap of [first, again, { ...EARLY, record: '8' }, EARLY]) await gaps.record(id, gap, NOW)
    expect((await gaps.list(id)).map(({ record, from }) => [record, from])).toEqual(
      expect.arrayContaining([undefined, '7', '8'].map((record) => [record, EARLY.from])),
    )
    expect(await gaps.list(id)).toHaveLength(3)
  })

  test('the same interval for another reason is another gap', async () => {
    await gaps.record(id, EARLY, NOW)
    await gaps.record(id, { ...EARLY, reason: 'configuration-changed' }, NOW)
    expect(await gaps.list(id)).toHaveLength(2)
  })
}
