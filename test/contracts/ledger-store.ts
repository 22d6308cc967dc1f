import { beforeEach, expect, test } from 'vitest'
import type { LedgerStore } from '../../functions/poll/ports.ts'

const EXPIRES_AT = new Date('2026-08-01T00:00:00.000Z')
const hour = (number: number) => new Date(Date.parse('2026-05-01T00:00:00.000Z') + number * 3_600_000).toISOString()

/** So many ids of 12 bytes that differ from those of another `seed`. */
function idsOf(seed: number, count: number): Buffer {
  const ids = Buffer.alloc(count * 12)
  for (let index = 0; index < count; index++) ids.writeUInt32BE(index, ids.writeUInt32BE(seed, index * 12))
  return ids
}

/** The ids of each bucket, without repeats. */
async function load(ledger: LedgerStore, sourceId: string, from: string, to: string) {
  const found = new Map<string, Set<string>>()
  for (const { bucket, ids } of await ledger.load(sourceId, from, to)) {
    expect(ids.length % 12).toBe(0)
    const known = found.get(bucket) ?? new Set()
    for (let at = 0; at < ids.length; at += 12) known.add(Buffer.from(ids.subarray(at, at + 12)).toString('hex'))
    found.set(bucket, known)
  }
  return found
}

function hexOf(...parts: Buffer[]): Set<string> {
  const ids = Buffer.concat(parts)
  return new Set(
    Array.from({ length: ids.length / 12 }, (_, index) => ids.toString('hex', index * 12, index * 12 + 12)),
  )
}

/** What every ledger store must do, in memory or in DynamoDB. */
export function ledgerStoreContract(open: () => Promise<LedgerStore>): void {
  let ledger: LedgerStore
  let count = 0
  let id: string

  beforeEach(async () => {
    ledger = await open()
    id = `source-${++count}`
  })

  /** Adds ids that are all in the queue. */
  const append = (sourceId: string, additions: ReadonlyMap<string, Buffer>) => {
    const all = [...additions].map(([bucket, ids]) => [bucket, { ids, queued: ids.length / 12 }] as const)
    return ledger.append(sourceId, new Map(all), EXPIRES_AT)
  }

  test('load() of a source that was never polled finds nothing', async () => {
    expect(await ledger.load(id, hour(0), hour(1_000))).toEqual([])
  })

  test('load() finds the buckets in the range, first and last included, and no others', async () => {
    const additions = new Map([0, 1, 2, 3, 4].map((number) => [hour(number), idsOf(number, 3)]))
    await append(id, additions)
    expect(await load(ledger, id, hour(1), hour(3))).toEqual(
      new Map([1, 2, 3].map((number) => [hour(number), hexOf(idsOf(number, 3))])),
    )
    expect([...(await load(ledger, id, hour(2), hour(2))).keys()]).toEqual([hour(2)])
  })

  test('load() does not find the ids of another source', async () => {
    await append(id, new Map([[hour(0), idsOf(1, 1)]]))
    await append(`${id}-other`, new Map([[hour(0), idsOf(2, 1)]]))
    expect(await load(ledger, id, hour(0), hour(0))).toEqual(new Map([[hour(0), hexOf(idsOf(1, 1))]]))
  })

  test('append() adds to what a bucket holds', async () => {
    await append(id, new Map([[hour(0), idsOf(1, 2)]]))
    await append(id, new Map([[hour(0), idsOf(2, 2)]]))
    expect(await load(ledger, id, hour(0), hour(0))).toEqual(new Map([[hour(0), hexOf(idsOf(1, 2), idsOf(2, 2))]]))
  })

  test('append() of ids that are there already changes nothing', async () => {
    for (let i = 0; i < 2; i++) await append(id, new Map([[hour(0), idsOf(1, 2)]]))
    await append(id, new Map([[hour(0), idsOf(1, 1)]]))
    expect(await load(ledger, id, hour(0), hour(0))).toEqual(new Map([[hour(0), hexOf(idsOf(1, 2))]]))
  })

  test('append() takes more buckets than one call of DynamoDB does', async () => {
    const additions = new Map(Array.from({ length: 60 }, (_, number) => [hour(number), idsOf(number, 1)]))
    await append(id, additions)
    expect((await load(ledger, id, hour(0), hour(59))).size).toBe(60)
  })

  test('append() takes more ids for a bucket than one item of DynamoDB holds', async () => {
    const ids = idsOf(1, 60_000)
    await append(id, new Map([[hour(0), ids]]))
    expect(await load(ledger, id, hour(0), hour(0))).toEqual(new Map([[hour(0), hexOf(ids)]]))
  })

  test('load() tells which ids are in the queue: the first so many of each chunk', async () => {
    const ids = idsOf(1, 60_000)
    await ledger.append(id, new Map([[hour(0), { ids, queued: 30_000 }]]), EXPIRES_AT)
    await ledger.append(id, new Map([[hour(1), { ids: idsOf(2, 2), queued: 0 }]]), EXPIRES_AT)
    const queued = new Map<string, Set<string>>()
    for (const chunk of await ledger.load(id, hour(0), hour(1))) {
      const known = queued.get(chunk.bucket) ?? new Set()
      for (const key of hexOf(Buffer.from(chunk.ids.subarray(0, chunk.queued * 12)))) known.add(key)
      queued.set(chunk.bucket, known)
    }
    expect(queued).toEqual(
      new Map([
        [hour(0), hexOf(ids.subarray(0, 30_000 * 12))],
        [hour(1), new Set()],
      ]),
    )
  })

  test('append() of nothing adds nothing', async () => {
    await append(id, new Map())
    await append(id, new Map([[hour(0), Buffer.alloc(0)]]))
    expect(await ledger.load(id, hour(0), hour(0))).toEqual([])
  })

  test('append() keeps a copy: later changes of the bytes do not matter', async () => {
    const ids = idsOf(1, 1)
    await append(id, new Map([[hour(0), ids]]))
    ids.fill(0)
    expect(await load(ledger, id, hour(0), hour(0))).toEqual(new Map([[hour(0), hexOf(idsOf(1, 1))]]))
  })
}
