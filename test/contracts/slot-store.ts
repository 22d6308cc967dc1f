import { describe, expect, it } from 'vitest'
import type { SlotStore } from '../../functions/deliver/ports.ts'

const NOW = new Date('2026-05-01T10:00:00.000Z')
const UNTIL = new Date('2026-05-01T10:01:05.000Z')
const later = (time: Date, ms: number) => new Date(time.getTime() + ms)

/** What every store of slots must do. @param open a store with nothing in it */
export function slotStoreContract(name: string, open: () => Promise<SlotStore>): void {
  describe(name, () => {
    it('gives each slot once, and then none', async () => {
      const store = await open()
      const taken = [0, 1, 2, 3].map(() => store.take('soc', 3, NOW, UNTIL))
      const slots = await Promise.all(taken)
      expect(slots.toSorted()).toEqual([0, 1, 2, undefined])
      expect(await store.take('soc', 3, NOW, UNTIL)).toBeUndefined()
    })

    it('gives the only one of a destination that has no more than one', async () => {
      const store = await open()
      expect(await store.take('soc', 1, NOW, UNTIL)).toBe(0)
      expect(await store.take('soc', 1, NOW, UNTIL)).toBeUndefined()
      await store.release('soc', 0, UNTIL)
      expect(await store.take('soc', 1, NOW, UNTIL)).toBe(0)
    })

    it('keeps destinations apart', async () => {
      const store = await open()
      await store.take('soc', 1, NOW, UNTIL)
      expect(await store.take('soc-2', 1, NOW, UNTIL)).toBe(0)
    })

    it('gives a slot again that was given back', async () => {
      const store = await open()
      await Promise.all([0, 1, 2].map(() => store.take('soc', 3, NOW, UNTIL)))
      await store.release('soc', 1, UNTIL)
      expect(await store.take('soc', 3, NOW, later(UNTIL, 1))).toBe(1)
      expect(await store.take('soc', 3, NOW, UNTIL)).toBeUndefined()
    })

    it('gives a slot again whose time is over, as when its function has died', async () => {
      const store = await open()
      await store.take('soc', 1, NOW, UNTIL)
      expect(await store.take('soc', 1, UNTIL, later(UNTIL, 60_000))).toBeUndefined()
      expect(await store.take('soc', 1, later(UNTIL, 1), later(UNTIL, 60_000))).toBe(0)
    })

    it('takes nothing from the one who has it now when somebody else comes back late', async () => {
      const store = await open()
      await store.take('soc', 1, NOW, UNTIL)
      await store.take('soc', 1, later(UNTIL, 1), later(UNTIL, 60_000))
      await store.release('soc', 0, UNTIL)
      expect(await store.take('soc', 1, later(UNTIL, 2), later(UNTIL, 60_000))).toBeUndefined()
    })

    it('has fewer slots as soon as fewer are asked for', async () => {
      const store = await open()
      await Promise.all([0, 1, 2, 3].map(() => store.take('soc', 4, NOW, UNTIL)))
      expect(await store.take('soc', 2, NOW, UNTIL)).toBeUndefined()
      await store.release('soc', 3, UNTIL)
      expect(await store.take('soc', 2, NOW, UNTIL)).toBeUndefined()
    })
  })
}
