import { beforeEach, describe, expect, test } from 'vitest'
import type { Leases } from '../../functions/poll/ports.ts'
import type { SourceStates } from '../../shared/aws/source-state.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { Health, Lane } from '../../shared/source-state.ts'

export interface StatesUnderTest {
  readonly states: SourceStates
  /** Replaces the stored text of `health` or `lane#<name>`, as a defect or a person might. */
  corrupt(sourceId: string, attribute: string, text: string): Promise<void>
}

const at = (time: string) => new Date(`2026-05-01T${time}Z`)
const NOON = at('12:00:00.000')
const LATER = at('12:05:30.000')
const AFTER = at('12:05:30.001')
const LAST = at('12:30:00.000')

const LIVE: Lane = {
  from: '2026-04-01T00:00:00.000Z',
  position: { token: '"\\u0000é🦊\n', id: '9007199254740993', window: [1, 2.5, null, true] },
  fingerprint: 'abc',
  reached: '2026-05-01T11:59:30.123456Z',
  done: false,
  pages: 3,
  found: 2_500,
  enqueued: 2_499,
}
const SWEEP: Lane = { ...LIVE, to: '2026-04-03T00:00:00.000Z', position: 7 }
const HEALTH: Health = { unfinished: true, failures: 2, lastPollAt: '2026-05-01T12:00:00.000Z' }

