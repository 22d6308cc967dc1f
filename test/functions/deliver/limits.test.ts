import { describe, expect, it } from 'vitest'
import { Fault } from '../../../shared/contracts/fault.ts'
import { body, DAY, HOUR, MINUTE, SECOND, START, spread, World } from './world.ts'

/** A world with many messages for a destination with limits, and the times of all requests. */
function worldWith(count: number, fields: Readonly<Record<string, unknown>>): { world: World; at: number[] } {
  const world = new World()
  world.configure('soc', fields)
  world.random = spread()
  for (let n = 0; n < count; n++) world.queue.put(body([`${n}`]))
  const at: number[] = []
  world.receiver.answer = () => {
    at.push((world.nowMs - START) / SECOND)
    return 200
  }
  return { world, at }
}

/** Several functions take turns until the queue is empty. @returns the most receives of a message */
async function runWith(functions: number, world: World): Promise<number> {
  const environments = Array.from({ length: functions }, () => world.environment())
  let most = 0
  const receive = world.queue.receive.bind(world.queue)
  world.queue.receive = (count) => {
    const records = receive(count)
    most = Math.max(most, ...records.map(({ attributes }) => Number(attributes.ApproximateReceiveCount)))
    return records
  }
  for (let turn = 0; world.queue.size > 0; turn++) {
    world.nowMs = Math.max(world.nowMs, world.queue.nextVisibleAtMs() ?? 0)
    await world.invoke(environments[turn % functions])
  }
  return most
}

describe('a destination with a rate', () => {
  it('gets so many requests in each second of the clock, from all functions together, and in the end all', async () => {
    const { world, at } = worldWith(300, { rate: '10/s' })
    world.nowMs += 300
    await runWith(5, world)
    expect(at).toHaveLength(300)
    const perSecond = Map.groupBy(at, Math.floor)
    expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBe(10)
    expect([world.letters, world.queue.moved]).toEqual([[], []])
    // 30 s is the least.
    expect(at.at(-1)).toBeLessThan(33)
  })

  it('sends at once what is within it, and the rest from the next window on', async () => {
    const { world, at } = worldWith(8, { rate: '5/m' })
    world.nowMs += 20 * SECOND
    await world.run()
    expect(at.slice(0, 5)).toEqual([20, 20, 20, 20, 20])
    expect(Math.min(...at.slice(5))).toBeGreaterThanOrEqual(60)
    expect(Math.max(...at.slice(5))).toBeLessThan(120)
  })

  it('has the rest come back one after the other, two for each place, and looks again after an hour where the line is longer', async () => {
    const { world } = worldWith(10, { rate: '4/h' })
    world.nowMs += 30 * MINUTE
    world.random = () => 0.5
    await world.invoke()
    const minutes: number[] = []
    for (const { messageId } of world.queue.receive(0)) world.queue.remove(messageId)
    while (world.queue.size > 0) {
      world.nowMs = world.queue.nextVisibleAtMs() ?? 0
      for (const { messageId } of world.queue.receive(10)) {
        minutes.push((world.nowMs - START) / MINUTE)
        world.queue.remove(messageId)
      }
    }
    // From 11:00 on, each 7.5 minutes: half of 15. The line ends an hour from now, at 11:30; 1.1 h from now is 11:36.
    expect(minutes).toEqual([60, 67.5, 75, 82.5, 90, 96])
  })

  it('costs one call of the store for each invocation, and none where there is no rate', async () => {
    const { world } = worldWith(10, { rate: '1000/s' })
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(10)
    expect(world.rates.calls).toBeLessThanOrEqual(2)
    world.configure('soc', {})
    world.restart()
    const before = world.rates.calls
    world.queue.put(body(['next']))
    await world.run()
    expect([world.rates.calls - before, world.slots.calls]).toEqual([0, 0])
  })

  it('uses up few receives of a long queue, and is kept busy to the end', async () => {
    const { world, at } = worldWith(2_000, { rate: '1/s' })
    const receives = await runWith(3, world)
    expect(at).toHaveLength(2_000)
    expect(receives).toBeLessThan(20)
    expect(at.at(-1)).toBeLessThan(1.1 * 2_000)
  })

  it('counts what is not delivered too: a retry is a request', async () => {
    const { world, at } = worldWith(4, { rate: '2/s' })
    world.receiver.answer = (_, index) => {
      at.push((world.nowMs - START) / SECOND)
      return index < 4 ? 503 : 200
    }
    await world.run()
    const perSecond = Map.groupBy(at, Math.floor)
    expect(at).toHaveLength(8)
    expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBe(2)
  })

  it('gives up a message that it has no place for as long as it is to be tried, and says why', async () => {
    const { world } = worldWith(100, { rate: '10/h', giveUpAfter: '2h' })
    await world.run()
    expect(world.receiver.requests.length + world.letters.length).toBe(100)
    expect(world.receiver.requests.length).toBeGreaterThanOrEqual(20)
    expect(world.letters[0]?.deadLetter).toMatchObject({
      kind: 'given-up',
      reason: 'given up after 120 minutes of trying: more is to be sent than the rate of 10 requests in 3600 s allows',
    })
  })

  it('follows a higher rate within the hour', async () => {
    const { world, at } = worldWith(50, { rate: '1/h' })
    await world.run(START + 10 * MINUTE)
    expect(at).toHaveLength(1)
    world.configure('soc', { rate: '100/s' })
    await world.run()
    expect(at).toHaveLength(50)
    expect(at.at(-1)).toBeLessThan(1.3 * 3_600)
  })

  it('keeps its messages when the store does not answer', async () => {
    const { world } = worldWith(2, { rate: '10/s' })
    const count = world.rates.count.bind(world.rates)
    world.rates.count = () => Promise.reject(new Fault('store-unavailable', 'Cannot count the requests'))
    await world.invoke()
    expect(world.told('delivery.failed')).toHaveLength(2)
    expect([world.receiver.requests.length, world.queue.size]).toEqual([0, 2])
    world.rates.count = count
    await world.run()
    expect(world.receiver.requests).toHaveLength(2)
  })

  it('leaves the first of a row no longer than until the next window, however old it is', async () => {
    const { world, at } = worldWith(0, { rate: '1/s' })
    world.queue.arn = 'arn:aws:sqs:eu-west-1:000000000000:ordered.fifo'
    for (const name of ['a', 'b', 'c']) world.queue.put(body([name]))
    world.nowMs += HOUR
    await world.run()
    expect(at).toEqual([3_600, 3_601, 3_602])
  })
})

