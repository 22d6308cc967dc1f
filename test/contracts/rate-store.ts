import { describe, expect, it } from 'vitest'
import type { RateStore } from '../../functions/deliver/ports.ts'

const LATER = new Date('2026-05-01T11:00:00.000Z')

/** What every store of counters must do. @param open a store with nothing in it */
export function rateStoreContract(name: string, open: () => Promise<RateStore>): void {
  describe(name, () => {
    it('counts from 0, and says how many there were', async () => {
      const store = await open()
      expect(await store.count('soc', '1000#2026-05-01T10:00:00.000Z', 1, LATER)).toBe(1)
      expect(await store.count('soc', '1000#2026-05-01T10:00:00.000Z', 9, LATER)).toBe(10)
    })

    it('counts each destination and each window by itself', async () => {
      const store = await open()
      await store.count('soc', 'a', 5, LATER)
      expect(await store.count('soc', 'b', 1, LATER)).toBe(1)
      expect(await store.count('soc-2', 'a', 1, LATER)).toBe(1)
    })

    it('gives each of many that count at the same time another number', async () => {
      const store = await open()
      const counts = await Promise.all(Array.from({ length: 20 }, () => store.count('soc', 'a', 2, LATER)))
      expect(counts.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, n) => 2 * n + 2))
    })
  })
}
