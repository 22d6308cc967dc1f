import { describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import { decode } from '../../../shared/message.ts'
import { confirmingWorld, contentOf, Indexer } from './indexer.ts'
import { body, DAY, HOUR, MINUTE, SECOND, START, spread, World } from './world.ts'

/** A world with one message of events for a receiver that confirms. */
function worldWith(...names: string[]): { world: World; indexer: Indexer } {
  const world = confirmingWorld()
  world.queue.put(body(names))
  return { world, indexer: new Indexer(world) }
}

const seconds = (log: readonly string[]) => log.map((line) => Number(line.split(' ')[0]))
const namesIn = (text: string) => {
  const message = decode(text)
  return 'claim' in message ? [] : message.events.map(({ raw }) => JSON.parse(raw).name)
}
const circuitOf = async (world: World) => (await world.circuits.read('soc')).circuit

describe('a message that the receiver accepts', () => {
  it('stays in the queue, is asked for every 10 s, and is done when it is confirmed', async () => {
    const { world, indexer } = worldWith('a', 'b')
    indexer.indexMs = 15 * SECOND
    await world.invoke()
    expect(world.queue.size).toBe(1)
    expect(world.queue.nextVisibleAtMs()).toBe(START + 10 * SECOND)
    await world.run()
    expect(indexer.log).toEqual(['0 a b', '10 ? 0', '20 ? 0'])
    expect([world.queue.size, world.letters]).toEqual([0, []])
  })

  it('counts as delivered, and its lag is measured, when it is confirmed; waiting for that is no retry', async () => {
    const { world, indexer } = worldWith('a', 'b')
    indexer.indexMs = 15 * SECOND
    await world.run()
    // The events are a minute older than the message.
    expect(world.metrics).toEqual([{}, {}, { EventsDelivered: 2, DeliveryLagSeconds: 80 }])
  })

  it('costs one write of its progress, and one read for each question', async () => {
    const { world } = worldWith('a')
    await world.run()
    expect([world.progress.saves, world.progress.loads]).toEqual([1, 1])
  })

  it('is told in one line for each question, by its receipt', async () => {
    const { world, indexer } = worldWith('a', 'b')
    indexer.indexMs = 15 * SECOND
    await world.run()
    const line = { level: 'info', destination: 'soc', source: 'prod-tines', events: 2 }
    expect(world.lines).toMatchObject([
      { ...line, event: 'delivery.attempted', outcome: 'accepted', status: 202, attempt: 1 },
      { ...line, event: 'delivery.asked', messageId: '0', outcome: 'retry', reason: 'not yet', ageMs: 10_000 },
      { ...line, event: 'delivery.asked', messageId: '0', outcome: 'delivered', ageMs: 20_000 },
    ])
  })

  it('is asked for with the credential and the headers of a delivery', async () => {
    const { world } = worldWith('a')
    world.secrets.values.set('hook/token', 'sesame')
    world.configure('soc', {
      type: 'confirming',
      auth: { bearer: { secret: 'hook/token' } },
      headers: { 'x-tenant': '7' },
      allowPrivateNetworks: ['10.1.0.0/16'],
    })
    await world.run()
    const asked = world.receiver.requests[1]
    expect(asked).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer sesame', 'x-tenant': '7' } })
    expect(asked?.options).toMatchObject({ timeoutMs: 15_000, allowPrivateNetworks: ['10.1.0.0/16'] })
    expect(world.queue.size).toBe(0)
  })

  it('is asked for with a credential that has been replaced meanwhile', async () => {
    const { world, indexer } = worldWith('a')
    world.secrets.values.set('hook/token', 'old')
    world.configure('soc', { type: 'confirming', auth: { bearer: { secret: 'hook/token' } } })
    await world.invoke()
    world.secrets.values.set('hook/token', 'new')
    world.secrets.read = ((read) => (references, fresh) => {
      // A cache that is not yet over.
      if (!fresh) return Promise.resolve(() => 'old')
      return read.call(world.secrets, references, fresh)
    })(world.secrets.read)
    world.receiver.answer = (request, index) =>
      request.headers.authorization === 'Bearer new' ? indexer.answer(request, index) : 403
    await world.run()
    expect(world.queue.size).toBe(0)
    expect(world.told('destination.held')).toEqual([])
  })
})

describe('events that the receiver does not know any more', () => {
  it('are sent again: the same bytes, the same id, a new receipt', async () => {
    const { world, indexer } = worldWith('a', 'b')
    await world.invoke()
    indexer.restart()
    await world.run()
    expect(indexer.log).toEqual(['0 a b', '10 ? 0', '10 a b', '20 ? 1'])
    const [first, , second] = world.receiver.requests
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(world.metrics).toEqual([{}, { DeliveryRetries: 1 }, { EventsDelivered: 2, DeliveryLagSeconds: 80 }])
  })

  it('are sent again by the schedule, not in a circle: at once, 5 m, 30 m, 2 h and 5 h after they were accepted', async () => {
    const { world, indexer } = worldWith('a')
    world.receiver.answer = (request, index) => {
      const answer = indexer.answer(request, index)
      indexer.restart()
      return request.method === 'GET' ? 404 : answer
    }
    indexer.indexMs = Number.POSITIVE_INFINITY
    await world.run(START + 9 * HOUR)
    const sent = indexer.log.filter((line) => line.endsWith(' a'))
    expect(seconds(sent)).toEqual([0, 10, 310, 2_110, 9_310, 27_310])
    // A question before each, one 10 s after each, and none in between.
    expect(indexer.log.length - sent.length).toBe(5 + 5)
  })
})

describe('events that are not confirmed for five minutes', () => {
  it('are asked for a last time, and sent again', async () => {
    const { world, indexer } = worldWith('a')
    indexer.indexMs = 6 * MINUTE
    await world.run(START + 5 * MINUTE + SECOND)
    expect(indexer.log.slice(-2)).toEqual(['300 ? 0', '300 a'])
    expect(world.metrics.filter(({ DeliveryRetries }) => DeliveryRetries !== undefined)).toHaveLength(1)
    await world.run()
    expect(world.queue.size).toBe(0)
  })

  it('are not sent again when the last answer confirms them', async () => {
    const { world, indexer } = worldWith('a')
    indexer.indexMs = 5 * MINUTE
    await world.run()
    expect(indexer.log.filter((line) => line.endsWith(' a'))).toEqual(['0 a'])
    expect(indexer.log.at(-1)).toBe('300 ? 0')
  })

  it('are sent 11 times in three days, with 112 requests in all, and given up when the last are not confirmed', async () => {
    const { world, indexer } = worldWith('a', 'b')
    indexer.indexMs = Number.POSITIVE_INFINITY
    await world.run()
    const sent = indexer.log.filter((line) => line.endsWith(' a b'))
    expect(seconds(sent)).toEqual([0, 300, 2_100, 9_300, 27_300, 63_300, 106_500, 149_700, 192_900, 236_100, 259_200])
    expect(indexer.log.length).toBe(112)
    expect(seconds(indexer.log).at(-1)).toBe(259_500)
    expect(world.letters).toMatchObject([
      {
        deadLetter: {
          kind: 'given-up',
          reason: 'given up after 4320 minutes of trying: the receiver has accepted the events, but not confirmed them',
        },
        body: body(['a', 'b']),
      },
    ])
  })

  it('use up fewer than half of their 500 receives in 13 days', async () => {
    const { world, indexer } = worldWith('a')
    world.configure('soc', { type: 'confirming', giveUpAfter: '13d' })
    world.random = spread()
    indexer.indexMs = Number.POSITIVE_INFINITY
    let receives = 0
    world.receiver.answer = (request, index) => {
      receives = world.queue.receives('m1') ?? 0
      return indexer.answer(request, index)
    }
    await world.run()
    expect(world.nowMs - START).toBeGreaterThanOrEqual(13 * DAY)
    expect(receives).toBeLessThan(250)
    expect([world.queue.moved, world.queue.expired, world.letters.length]).toEqual([[], [], 1])
  })
})

describe('a receiver that fails when it is asked', () => {
  it.each([503, 'no answer'])(
    'gets the next question by the schedule, which counts as a retry: %s',
    async (failure) => {
      const { world, indexer } = worldWith('a')
      world.receiver.answer = (request, index) => {
        const answer = indexer.answer(request, index)
        return index === 1 ? (failure === 503 ? 503 : { status: 500 }) : answer
      }
      await world.run()
      expect(indexer.log).toEqual(['0 a', '10 ? 0', '310 ? 0'])
      expect(world.metrics[1]).toEqual({ DeliveryRetries: 1 })
      expect(indexer.indexed).toEqual(['a'])
    },
  )

  it('is sent the events again once they are too old, so that a broken question loses nothing', async () => {
    const { world, indexer } = worldWith('a')
    world.receiver.answer = (request, index) => (request.method === 'GET' ? 500 : indexer.answer(request, index))
    await world.run(START + 5 * MINUTE + 11 * SECOND)
    expect(indexer.log).toEqual(['0 a', '310 a'])
  })

  it('makes everybody wait by Retry-After, and what it had accepted is not sent again', async () => {
    const { world, indexer } = worldWith('a')
    await world.invoke()
    world.receiver.answer = (request, index) => {
      const answer = indexer.answer(request, index)
      return index === 1 ? { status: 429, headers: { 'retry-after': '3600' } } : answer
    }
    await world.run(START + 11 * SECOND)
    expect((await circuitOf(world)).throttledUntil).toBe('2026-05-01T11:00:10.000Z')
    world.queue.put(body(['b']))
    await world.run()
    expect(
      seconds(indexer.log)
        .slice(2)
        .every((second) => second >= 3_610),
    ).toBe(true)
    expect(indexer.log.filter((line) => line.endsWith(' a'))).toHaveLength(1)
    expect(indexer.indexed.toSorted()).toEqual(['a', 'b'])
  })

  it('is on hold when it refuses the credential: nothing is asked or sent but a probe, which may be a question', async () => {
    const { world, indexer } = worldWith('a')
    await world.invoke()
    world.receiver.answer = () => 403
    await world.run(START + MINUTE)
    expect(world.told('destination.held')[0]?.reason).toBe('asked, the receiver answered 403')
    const requests = world.receiver.requests.length
    await world.run(START + 90 * SECOND)
    expect(world.receiver.requests).toHaveLength(requests)
    world.receiver.answer = (request, index) => indexer.answer(request, index)
    indexer.indexMs = HOUR
    await world.run(START + 5 * MINUTE)
    // "Not yet" comes from an endpoint that is right.
    expect((await circuitOf(world)).open).toBeUndefined()
    expect(world.told('destination.resumed')).toHaveLength(1)
  })
})

describe('a destination on hold', () => {
  it('resumes when the probe is accepted', async () => {
    const { world, indexer } = worldWith('a')
    world.receiver.answer = (request, index) => (index === 0 ? 403 : indexer.answer(request, index))
    await world.run(START + 4 * MINUTE)
    expect((await circuitOf(world)).open).toBeUndefined()
    expect(indexer.indexed).toEqual(['a'])
  })

  it('does not use up the time of events that were accepted before: they are asked for first when it is over', async () => {
    const { world, indexer } = worldWith('a')
    await world.invoke()
    world.queue.put(body(['b']))
    world.receiver.answer = (request, index) => (world.nowMs < START + DAY ? 403 : indexer.answer(request, index))
    await world.run()
    expect(indexer.log.filter((line) => line.endsWith(' a'))).toEqual(['0 a'])
    expect(indexer.indexed.toSorted()).toEqual(['a', 'b'])
    expect(world.letters).toEqual([])
  })
})

describe('a message in several parts', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const tooMany = (limit: number, indexer: Indexer) => (request: Parameters<Indexer['answer']>[0], index: number) => {
    const isLarge = request.method === 'POST' && contentOf(request).split(' ').length > limit
    return isLarge ? 413 : indexer.answer(request, index)
  }

  it('has a receipt for each, asks for each, and is done when the last is confirmed', async () => {
    const { world, indexer } = worldWith(...NAMES)
    world.receiver.answer = tooMany(4, indexer)
    await world.run()
    expect(indexer.log).toEqual(['0 a b c d', '0 e f g h', '10 ? 0', '10 ? 1'])
    expect(world.queue.size).toBe(0)
    expect(world.metrics.at(-1)).toEqual({ EventsDelivered: 8, DeliveryLagSeconds: 70 })
  })

  it('is sent again in part when one of them is not known, and is not refused for its size again', async () => {
    const { world, indexer } = worldWith(...NAMES)
    world.receiver.answer = (request, index) =>
      contentOf(request) === '? 1' ? 404 : tooMany(4, indexer)(request, index)
    await world.run(START + 15 * SECOND)
    expect(indexer.log).toEqual(['0 a b c d', '0 e f g h', '10 ? 0', '10 e f g h'])
    world.receiver.answer = tooMany(4, indexer)
    await world.run()
    expect(indexer.log.slice(4)).toEqual(['20 ? 2'])
  })

  it('is cut as small again as it had to be when all of it is sent again', async () => {
    const { world, indexer } = worldWith(...NAMES)
    world.receiver.answer = tooMany(2, indexer)
    await world.invoke()
    expect(world.receiver.requests).toHaveLength(4 + 3)
    indexer.restart()
    await world.run()
    const contents = world.receiver.requests.slice(7).map(contentOf)
    expect(contents.slice(0, 4)).toEqual(['? 0', '? 1', '? 2', '? 3'])
    expect(contents.slice(4, 8)).toEqual(['a b', 'c d', 'e f', 'g h'])
  })

  it('goes on with the others by the schedule when one is to be tried again', async () => {
    const { world, indexer } = worldWith(...NAMES)
    let failures = 0
    world.receiver.answer = (request, index) => {
      if (contentOf(request).startsWith('e') && failures++ === 0) return 503
      return tooMany(4, indexer)(request, index)
    }
    await world.run()
    expect(indexer.log).toEqual(['0 a b c d', '5 e f g h', '10 ? 0', '15 ? 1'])
    expect(indexer.indexed.toSorted()).toEqual(NAMES)
  })

  it('sends what it refuses alone to the dead-letter queue, and waits for the rest', async () => {
    const { world, indexer } = worldWith('a', 'b', 'c')
    world.receiver.answer = (request, index) =>
      contentOf(request).includes('b') ? 400 : indexer.answer(request, index)
    await world.run()
    expect(world.letters.map((letter) => namesIn(letter.body))).toEqual([['b']])
    expect(indexer.indexed.toSorted()).toEqual(['a', 'c'])
    expect(world.queue.size).toBe(0)
  })

  it('is given up in part: the dead letter holds what was not confirmed, and nothing else', async () => {
    const { world, indexer } = worldWith(...NAMES)
    world.configure('soc', { type: 'confirming', format: 'array', batch: { maxEvents: 100 }, giveUpAfter: '1m' })
    world.receiver.answer = (request, index) => {
      if (contentOf(request).startsWith('?') && contentOf(request) !== '? 0') return { status: 200, body: 'false' }
      return tooMany(4, indexer)(request, index)
    }
    await world.run()
    expect(world.letters.map((letter) => namesIn(letter.body))).toEqual([['e', 'f', 'g', 'h']])
    expect(world.letters[0]?.deadLetter).toMatchObject({ kind: 'given-up', source: 'prod-tines', destination: 'soc' })
  })

  it('loses nothing when a receiver that has restarted gives a receipt for the second time', async () => {
    const { world, indexer } = worldWith(...NAMES)
    indexer.indexMs = 5 * SECOND
    world.receiver.answer = (request, index) => {
      if (contentOf(request).startsWith('e')) indexer.restart(0)
      return tooMany(4, indexer)(request, index)
    }
    await world.run()
    expect(indexer.log.slice(0, 3)).toEqual(['0 a b c d', '0 e f g h', '1 a b c d'])
    expect(indexer.indexed.toSorted()).toEqual(NAMES)
    expect([world.queue.size, world.letters]).toEqual([0, []])
  })
})

