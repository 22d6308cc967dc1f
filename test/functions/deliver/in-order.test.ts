import { describe, expect, it } from 'vitest'
import { OrderedWorld } from './ordered-world.ts'
import { DAY, HOUR, MINUTE, SECOND, START, spread } from './world.ts'

/** Queues an event of each source every `everyMs` for as long as `forMs`, while the function works. */
async function stream(world: OrderedWorld, sources: readonly string[], everyMs: number, forMs: number) {
  for (let n = 0; n * everyMs < forMs; n++) {
    for (const source of sources) world.put(`${source}${n}`)
    await world.run(START + (n + 1) * everyMs)
  }
}

/** A world in which jitter is different for each call, and the same in each run of the test. */
function open(batch?: number, fields: Readonly<Record<string, unknown>> = {}): OrderedWorld {
  const world = new OrderedWorld(batch)
  world.world.random = spread()
  world.world.configure('soc', { ordered: true, ...fields })
  return world
}

describe('a destination that wants events in order', () => {
  it.each([1, 10])(
    'gets all of them, each source in its order, when it was down for four days (%i messages an invocation)',
    async (batch) => {
      const world = open(batch, { giveUpAfter: '7d' })
      const takenAt: number[] = []
      world.answer = () => {
        if (world.world.nowMs < START + 4 * DAY) return 503
        takenAt.push(world.world.nowMs)
        return 200
      }
      await stream(world, ['a', 'b'], 20 * MINUTE, 5 * DAY)
      await world.run()
      for (const source of ['a', 'b']) {
        expect(world.queued(source)).toHaveLength(360)
        expect(world.takenOf(source)).toEqual(world.queued(source))
      }
      expect(world.taken).toHaveLength(720)
      expect([world.world.letters, world.queue.expired]).toEqual([[], []])
      // The first of each row is tried every hour, ±20 %, and the others not at all.
      expect((takenAt[0] ?? 0) - START).toBeLessThanOrEqual(4 * DAY + 72 * MINUTE)
      expect(world.world.receiver.requests.length - 720).toBeLessThanOrEqual((2 * (4 * 24)) / 0.8 + 10)
    },
  )

  it('gets what is not given up, and the rest is in the dead-letter queue, in the same order', async () => {
    const world = open(1, { giveUpAfter: '1d' })
    world.answer = () => (world.world.nowMs < START + 4 * DAY ? 503 : 200)
    await stream(world, ['a', 'b'], 20 * MINUTE, 5 * DAY)
    await world.run()
    for (const source of ['a', 'b']) {
      const [buried, taken] = [world.buried(source), world.takenOf(source)]
      expect([...buried, ...taken]).toEqual(world.queued(source))
      // Three days' worth, less what came in the last hours before the end and was a day old by then.
      expect(buried.length).toBeGreaterThan(3 * 72 - 8)
      expect(taken.length).toBeGreaterThan(72)
    }
  })

  it('loses nothing at the end of the 14 days of its queue, on hold as well as failing', async () => {
    for (const status of [401, 503]) {
      const world = open(1, { giveUpAfter: '13d' })
      world.answer = () => status
      for (let n = 0; n < 20; n++) world.put(`a${n}`)
      await world.run()
      expect([world.queue.expired, world.buried('a')]).toEqual([[], world.queued('a')])
      const reasons = world.world.letters.map(({ deadLetter: { reason } }) => reason)
      expect(reasons.filter((reason) => reason.includes('receives'))).toEqual([])
      expect(world.world.nowMs - START).toBeLessThan(14 * DAY)
    }
  })

  it('gets nothing before an event that it never takes, until that is given up; other sources do not wait', async () => {
    const world = open(1, { giveUpAfter: '2h' })
    const at = new Map<string, number>()
    world.answer = ([name = '']) => {
      if (name === 'a1') return 500
      at.set(name, world.world.nowMs - START)
      return 200
    }
    for (const name of ['a0', 'a1', 'a2', 'a3', 'b0', 'b1']) world.put(name)
    await world.run()
    expect(world.taken).toEqual(['a0', 'b0', 'b1', 'a2', 'a3'])
    expect(world.buried('a')).toEqual(['a1'])
    expect([at.get('a0'), at.get('b1'), at.get('a2'), at.get('a3')]).toEqual([0, 0, 2 * HOUR, 2 * HOUR])
  })

  it('gets the next one at once after one that it refuses', async () => {
    const world = open()
    world.answer = ([name]) => (name === 'a1' ? 400 : 200)
    for (const name of ['a0', 'a1', 'a2']) world.put(name)
    await world.run()
    expect([world.taken, world.buried('a'), world.world.nowMs]).toEqual([['a0', 'a2'], ['a1'], START])
  })

  it('gets a long row in a few seconds for each failure, however old the row is', async () => {
    const world = open()
    for (let n = 0; n < 200; n++) world.put(`a${n}`)
    world.world.nowMs += DAY
    let requests = 0
    world.answer = () => (++requests % 5 === 0 ? 503 : 200)
    await world.run()
    expect(world.takenOf('a')).toEqual(world.queued('a'))
    // 200 events at four of five requests are 49 failures: after each 5 s, +20 % at most, rounded up.
    expect(world.world.nowMs - START - DAY).toBeLessThanOrEqual(49 * 6 * SECOND)
  })

  it('gets them in order within its rate, one at a time', async () => {
    const world = open(1, { rate: '2/s', concurrency: 1 })
    const perSecond = new Map<number, number>()
    world.answer = () => {
      const second = Math.floor(world.world.nowMs / SECOND)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
      return 200
    }
    for (let n = 0; n < 60; n++) for (const source of ['a', 'b']) world.put(`${source}${n}`)
    await world.run()
    for (const source of ['a', 'b']) expect(world.takenOf(source)).toEqual(world.queued(source))
    expect(Math.max(...perSecond.values())).toBe(2)
  })

  it('gets every event but those that it refuses, and in order, when several share a request', async () => {
    const world = open(1, { format: 'array', batch: { maxEvents: 8 } })
    const REFUSED = ['a5', 'a13']
    let isBusy = true
    world.answer = (names) => {
      if (REFUSED.some((name) => names.includes(name))) return 400
      // In the midst of a message that was split.
      if (names.includes('a6') && isBusy) {
        isBusy = false
        return 503
      }
      return 200
    }
    world.put(...Array.from({ length: 8 }, (_, n) => `a${n}`))
    world.put(...Array.from({ length: 8 }, (_, n) => `a${8 + n}`))
    world.put('b0')
    await world.run()
    expect(world.taken.filter((name) => name.startsWith('a'))).toEqual(
      world.queued('a').filter((name) => !REFUSED.includes(name)),
    )
    expect(world.buried('a')).toEqual(REFUSED)
    expect(world.taken.indexOf('b0')).toBeLessThan(world.taken.indexOf('a6'))
  })
})