/** What every store of source states must do, in memory or in DynamoDB. */
export function stateStoreContract(open: () => Promise<StatesUnderTest>): void {
  let under: StatesUnderTest
  let states: SourceStates
  let count = 0
  let id: string

  beforeEach(async () => {
    under = await open()
    states = under.states
    id = `source-${++count}`
  })

  async function acquire(owner: string, now: Date, until: Date) {
    const lease = await states.acquire(id, owner, now, until)
    if (lease === undefined) throw new TypeError('The lease was held')
    return lease
  }

  async function stored() {
    return (await states.read([id])).states.get(id)
  }

  const lost = expect.objectContaining({ kind: 'lease-lost' })

  describe('acquire()', () => {
    test('gives a source that was never polled an empty state', async () => {
      const leases: Leases = states
      const lease = await leases.acquire(id, 'a', NOON, LATER)
      expect(lease?.state).toEqual({
        beganAt: '2026-05-01T12:00:00.000Z',
        leaseUntil: '2026-05-01T12:05:30.000Z',
        paused: false,
        lanes: {},
        health: { unfinished: false, failures: 0 },
      })
    })

    test('remembers when the source was taken up first, although that run saved nothing', async () => {
      await acquire('a', NOON, LATER)
      const lease = await acquire('b', AFTER, LAST)
      expect(lease.state.beganAt).toBe('2026-05-01T12:00:00.000Z')
      await lease.release({})
      expect((await stored())?.beganAt).toBe('2026-05-01T12:00:00.000Z')
    })

    test('gives nothing while another holds the lease, up to its last instant', async () => {
      await acquire('a', NOON, LATER)
      expect(await states.acquire(id, 'b', NOON, LATER)).toBeUndefined()
      expect(await states.acquire(id, 'b', LATER, LAST)).toBeUndefined()
      expect(await states.acquire(id, 'b', AFTER, LAST)).toBeDefined()
    })

    test('gives the lease to one of fifty that ask at once', async () => {
      const owners = Array.from({ length: 50 }, (_, index) => `owner-${index}`)
      const leases = await Promise.all(owners.map((owner) => states.acquire(id, owner, NOON, LATER)))
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1)
    })

    test('leases of other sources are no concern', async () => {
      await acquire('a', NOON, LATER)
      expect(await states.acquire(`${id}-other`, 'b', NOON, LATER)).toBeDefined()
    })

    test('gives back what was saved, to the letter', async () => {
      await (await acquire('a', NOON, LATER)).release({ lanes: { live: LIVE, 'sweep-1': SWEEP }, health: HEALTH })
      const { state } = await acquire('b', NOON, LATER)
      expect(state.lanes).toEqual({ live: LIVE, 'sweep-1': SWEEP })
      expect(state.health).toEqual(HEALTH)
    })
  })

  describe('save()', () => {
    test('changes what is named, removes what is undefined, and leaves the rest', async () => {
      const lease = await acquire('a', NOON, LATER)
      await lease.save({ lanes: { live: LIVE, 'sweep-1': SWEEP, 'sweep-2': SWEEP }, health: HEALTH })
      await lease.save({ lanes: { live: SWEEP, 'sweep-1': undefined, 'sweep-9': undefined } })
      expect(await stored()).toMatchObject({ lanes: { live: SWEEP, 'sweep-2': SWEEP }, health: HEALTH })
      expect(Object.keys((await stored())?.lanes ?? {}).sort()).toEqual(['live', 'sweep-2'])
    })

    test('of nothing changes nothing', async () => {
      const lease = await acquire('a', NOON, LATER)
      await lease.save({ lanes: { live: LIVE } })
      await lease.save({})
      expect((await stored())?.lanes).toEqual({ live: LIVE })
    })

    test('keeps the lease', async () => {
      await (await acquire('a', NOON, LATER)).save({ lanes: { live: LIVE } })
      expect(await states.acquire(id, 'b', LATER, LAST)).toBeUndefined()
    })

    test('still works when the lease has ended and nobody has taken over', async () => {
      const lease = await acquire('a', NOON, LATER)
      await lease.save({ lanes: { live: LIVE } })
      expect((await stored())?.lanes).toEqual({ live: LIVE })
    })

    test('after the release is a lost lease', async () => {
      const lease = await acquire('a', NOON, LATER)
      await lease.release({ lanes: { live: LIVE } })
      await expect(lease.save({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
      expect((await stored())?.lanes).toEqual({ live: LIVE })
    })
  })

  describe('a run that was paused and wakes up late', () => {
    test('can neither save nor release once another has taken over', async () => {
      const late = await acquire('a', NOON, LATER)
      const successor = await acquire('b', AFTER, LAST)
      await expect(late.save({ lanes: { live: SWEEP }, health: HEALTH })).rejects.toEqual(lost)
      await expect(late.release({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
      await successor.save({ lanes: { live: LIVE } })
      expect(await stored()).toMatchObject({ leaseUntil: LAST.toISOString(), lanes: { live: LIVE } })
    })

    test('can do nothing once its successor has finished', async () => {
      const late = await acquire('a', NOON, LATER)
      await (await acquire('b', AFTER, LAST)).release({ lanes: { live: LIVE } })
      await expect(late.save({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
      await expect(late.release({})).rejects.toEqual(lost)
    })

    test('can do nothing when its successor has the same name', async () => {
      const late = await acquire('a', NOON, LATER)
      await acquire('a', AFTER, LAST)
      await expect(late.save({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
    })

    test('cannot undo a change that was made from outside', async () => {
      const late = await acquire('a', NOON, LATER)
      expect(await states.edit(id, { lanes: { live: LIVE } }, AFTER)).toBe(true)
      await expect(late.save({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
      await expect(late.release({ lanes: { live: SWEEP } })).rejects.toEqual(lost)
      expect((await stored())?.lanes).toEqual({ live: LIVE })
    })
  })

  describe('release()', () => {
    test('saves and frees the source', async () => {
      await (await acquire('a', NOON, LATER)).release({ lanes: { live: LIVE }, health: HEALTH })
      const { state } = await acquire('b', NOON, LATER)
      expect(state).toMatchObject({ lanes: { live: LIVE }, health: HEALTH })
    })

    test('may be repeated, when its answer was lost', async () => {
      const lease = await acquire('a', NOON, LATER)
      await lease.release({ lanes: { live: LIVE } })
      await lease.release({ lanes: { live: LIVE } })
      expect(await stored()).toMatchObject({ leaseUntil: undefined, lanes: { live: LIVE } })
    })
  })

  describe('a value that no run saved', () => {
    test.each([
      ['lane#live', 'not JSON'],
      ['lane#live', '{"from":"2026-05-01T00:00:00Z"}'],
      ['lane#live', JSON.stringify({ ...LIVE, extra: 'SECRET' })],
      ['lane#live', 'null'],
      ['health', '{"unfinished":"yes","failures":0}'],
    ])('stops the source and is not reset: %s = %s', async (attribute, text) => {
      await (await acquire('a', NOON, LATER)).release({ lanes: { live: LIVE, 'sweep-1': SWEEP }, health: HEALTH })
      await under.corrupt(id, attribute, text)
      for (const owner of ['b', 'c']) {
        const error: unknown = await states.acquire(id, owner, NOON, LATER).catch((reason: unknown) => reason)
        expect(error).toMatchObject({ kind: 'position-unreadable' })
        expect(String(error)).toMatch(`attribute ${attribute} of the state of source ${id}`)
        expect(String(error)).not.toContain('SECRET')
      }
    })

    test('does not keep the states of other sources from being read', async () => {
      const other = `${id}-other`
      await states.setPaused(other, true)
      await under.corrupt(id, 'lane#live', '{}')
      const read = await states.read([id, other])
      expect([...read.states.keys()]).toEqual([other])
      expect([...read.unreadable]).toEqual([[id, expect.any(Fault)]])
    })
  })

  describe('read()', () => {
    test('gives every state there is, and nothing for a source that was never polled', async () => {
      const ids = Array.from({ length: 130 }, (_, index) => `${id}-${index}`)
      await Promise.all(ids.map((each) => states.setPaused(each, true)))
      const read = await states.read([...ids, `${id}-never`, ids[0] ?? ''])
      expect([...read.states.keys()].sort()).toEqual([...ids].sort())
      expect(read.states.get(`${id}-7`)?.paused).toBe(true)
      expect(read.unreadable.size).toBe(0)
    })

    test('of no source asks nobody', async () => {
      expect((await states.read([])).states.size).toBe(0)
    })
  })

  describe('changes from outside', () => {
    test('setPaused() takes effect with the next run, and the run under way saves as before', async () => {
      const lease = await acquire('a', NOON, LATER)
      await states.setPaused(id, true)
      await lease.release({ lanes: { live: LIVE } })
      expect((await acquire('b', NOON, LATER)).state).toMatchObject({ paused: true, lanes: { live: LIVE } })
      await states.setPaused(id, false)
      expect((await stored())?.paused).toBe(false)
    })

    test('edit() changes nothing while a run holds the lease', async () => {
      await (await acquire('a', NOON, LATER)).save({ lanes: { live: LIVE } })
      expect(await states.edit(id, { lanes: { live: SWEEP } }, LATER)).toBe(false)
      expect((await stored())?.lanes).toEqual({ live: LIVE })
    })

    test('edit() changes lanes and health of a source at rest', async () => {
      await (await acquire('a', NOON, LATER)).release({ lanes: { live: LIVE, old: SWEEP } })
      expect(await states.edit(id, { lanes: { live: SWEEP, old: undefined }, health: HEALTH }, NOON)).toBe(true)
      const { state } = await acquire('b', NOON, LATER)
      expect(state).toMatchObject({ lanes: { live: SWEEP }, health: HEALTH })
      expect(Object.keys(state.lanes)).toEqual(['live'])
    })

    test('edit() makes the state of a source that was never polled', async () => {
      expect(await states.edit(id, { lanes: { live: LIVE } }, NOON)).toBe(true)
      expect((await acquire('a', NOON, LATER)).state.lanes).toEqual({ live: LIVE })
    })

    test('addLane() adds a lane also during a run, which leaves it alone', async () => {
      const lease = await acquire('a', NOON, LATER)
      expect(await states.addLane(id, 'backfill-1', SWEEP)).toBe(true)
      await lease.release({ lanes: { live: LIVE } })
      expect((await stored())?.lanes).toEqual({ live: LIVE, 'backfill-1': SWEEP })
    })

    test('addLane() replaces nothing', async () => {
      expect(await states.addLane(id, 'backfill-1', SWEEP)).toBe(true)
      expect(await states.addLane(id, 'backfill-1', LIVE)).toBe(false)
      expect((await stored())?.lanes).toEqual({ 'backfill-1': SWEEP })
    })
  })
}
