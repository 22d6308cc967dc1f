import { beforeEach, describe, expect, it } from 'vitest'
import { Ledger } from '../../../functions/poll/ledger.ts'
import type { LedgerIds, LedgerStore } from '../../../functions/poll/ports.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { eventId } from '../../../shared/event-id.ts'

const NOW = new Date('2026-05-01T12:00:00.000Z')
const NONE = new Set<string>()
const event = (n: number, time: string) => ({ id: eventId('prod', String(n)), type: 'tines.event', time, raw: '{}' })

/** Remembers what was asked for; the contract suite of stores sees to the rest. */
class Recorder implements LedgerStore {
  readonly loads: string[] = []
  readonly rows: { bucket: string; ids: Uint8Array; queued: number; expiresAt: Date }[] = []
  failing = false

  async load(_: string, from: string, to: string) {
    if (this.failing) throw new Fault('store-unavailable', 'x')
    this.loads.push(`${from} ${to}`)
    return this.rows.filter(({ bucket }) => bucket >= from && bucket <= to)
  }

  async append(_: string, additions: ReadonlyMap<string, LedgerIds>, expiresAt: Date) {
    for (const [bucket, { ids, queued }] of additions) this.rows.push({ bucket, ids, queued, expiresAt })
  }
}

describe('Ledger', () => {
  let store: Recorder
  beforeEach(() => {
    store = new Recorder()
  })
  const ledger = () => new Ledger(store, 'prod')
  const numbers = async (of: Ledger, events: ReturnType<typeof event>[]) =>
    (await of.unseen(events)).map((found) => events.indexOf(found))

  it('drops what an earlier run added, and only that', async () => {
    await ledger().add([event(1, '2026-05-01T10:59:59.999999Z'), event(2, '2026-05-01T11:00:00Z')], NONE, NOW)
    const events = [1, 2, 3].map((n) => event(n, n === 1 ? '2026-05-01T10:59:59.999999Z' : '2026-05-01T11:00:00Z'))
    expect(await numbers(ledger(), events)).toEqual([2])
  })

  it('drops a repeat within one page', async () => {
    const time = '2026-05-01T10:00:00Z'
    expect(await numbers(ledger(), [event(1, time), event(2, time), event(1, time)])).toEqual([0, 1])
  })

  it('keeps 12 bytes an id for 90 days, in the hour of the event', async () => {
    await ledger().add([event(1, '2026-05-01T10:30:00Z'), event(2, '2026-05-01T10:31:00+00:00')], NONE, NOW)
    expect(store.rows).toHaveLength(1)
    expect(store.rows[0]?.bucket).toBe('2026-05-01T10:00:00.000Z')
    expect(store.rows[0]?.ids.byteLength).toBe(24)
    expect(store.rows[0]?.expiresAt.toISOString()).toBe('2026-07-30T12:00:00.000Z')
  })

  it('puts the ids that are in the queue first, and says how many they are', async () => {
    const events = [1, 2, 3].map((n) => event(n, '2026-05-01T10:30:00Z'))
    await ledger().add(events, new Set([eventId('prod', '3'), eventId('prod', '2')]), NOW)
    const keys = [2, 3, 1].map((n) => Buffer.from(eventId('prod', String(n)).slice(4, 20), 'base64url'))
    expect(store.rows).toMatchObject([{ queued: 2, ids: Buffer.concat(keys) }])
  })

  it('reads a bucket once a run, and distant buckets without what lies between', async () => {
    const one = ledger()
    const events = [
      event(1, '2026-05-01T10:00:00Z'),
      event(2, '2026-05-01T13:00:00Z'),
      event(3, '2026-01-01T00:00:00Z'),
    ]
    await one.unseen(events)
    await one.unseen(events)
    expect(store.loads).toEqual([
      '2026-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z',
      '2026-05-01T10:00:00.000Z 2026-05-01T13:00:00.000Z',
    ])
  })

  it('does not take an unreadable bucket for an empty one', async () => {
    await ledger().add([event(1, '2026-05-01T10:00:00Z')], NONE, NOW)
    const one = ledger()
    store.failing = true
    await expect(one.unseen([event(1, '2026-05-01T10:00:00Z')])).rejects.toMatchObject({ kind: 'store-unavailable' })
    store.failing = false
    expect(await one.unseen([event(1, '2026-05-01T10:00:00Z')])).toEqual([])
  })

  it('keeps the bucket that is being read, however large, when asked about nothing', async () => {
    const one = ledger()
    const events = Array.from({ length: 60_000 }, (_, n) => event(n, '2026-05-01T10:00:00Z'))
    await one.add(await one.unseen(events), NONE, NOW)
    store.loads.length = 0
    expect(await one.unseen([])).toEqual([])
    expect(await one.unseen(events.slice(0, 1))).toEqual([])
    expect(store.loads).toEqual([])
  })

  it('forgets old buckets before memory grows, and reads them again when asked', async () => {
    const one = ledger()
    for (let hour = 0; hour < 24; hour++) {
      const time = `2026-05-01T${String(hour).padStart(2, '0')}:00:00Z`
      const events = Array.from({ length: 5000 }, (_, n) => event(hour * 5000 + n, time))
      await one.add(await one.unseen(events), NONE, NOW)
    }
    store.loads.length = 0
    expect(await one.unseen([event(0, '2026-05-01T00:00:00Z')])).toEqual([])
    expect(store.loads).toEqual(['2026-05-01T00:00:00.000Z 2026-05-01T00:00:00.000Z'])
  })
})