describe('an event that kills the function', () => {
  it('is a dead letter after 500 receives, and no other with it', async () => {
    let isDead = false
    const world = new OrderedWorld(1, {
      interrupt: () => {
        if (isDead) throw new Error('dead')
      },
    })
    world.world.random = spread()
    world.world.configure('soc', { ordered: true })
    world.answer = ([name]) => {
      isDead = name === 'a1'
      if (isDead) throw new Error('dead')
      return 200
    }
    for (const name of ['a0', 'a1', 'a2', 'a3']) world.put(name)
    await world.run(undefined, () => {
      const wasAlive = !isDead
      isDead = false
      if (!wasAlive) world.restart()
      return wasAlive
    })
    expect([world.taken, world.buried('a')]).toEqual([['a0', 'a2', 'a3'], ['a1']])
    expect(world.world.letters.map(({ deadLetter: { kind, attempts } }) => [kind, attempts])).toEqual([
      ['given-up', 501],
    ])
  })
})

describe('a function that dies at any border of any effect', () => {
  it.each([1, 10])(
    'keeps the order, loses nothing and repeats what was in flight (%i messages an invocation)',
    async (batch) => {
      let runs = 0
      for (let nth = 1; ; nth++) {
        let [steps, isDead, hasDied] = [0, false, false]
        const world = new OrderedWorld(batch, {
          interrupt: () => {
            if (++steps === nth) isDead = true
            if (isDead) throw new Error('dead')
          },
        })
        world.world.random = spread(nth)
        world.world.configure('soc', { ordered: true, format: 'array', batch: { maxEvents: 4 } })
        let requests = 0
        world.answer = (names) => {
          if (names.includes('a2')) return 400
          return ++requests % 4 === 0 ? 503 : 200
        }
        world.put('a0', 'a1', 'a2', 'a3')
        for (const name of ['a4', 'a5', 'b0', 'b1']) world.put(name)
        await world.run(undefined, () => {
          const wasAlive = !isDead
          hasDied ||= isDead
          isDead = false
          if (!wasAlive) world.restart()
          return wasAlive
        })
        if (!hasDied) break
        runs++
        expect([nth, world.takenOf('a'), world.takenOf('b')]).toEqual([
          nth,
          ['a0', 'a1', 'a3', 'a4', 'a5'],
          ['b0', 'b1'],
        ])
        expect([nth, [...new Set(world.buried('a'))], world.buried('b')]).toEqual([nth, ['a2'], []])
        expect(world.taken.length).toBeLessThanOrEqual(7 + 4)
      }
      expect(runs).toBeGreaterThan(30)
    },
  )
})