describe('a destination with a concurrency', () => {
  /** Counts the requests that are under way, each of which takes some turns of the event loop. */
  function watch(world: World): { most: number } {
    const seen = { most: 0 }
    let now = 0
    world.underWay = async () => {
      seen.most = Math.max(seen.most, ++now)
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
      now--
    }
    return seen
  }

  it('gets no more requests at the same time, from all functions together, and in the end all', async () => {
    const { world, at } = worldWith(60, { concurrency: 3 })
    const seen = watch(world)
    const functions = Array.from({ length: 4 }, () => world.environment())
    while (world.queue.size > 0) {
      world.nowMs = Math.max(world.nowMs, world.queue.nextVisibleAtMs() ?? 0)
      await Promise.all(functions.map((deliver) => world.invoke(deliver)))
    }
    expect([at.length, seen.most]).toEqual([60, 3])
    expect(world.letters).toEqual([])
  })

  it('is used by the messages of one invocation in turn: one place, taken and given back once', async () => {
    const { world, at } = worldWith(10, { concurrency: 1 })
    const seen = watch(world)
    world.requestMs = 100
    await world.invoke()
    expect([at.length, seen.most, world.queue.size]).toEqual([10, 1, 0])
    expect(world.slots.calls).toBeLessThanOrEqual(3)
  })

  it('does not keep a function waiting for a slow receiver: the others come back later', async () => {
    const { world, at } = worldWith(10, { concurrency: 1 })
    watch(world)
    world.requestMs = 15 * SECOND
    await world.invoke()
    expect([at.length, world.queue.size]).toEqual([1, 9])
    expect(world.queue.nextVisibleAtMs()).toBeGreaterThan(world.nowMs)
    expect(world.metrics).toEqual([{ EventsDelivered: 1, DeliveryLagSeconds: 75 }])
  })

  it('is free again when the function that used it has died, five seconds after it would have ended', async () => {
    const { world, at } = worldWith(2, { concurrency: 1 })
    const dying = world.environment()
    world.underWay = () => new Promise(() => {})
    void world.invoke(dying, 1)
    await new Promise((resolve) => setImmediate(resolve))
    world.underWay = async () => {}
    const other = world.environment()
    await world.invoke(other, 1)
    expect(at).toEqual([])
    world.nowMs = START + 65 * SECOND
    await world.invoke(other, 1)
    expect(at).toEqual([])
    world.nowMs = START + 65 * SECOND + 1
    while (at.length === 0) {
      world.nowMs = Math.max(world.nowMs, world.queue.nextVisibleAtMs() ?? 0)
      await world.invoke(other, 1)
    }
    expect(at).toHaveLength(1)
  })

  it('holds up no message whose place could not be given back', async () => {
    const { world } = worldWith(1, { concurrency: 1 })
    world.slots.release = () => Promise.reject(new Fault('store-unavailable', 'Cannot save the slots'))
    await world.invoke()
    expect(world.queue.size).toBe(0)
    expect(world.told('delivery.slot-not-released')).toMatchObject([
      { level: 'warn', destination: 'soc', until: '2026-05-01T10:01:05.000Z' },
    ])
  })

  it('gives a place back that its rate leaves no use for, and one whose request fails', async () => {
    const { world } = worldWith(3, { concurrency: 1, rate: '1/h' })
    world.receiver.answer = () => {
      throw new TypeError('a defect')
    }
    await world.invoke()
    expect(world.told('delivery.failed')).toHaveLength(1)
    expect(await world.slots.take('soc', 1, new Date(world.nowMs), new Date(world.nowMs + MINUTE))).toBe(0)
  })

  it('gives up, and says why, when there is never a place', async () => {
    const { world } = worldWith(1, { concurrency: 1 })
    await world.slots.take('soc', 1, new Date(START), new Date(START + 20 * DAY))
    let receives = 0
    const receive = world.queue.receive.bind(world.queue)
    world.queue.receive = (most) => {
      receives++
      return receive(most)
    }
    world.configure('soc', { concurrency: 1, giveUpAfter: '13d' })
    await world.run()
    expect(receives).toBeLessThan(400)
    expect(world.letters).toMatchObject([
      {
        deadLetter: {
          kind: 'given-up',
          reason:
            'given up after 18720 minutes of trying: 1 requests are under way, as many as there may be at the same time',
        },
      },
    ])
  })
})
