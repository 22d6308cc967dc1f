import { describe, expect, it } from 'vitest'
import type { CircuitStore } from '../../functions/deliver/ports.ts'
import type { Circuit } from '../../shared/circuit.ts'

const OPEN: Circuit = {
  open: {
    reason: 'the receiver answered 401',
    since: '2026-05-01T10:00:00.000Z',
    nextProbeAt: '2026-05-01T10:02:00.000Z',
    probes: 3,
    messageId: 'b5ae0c05',
  },
  holds: [{ from: '2026-04-30T10:00:00.000Z', to: '2026-04-30T11:00:00.000Z' }],
  suspects: ['0a1b2c3d'],
  throttledUntil: '2026-05-01T10:01:00.000Z',
  failingSince: '2026-05-01T09:59:00.000Z',
  overdue: {
    since: '2026-05-01T09:00:00.000Z',
    at: '2026-05-01T09:59:00.000Z',
    queuedAt: '2026-05-01T09:55:00.000Z',
    takenAt: '2026-05-01T09:58:00.000Z',
  },
}
const CLOSED: Circuit = { holds: [], suspects: [] }

/** What every store of circuits must do. @param open a store with nothing in it */
export function circuitStoreContract(name: string, open: () => Promise<CircuitStore>): void {
  describe(name, () => {
    it('has a closed circuit of version 0 for a destination it has never seen', async () => {
      const store = await open()
      expect(await store.read('soc')).toEqual({ circuit: CLOSED, version: 0 })
    })

    it('gives back what was saved, every field, with another version', async () => {
      const store = await open()
      expect(await store.save('soc', OPEN, 0)).toBe(true)
      expect(await store.read('soc')).toEqual({ circuit: OPEN, version: 1 })
    })

    it('keeps destinations apart', async () => {
      const store = await open()
      await store.save('soc', OPEN, 0)
      expect(await store.read('soc-2')).toEqual({ circuit: CLOSED, version: 0 })
    })

    it('forgets a field that is no longer there', async () => {
      const store = await open()
      await store.save('soc', OPEN, 0)
      expect(await store.save('soc', CLOSED, 1)).toBe(true)
      expect(await store.read('soc')).toEqual({ circuit: CLOSED, version: 2 })
    })

    it('saves nothing when another save has come between', async () => {
      const store = await open()
      await store.save('soc', OPEN, 0)
      expect(await store.save('soc', CLOSED, 0)).toBe(false)
      expect(await store.save('soc', CLOSED, 2)).toBe(false)
      expect(await store.read('soc')).toEqual({ circuit: OPEN, version: 1 })
    })

    it('lets exactly one of many saves with the same version through', async () => {
      const store = await open()
      await store.save('soc', OPEN, 0)
      const saves = await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.save('soc', { ...OPEN, suspects: [`${n}`] }, 1)),
      )
      expect(saves.filter((saved) => saved)).toHaveLength(1)
      const winner = saves.indexOf(true)
      expect(await store.read('soc')).toMatchObject({ circuit: { suspects: [`${winner}`] }, version: 2 })
    })
  })
}
