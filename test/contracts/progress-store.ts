import { describe, expect, it } from 'vitest'
import type { ProgressStore } from '../../functions/deliver/ports.ts'

const LATER = new Date('2026-05-15T10:00:00.000Z')
const NOTHING = { done: new Set(), accepted: [] }

/** What every store of progress must do. @param open a store with nothing in it */
export function progressStoreContract(name: string, open: () => Promise<ProgressStore>): void {
  describe(name, () => {
    it('knows nothing of a message it has never seen', async () => {
      const store = await open()
      expect(await store.load('b5ae0c05')).toEqual(NOTHING)
    })

    it('adds to what is there, also the same id again', async () => {
      const store = await open()
      await store.save('b5ae0c05', { done: ['evt_a', 'evt_b'] }, LATER)
      await store.save('b5ae0c05', { done: ['evt_b', 'evt_c', 'evt_c'] }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ ...NOTHING, done: new Set(['evt_a', 'evt_b', 'evt_c']) })
    })

    it('keeps how many events a request may carry until another number comes', async () => {
      const store = await open()
      await store.save('b5ae0c05', { done: ['evt_a'], maxEvents: 8 }, LATER)
      await store.save('b5ae0c05', { done: ['evt_b'] }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ ...NOTHING, done: new Set(['evt_a', 'evt_b']), maxEvents: 8 })
      await store.save('b5ae0c05', { maxEvents: 2 }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({ ...NOTHING, done: new Set(['evt_a', 'evt_b']), maxEvents: 2 })
    })

    it('keeps messages apart', async () => {
      const store = await open()
      await store.save('b5ae0c05', { done: ['evt_a'] }, LATER)
      expect(await store.load('b5ae0c06')).toEqual(NOTHING)
    })

    it('loses nothing of what is added at the same time', async () => {
      const store = await open()
      const ids = Array.from({ length: 20 }, (_, n) => `evt_${n}`)
      await Promise.all(ids.map((id) => store.save('b5ae0c05', { done: [id] }, LATER)))
      expect(await store.load('b5ae0c05')).toEqual({ ...NOTHING, done: new Set(ids) })
    })

    const at = (second: number) => `2026-05-01T10:00:0${second}.000Z`

    it('keeps what was accepted by receipt, whatever characters it has, the oldest first', async () => {
      const store = await open()
      const odd = '7f3a-é "}#/ 9007199254740993'
      await store.save('b5ae0c05', { accepted: { receipt: odd, at: at(2), ids: ['evt_c'] } }, LATER)
      await store.save('b5ae0c05', { accepted: { receipt: '0', at: at(1), ids: ['evt_a', 'evt_b'] } }, LATER)
      const { accepted, done } = await store.load('b5ae0c05')
      expect(accepted.map(({ receipt, at, ids }) => [receipt, at, [...ids].toSorted()])).toEqual([
        ['0', at(1), ['evt_a', 'evt_b']],
        [odd, at(2), ['evt_c']],
      ])
      expect(done.size).toBe(0)
    })

    it('has the last of what was accepted under the same receipt', async () => {
      const store = await open()
      await store.save('b5ae0c05', { accepted: { receipt: '0', at: at(1), ids: ['evt_a'] } }, LATER)
      await store.save('b5ae0c05', { accepted: { receipt: '0', at: at(2), ids: ['evt_b'] } }, LATER)
      expect((await store.load('b5ae0c05')).accepted).toEqual([{ receipt: '0', at: at(2), ids: ['evt_b'] }])
    })

    it('forgets a receipt as its events become done, and no other', async () => {
      const store = await open()
      await store.save('b5ae0c05', { accepted: { receipt: '0', at: at(1), ids: ['evt_a'] }, maxEvents: 1 }, LATER)
      await store.save('b5ae0c05', { accepted: { receipt: '1', at: at(2), ids: ['evt_b'] } }, LATER)
      await store.save('b5ae0c05', { done: ['evt_a'], settled: '0' }, LATER)
      expect(await store.load('b5ae0c05')).toEqual({
        done: new Set(['evt_a']),
        maxEvents: 1,
        accepted: [{ receipt: '1', at: at(2), ids: ['evt_b'] }],
      })
      await store.save('b5ae0c05', { settled: '1' }, LATER)
      expect((await store.load('b5ae0c05')).accepted).toEqual([])
    })

    it('forgets a receipt that it does not know', async () => {
      const store = await open()
      await store.save('b5ae0c05', { settled: '7' }, LATER)
      expect(await store.load('b5ae0c05')).toEqual(NOTHING)
    })

    it('takes a whole batch of ten thousand events, accepted and then done', async () => {
      const store = await open()
      const ids = Array.from({ length: 10_000 }, (_, n) => `evt_${String(n).padStart(27, '0')}`)
      await store.save('b5ae0c05', { accepted: { receipt: '0', at: at(1), ids } }, LATER)
      await store.save('b5ae0c05', { done: ids.slice(0, 9_999), settled: '0' }, LATER)
      const { done, accepted } = await store.load('b5ae0c05')
      expect([done.size, accepted]).toEqual([9_999, []])
    })
  })
}
