import { describe, expect, it } from 'vitest'
import type { ProgressStore } from '../../functions/deliver/ports.ts'

const LATER = new Date('2026-05-15T10:00:00.000Z')

/** What every store of progress must do. @param open a store with nothing in it */
export function progressStoreContract(name: string, open: () => Promise<ProgressStore>): void {
  describe(name, () => {
    it('knows nothing of a message it has never seen', async () => {
      const store = await open()
      expect(await store.load('b5ae0c05')).toEqual({ done: new Set() })
    })

    it('adds to what is there, also the same id again', async () => {
      const store = await open()
      await store.add('b5ae0c05', { done: ['evt_a', 'evt_b'] }, LATER)
      await store.add('b5ae0c05', { done: ['evt_b', 'evt_c', 'evt_c'] }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ done: new Set(['evt_a', 'evt_b', 'evt_c']) })
    })

    it('keeps how many events a request may carry until another number comes', async () => {
      const store = await open()
      await store.add('b5ae0c05', { done: ['evt_a'], maxEvents: 8 }, LATER)
      await store.add('b5ae0c05', { done: ['evt_b'] }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ done: new Set(['evt_a', 'evt_b']), maxEvents: 8 })
      await store.add('b5ae0c05', { done: [], maxEvents: 2 }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ done: new Set(['evt_a', 'evt_b']), maxEvents: 2 })
    })

    it('keeps messages apart', async () => {
      const store = await open()
      await store.add('b5ae0c05', { done: ['evt_a'] }, LATER)
      expect(await store.load('b5ae0c06')).toEqual({ done: new Set() })
    })

    it('loses nothing of what is added at the same time', async () => {
      const store = await open()
      const ids = Array.from({ length: 20 }, (_, n) => `evt_${n}`)
      await Promise.all(ids.map((id) => store.add('b5ae0c05', { done: [id] }, LATER)))
      expect(await store.load('b5ae0c05')).toEqual({ done: new Set(ids) })
    })

    it('takes a whole batch of ten thousand events', async () => {
      const store = await open()
      const ids = Array.from({ length: 10_000 }, (_, n) => `evt_${String(n).padStart(27, '0')}`)
      await store.add('b5ae0c05', { done: ids }, LATER)
      expect((await store.load('b5ae0c05')).done.size).toBe(10_000)
    })
  })
}
