import { describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import type { Invocation } from '../../../functions/deliver/job.ts'
import { SlowLane } from '../../../functions/deliver/slow-lane.ts'
import { Tally } from '../../../functions/deliver/tally.ts'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { MemorySlotStore } from '../../fakes/slot-store.ts'
import { body, SECOND, START, spread, World } from './world.ts'

const DEADLINE = new Date(START + 60 * SECOND)
const UNTIL = new Date(START + 65 * SECOND)

/** A function's lane, on a store that may be shared with others, with requests that take as long as the test says. */
class Lane {
  readonly store: MemorySlotStore
  readonly #lane: SlowLane
  #nowMs = START

  constructor(store = new MemorySlotStore()) {
    this.store = store
    this.#lane = new SlowLane({ slots: store, log: () => {}, now: () => new Date(this.#nowMs) })
  }

  /** One request after the other, each of its own invocation. */
  async send(count: number, tookMs: number, id = 'soc', timeout = '15s'): Promise<void> {
    for (let n = 0; n < count; n++) {
      await this.within(invocation(), id, timeout, () => {
        this.#nowMs += tookMs
        return Promise.resolve()
      })
    }
  }

  within<Answer>(of: Invocation, id: string, timeout: string, request: () => Promise<Answer>) {
    const text = JSON.stringify({ type: 'webhook', url: 'https://hooks.example.com/x', timeout })
    const config = parseDestination(`/pollhook/destinations/${id}`, text, DESTINATIONS)
    return this.#lane.within({ config, invocation: of }, UNTIL, () => this.#lane.timed(config, request))
  }

  /** A request that is under way until it is ended. */
  open(of = invocation(), id = 'soc'): { answer: Promise<unknown>; end: () => void } {
    const { promise, resolve } = Promise.withResolvers<string>()
    return { answer: this.within(of, id, '15s', () => promise), end: () => resolve('sent') }
  }
}

function invocation(): Invocation {
  return { deadline: DEADLINE, tally: new Tally(), secrets: new Map() }
}

/** Functions that know two destinations: the one is quick, the other has taken so long. */
async function lanesAfter(tookMs: number, count: number): Promise<Lane[]> {
  const store = new MemorySlotStore()
  const lanes = Array.from({ length: count }, () => new Lane(store))
  for (const lane of lanes) {
    await lane.send(1, 50, 'hook')
    await lane.send(1, tookMs)
  }
  return lanes
}

const slowLanes = (count: number) => lanesAfter(15_000, count)

const crowded = (places: number) => ({
  kind: 'crowded',
  reason: `the receiver is slow, and ${places} invocations wait for it already`,
})

describe('SlowLane', () => {
  it('asks for nothing while a destination is quick', async () => {
    const lane = new Lane()
    await lane.send(1, 50, 'hook')
    await lane.send(100, 1_900)
    expect(lane.store.calls).toBe(0)
  })

  it('asks for nothing where there is no other destination to be kept waiting', async () => {
    const lane = new Lane()
    await lane.send(100, 15_000)
    expect(lane.store.calls).toBe(0)
    await lane.send(1, 50, 'hook')
    await lane.send(1, 15_000)
    expect(lane.store.calls).toBe(2)
  })

  it.each([
    ['one request of its whole time', 1, 15_000, '15s'],
    ['one request of its whole time, however short that is', 1, 1_000, '1s'],
    ['one answer after 9 s', 1, 9_000, '15s'],
    ['several answers after 3 s', 4, 3_000, '15s'],
  ])('asks for a place after %s', async (_, count, tookMs, timeout) => {
    const lane = new Lane()
    await lane.send(1, 50, 'hook')
    await lane.send(count, tookMs, 'soc', timeout)
    expect(lane.store.calls).toBe(0)
    await lane.send(1, 50)
    expect(lane.store.calls).toBe(2)
  })

  it.each([
    ['does not answer', 15_000, 4],
    ['answers after 9 s', 9_000, 8],
  ])(
    'lets so many invocations of all functions wait for a destination that %s, and turns others away',
    async (_, tookMs, places) => {
      const lanes = await lanesAfter(tookMs, places + 1)
      const under = lanes.slice(0, places).map((lane) => lane.open())
      const [last = new Lane()] = lanes.slice(places)
      expect(await last.open().answer).toEqual(crowded(places))
      for (const { end } of under) end()
      expect(await Promise.all(under.map(({ answer }) => answer))).toEqual(Array(places).fill('sent'))
    },
  )

  it('has a place for the next invocation as soon as one is through', async () => {
    const lanes = await slowLanes(5)
    const under = lanes.slice(0, 4).map((lane) => lane.open())
    under[0]?.end()
    await under[0]?.answer
    const [fifth = new Lane()] = lanes.slice(4)
    const next = fifth.open()
    next.end()
    expect(await next.answer).toBe('sent')
    for (const { end } of under) end()
  })

  it('gives all messages of an invocation one place, and keeps it until the last is through', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    const together = invocation()
    const under = Array.from({ length: 10 }, () => lane.open(together))
    under.slice(0, 9).forEach(({ end }) => {
      end()
    })
    await Promise.all(under.slice(0, 9).map(({ answer }) => answer))
    expect(lane.store.calls).toBe(1)
    under[9]?.end()
    expect(await under[9]?.answer).toBe('sent')
    expect(lane.store.calls).toBe(2)
  })

  it('asks anew for a request that comes after the place was given back, as for the parts of a refused batch', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    const together = invocation()
    for (let n = 0; n < 3; n++) await lane.within(together, 'soc', '15s', async () => {})
    expect(lane.store.calls).toBe(6)
  })

  it('turns all messages of an invocation away by one question', async () => {
    const lanes = await slowLanes(5)
    const under = lanes.slice(0, 4).map((lane) => lane.open())
    const [fifth = new Lane()] = lanes.slice(4)
    await Promise.resolve()
    const before = fifth.store.calls
    const together = invocation()
    const answers = await Promise.all(Array.from({ length: 10 }, () => fifth.open(together).answer))
    expect(answers).toEqual(Array.from({ length: 10 }, () => crowded(4)))
    expect(fifth.store.calls - before).toBe(1)
    for (const { end } of under) end()
  })

  it('asks for nothing more once a destination is quick again', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    await lane.send(100, 15_000)
    await lane.send(12, 50)
    const before = lane.store.calls
    await lane.send(100, 50)
    expect(lane.store.calls).toBe(before)
  })

  it('leaves other destinations alone, and the places that are configured', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    const now = new Date(START)
    for (let slot = 0; slot < 4; slot++) await lane.store.take('soc', 4, now, UNTIL)
    const [own, other] = [lane.open(), lane.open(invocation(), 'hook')]
    for (const { end } of [own, other]) end()
    expect(await Promise.all([own.answer, other.answer])).toEqual(['sent', 'sent'])
  })

  it('gives a place back after a request that failed', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    for (let n = 0; n < 5; n++) {
      const failing = lane.within(invocation(), 'soc', '15s', () => Promise.reject(new Error('broken')))
      await expect(failing).rejects.toThrow('broken')
    }
    const next = lane.open()
    next.end()
    expect(await next.answer).toBe('sent')
  })

  it('asks again in the next invocation after a question that had no answer', async () => {
    const [lane = new Lane()] = await slowLanes(1)
    const take = lane.store.take.bind(lane.store)
    lane.store.take = () => Promise.reject(new Fault('store-unavailable', 'Cannot take a slot'))
    await expect(lane.open().answer).rejects.toThrow('Cannot take a slot')
    lane.store.take = take
    const next = lane.open()
    next.end()
    expect(await next.answer).toBe('sent')
  })
})

describe('deliver() to a destination that hangs', () => {
  it('makes no request while four invocations wait for it, keeps the messages, and delivers them when it answers again', async () => {
    const world = new World()
    world.random = spread()
    world.requestMs = 15 * SECOND
    world.receiver.answer = () => {
      throw new Fault('timed-out', 'Cannot read the answer')
    }
    world.configure('hook', {})
    for (const id of ['soc', 'hook']) world.queue.put(body([`first of ${id}`], id))
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(2)

    for (let n = 0; n < 4; n++) {
      await world.slots.take('soc#slow', 4, new Date(world.nowMs), new Date(world.nowMs + 60 * SECOND))
    }
    const names = Array.from({ length: 10 }, (_, n) => `${n}`)
    for (const name of names) world.queue.put(body([name]))
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(2)
    expect(world.queue.size).toBe(12)

    world.requestMs = 0
    world.receiver.answer = () => 200
    await world.run()
    expect(world.receiver.requests).toHaveLength(14)
    expect([world.queue.size, world.letters]).toEqual([0, []])
  })
})
