import { describe, expect, it } from 'vitest'
import { type Circuit, CLOSED, isFailing } from '../../../shared/circuit.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { body, DAY, HOUR, MINUTE, SECOND, START, spread, World } from './world.ts'

/** Queues a message every `everyMs`, beginning now, for as long as `forMs`, while the function works. */
async function stream(world: World, everyMs: number, forMs: number, destination?: string): Promise<void> {
  for (const untilMs = world.nowMs + forMs; world.nowMs < untilMs; ) {
    world.queue.put(body([`${world.nowMs}`], destination))
    await world.run(Math.min(world.nowMs + everyMs, untilMs))
  }
}

async function circuitOf(world: World): Promise<Circuit> {
  return (await world.circuits.readAll(['soc'])).get('soc') ?? CLOSED
}

const fails = async (world: World) => isFailing(await circuitOf(world), new Date(world.nowMs))

describe('a receiver that answers 5xx, or not at all,', () => {
  it.each<[string, () => number]>([
    ['503', () => 503],
    [
      'no answer',
      () => {
        throw new Fault('timed-out', 'found no answer within 15 s')
      },
    ],
  ])('counts as failing within a quarter of an hour (%s), and until it takes a message', async (_, answer) => {
    const world = new World()
    world.random = spread()
    world.receiver.answer = answer
    await stream(world, 10 * SECOND, 4 * MINUTE)
    expect(await fails(world)).toBe(false)
    await stream(world, 10 * SECOND, 11 * MINUTE)
    expect(await fails(world)).toBe(true)

    world.receiver.answer = () => 200
    await stream(world, 10 * SECOND, 10 * SECOND)
    expect(await fails(world)).toBe(false)
    await world.run()
    expect([world.queue.size, await fails(world)]).toEqual([0, false])
  })

  it('counts as failing for days, while nothing new is queued and each message is tried twice a day', async () => {
    const world = new World()
    world.random = spread()
    world.configure('soc', { giveUpAfter: '7d' })
    world.receiver.answer = () => 500
    await stream(world, MINUTE, 20 * MINUTE)
    for (let day = 1; day <= 6; day++) {
      await world.run(START + day * DAY)
      expect(await fails(world)).toBe(true)
    }
  })

  it('counts as failing by one message alone where messages keep their order, because all others wait behind it', async () => {
    for (const [name, failing] of [
      ['delivery', false],
      ['ordered.fifo', true],
    ] as const) {
      const world = new World()
      world.queue.arn = `arn:aws:sqs:eu-west-1:000000000000:${name}`
      world.receiver.answer = () => 500
      world.queue.put(body(['head']))
      await world.run(START + HOUR)
      expect(await fails(world)).toBe(failing)
    }
  })

  it('costs few writes: one in ten minutes at most', async () => {
    const world = new World()
    world.random = spread()
    world.receiver.answer = () => 500
    await stream(world, 2 * SECOND, HOUR)
    expect(world.receiver.requests.length).toBeGreaterThan(1_800)
    expect(world.circuits.saves).toBeLessThanOrEqual(8)
  })
})

describe('a receiver that takes messages', () => {
  it('does not count as failing for one that it cannot digest', async () => {
    const world = new World()
    world.random = spread()
    const bad = body(['bad'])
    world.queue.put(bad)
    world.receiver.answer = ({ body: sent }) => (String(sent).includes('"bad"') ? 500 : 200)
    for (let hours = 0; hours < 24; hours++) {
      await stream(world, 5 * MINUTE, HOUR)
      expect(await fails(world)).toBe(false)
    }
    expect(world.queue.size).toBe(1)
  })

  it('does not count as failing when it takes two of three, and costs few writes', async () => {
    const world = new World()
    world.random = spread()
    let requests = 0
    world.receiver.answer = () => (++requests % 3 === 0 ? 503 : 200)
    for (let minutes = 0; minutes < 120; minutes++) {
      await stream(world, 2 * SECOND, MINUTE)
      expect(await fails(world)).toBe(false)
    }
    expect((await circuitOf(world)).overdue).toBeDefined()
    // Every two minutes that something is taken, every ten that something is not.
    expect(world.circuits.saves).toBeLessThanOrEqual(60 + 12)
  })
})