describe('a destination that changes', () => {
  it('to a type that confirms nothing is sent what was accepted before', async () => {
    const { world, indexer } = worldWith('a', 'b')
    await world.invoke()
    world.configure('soc', { format: 'array', batch: { maxEvents: 100 } })
    world.nowMs += 2 * MINUTE
    world.restart()
    await world.run()
    expect(indexer.log).toEqual(['0 a b', '120 a b'])
    expect(world.queue.size).toBe(0)
  })
})

it('a destination that accepts, and could never confirm, is a defect: nothing counts as delivered', async () => {
  const hasty: AnyDestination = { ...webhook, type: 'hasty', outcome: () => ({ kind: 'accepted', receipt: '0' }) }
  const world = new World({ registry: { ...DESTINATIONS, hasty } })
  world.configure('soc', { type: 'hasty' })
  world.queue.put(body(['a']))
  await world.invoke()
  expect(world.told('delivery.failed')).toMatchObject([{ kind: 'internal', reason: 'TypeError' }])
  expect([world.queue.size, world.metrics]).toEqual([1, [{ DeliveryFaults: 1 }]])
})

it('a message is not asked for when the time of the invocation is too short for an answer', async () => {
  const { world, indexer } = worldWith('a')
  await world.invoke()
  world.nowMs += 10 * SECOND
  await world.invoke(world.environment(), 10, 15_000)
  expect(indexer.log).toEqual(['0 a'])
  expect(world.queue.nextVisibleAtMs()).toBe(START + 11 * SECOND)
})
