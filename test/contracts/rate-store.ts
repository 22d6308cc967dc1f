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

    it('gives places one after the other, from the first that is asked for', async () => {
      const store = await open()
      expect(await store.queue('soc', 'a', 3, { first: 100, end: 200 }, LATER)).toBe(100)
      expect(await store.queue('soc', 'a', 1, { first: 100, end: 200 }, LATER)).toBe(103)
      expect(await store.queue('soc', 'a', 1, { first: 101, end: 200 }, LATER)).toBe(104)
    })

    it('gives no place that is over', async () => {
      const store = await open()
      await store.queue('soc', 'a', 3, { first: 100, end: 200 }, LATER)
      expect(await store.queue('soc', 'a', 2, { first: 150, end: 250 }, LATER)).toBe(150)
      expect(await store.queue('soc', 'a', 1, { first: 151, end: 251 }, LATER)).toBe(152)
    })

    it('gives none behind the end, and is not longer for it', async () => {
      const store = await open()
      await store.queue('soc', 'a', 50, { first: 100, end: 120 }, LATER)
      expect(await store.queue('soc', 'a', 1, { first: 100, end: 150 }, LATER)).toBeUndefined()
      expect(await store.queue('soc', 'a', 1, { first: 100, end: 151 }, LATER)).toBe(150)
    })

    it('has a line for each destination and name', async () => {
      const store = await open()
      await store.queue('soc', 'a', 3, { first: 100, end: 200 }, LATER)
      expect(await store.queue('soc', 'b', 1, { first: 100, end: 200 }, LATER)).toBe(100)
      expect(await store.queue('soc-2', 'a', 1, { first: 100, end: 200 }, LATER)).toBe(100)
    })

    it('gives each of many that ask at the same time another place', async () => {
      const store = await open()
      const asked = Array.from({ length: 20 }, () => store.queue('soc', 'a', 2, { first: 100, end: 200 }, LATER))
      const places = await Promise.all(asked)
      expect(places.toSorted()).toEqual(Array.from({ length: 20 }, (_, n) => 100 + 2 * n))
    })
  })
}
