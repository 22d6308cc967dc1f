import { expect, it } from 'vitest'
import { dispatch } from '../../functions/dispatch/dispatch.ts'
import { CLOSED } from '../../shared/circuit.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { body, HOUR, MINUTE, START, spread, World } from '../functions/deliver/world.ts'

/** Each message of the simulation stands for so many, so that a queue becomes deep with twenty of them. */
const WEIGHT = 500
const STEP = 5 * MINUTE
const STEPS_PER_HOUR = HOUR / STEP

/**
 * Five minutes at a time: dispatch decides, the sources that are due read what has happened since their last poll, and deliver works.
 * Meanwhile the source `down` has one event for the destination `soc`, and `up` one for `hook`.
 */
class Fleet {
  readonly world = new World()
  /** How far each source has read. */
  readonly #reachedMs = new Map([
    ['down', START - STEP],
    ['up', START - STEP],
  ])
  readonly polls = { down: 0, up: 0 }
  mostQueued = 0
  isDown = true

  constructor() {
    this.world.random = spread()
    this.world.configure('soc', { url: 'https://soc.example.com', giveUpAfter: '13d' })
    this.world.configure('hook', { url: 'https://hook.example.com' })
    this.world.receiver.answer = ({ url }) => (this.isDown && url.includes('soc') ? 503 : 200)
  }

  async runFor(ms: number): Promise<void> {
    for (const untilMs = this.world.nowMs + ms; this.world.nowMs < untilMs; ) await this.#step()
  }

  async #step(): Promise<void> {
    const now = new Date(this.world.nowMs)
    const { due } = await dispatch(now.toISOString(), {
      trees: async () => ({
        prefix: '/pollhook',
        sources: new Map([
          ['down', source('soc')],
          ['up', source('hook')],
        ]),
        destinations: new Map(
          ['soc', 'hook'].map((id) => [id, `{"type":"webhook","url":"https://${id}.example.com"}`]),
        ),
        changedAt: new Map(),
      }),
      states: async (ids) => ({ states: new Map(ids.map((id) => [id, this.#state(id)])), unreadable: new Map() }),
      circuits: (ids) => this.world.circuits.readAll(ids),
      queueDepth: async () => this.world.queue.size * WEIGHT,
      invoke: async ({ sourceId }) => this.#poll(sourceId),
      now: () => now,
      local: false,
    })
    expect(due).toContain('up')
    await this.world.run(now.getTime() + STEP)
    this.mostQueued = Math.max(this.mostQueued, this.world.queue.size)
  }

  #poll(id: string): void {
    const [reachedMs = START, nowMs] = [this.#reachedMs.get(id), this.world.nowMs]
    for (let ms = reachedMs; ms < nowMs; ms += STEP)
      this.world.queue.put(body([`${id}${ms}`], id === 'up' ? 'hook' : 'soc'))
    this.#reachedMs.set(id, nowMs)
    this.polls[id === 'up' ? 'up' : 'down']++
  }

  #state(id: string): SourceState {
    const reached = new Date(this.#reachedMs.get(id) ?? START).toISOString()
    const live = { from: reached, reached, fingerprint: 'x', done: false, pages: 0, found: 0, enqueued: 0 }
    return { ...NEW_STATE, lanes: { live }, health: { ...NEW_STATE.health, lastPollAt: reached } }
  }

  async circuit() {
    return (await this.world.circuits.readAll(['soc'])).get('soc') ?? CLOSED
  }
}

function source(destination: string): string {
  return JSON.stringify({ type: 'merge', apiKey: { secret: 'k' }, destinations: [destination] })
}

it('a receiver that answers 503 for half a day has its source wait once the queue is deep, holds up no other, and gets everything', async () => {
  const fleet = new Fleet()
  await fleet.runFor(12 * HOUR)
  expect(fleet.polls.up).toBe(12 * STEPS_PER_HOUR)
  expect(fleet.mostQueued).toBeLessThan(25)

  fleet.isDown = false
  await fleet.runFor(13 * HOUR)
  await fleet.world.run()
  const delivered = fleet.world.told('delivery.attempted').filter(({ outcome }) => outcome === 'delivered')
  const of = (destination: string) =>
    new Set(delivered.filter((line) => line.destination === destination).map((line) => line.messageId))
  expect([of('soc').size, of('hook').size]).toEqual([25 * STEPS_PER_HOUR, 25 * STEPS_PER_HOUR])
  expect(fleet.world.letters).toEqual([])
})

it('goes on within the half day in which every message is tried, and not before the receiver takes one', async () => {
  const fleet = new Fleet()
  await fleet.runFor(12 * HOUR)
  const { down } = fleet.polls
  fleet.isDown = false
  await fleet.runFor(12 * HOUR)
  expect(fleet.polls.down).toBeGreaterThan(down)
  const [first] = fleet.world
    .told('delivery.attempted')
    .filter(({ outcome, destination }) => outcome === 'delivered' && destination === 'soc')
  expect(first?.attempt).toBeGreaterThan(3)
})

it('a receiver that answers 503 for two days has its source read again when that is a day behind', async () => {
  const fleet = new Fleet()
  await fleet.runFor(23 * HOUR)
  expect(fleet.mostQueued).toBeLessThan(25)
  await fleet.runFor(25 * HOUR)
  // From then on it stays a day behind, and no more.
  expect(fleet.mostQueued).toBeGreaterThan(23 * STEPS_PER_HOUR)
  expect(fleet.mostQueued).toBeLessThan(26 * STEPS_PER_HOUR)
})

it('messages of a destination that was removed show as on hold until the last of them is a dead letter', async () => {
  const world = new World()
  world.random = spread()
  const held = async () => {
    const { held: seen } = await dispatch(new Date(world.nowMs).toISOString(), {
      trees: async () => ({ prefix: '/pollhook', sources: new Map(), destinations: new Map(), changedAt: new Map() }),
      states: async () => ({ states: new Map(), unreadable: new Map() }),
      circuits: (ids) => world.circuits.readAll(ids),
      queueDepth: async () => world.queue.size,
      invoke: async () => {},
      now: () => new Date(world.nowMs),
      local: false,
    })
    return seen.map(({ id, reason }) => `${id}: ${reason}`)
  }
  world.setParameter('soc', undefined)
  world.queue.put(body(['a']))
  await world.run(world.nowMs + HOUR)
  world.queue.put(body(['b']))

  while (world.queue.size > 0) {
    await world.run(world.nowMs + 10 * MINUTE)
    if (world.queue.size > 0)
      expect(await held()).toEqual([
        'soc: Cannot deliver to soc: found no parameter /pollhook/destinations/soc, wanted its configuration',
      ])
  }
  expect(world.letters).toHaveLength(2)
  expect(world.nowMs - START).toBeGreaterThan(13 * 24 * HOUR)
  await world.run(world.nowMs + 4 * HOUR)
  expect(await held()).toEqual([])
})
