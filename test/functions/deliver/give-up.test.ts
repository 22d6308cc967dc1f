import { describe, expect, it } from 'vitest'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import { body, DAY, HOUR, MINUTE, SECOND, START, World } from './world.ts'

/** The times of all requests, in seconds since the message was queued. */
async function attempts(world: World): Promise<number[]> {
  const at: number[] = []
  world.receiver.answer = () => {
    at.push((world.nowMs - START) / SECOND)
    return { status: 503, body: 'busy' }
  }
  world.queue.put(body(['a']))
  await world.run()
  return at
}

describe('a receiver that is down', () => {
  it('is tried at once, after 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, and then twice a day, for three days', async () => {
    const at = await attempts(new World())
    const longest = 11.9 * 3600
    const wanted = [0, 5, 305, 2_105, 9_305, 27_305, 63_305, 63_305 + longest, 63_305 + 2 * longest]
    expect(at.slice(0, 9)).toEqual(wanted)
    expect(at.at(-1)).toBe(3 * 86_400)
  })

  it.each([
    ['1m', MINUTE],
    ['2h', 2 * HOUR],
    ['13d', 13 * DAY],
  ])('is given up after %s, with a last attempt at that time', async (giveUpAfter, ms) => {
    for (const random of [0, 0.5, 0.999_999]) {
      const world = new World()
      world.random = () => random
      world.configure('soc', { giveUpAfter })
      const at = await attempts(world)
      expect((at.at(-1) ?? 0) * SECOND).toBeGreaterThanOrEqual(ms)
      expect((at.at(-1) ?? 0) * SECOND).toBeLessThan(ms + 2 * SECOND)
      expect([world.queue.size, world.queue.moved.length, world.queue.expired.length]).toEqual([0, 0, 0])
    }
  })

  it('leaves a dead letter that tells the last answer and how long it was tried', async () => {
    const world = new World()
    world.configure('soc', { giveUpAfter: '2h' })
    await attempts(world)
    expect(world.letters).toEqual([
      {
        v: 1,
        deadLetter: {
          reason: 'given up after 120 minutes of trying: the receiver answered 503',
          kind: 'given-up',
          source: 'prod-tines',
          destination: 'soc',
          status: 503,
          reply: 'busy',
          attempts: 5,
          firstAttemptAt: '2026-05-01T10:00:00.000Z',
          lastAttemptAt: '2026-05-01T12:00:00.000Z',
        },
        body: body(['a']),
      },
    ])
    expect(world.metrics.at(-1)).toEqual({ DeliveryRetries: 1, DeliveriesGivenUp: 1 })
  })

  it('gets a message that waited for longer than that once, at least', async () => {
    const world = new World()
    world.configure('soc', { giveUpAfter: '1m' })
    world.queue.put(body(['a']))
    world.nowMs += HOUR
    await world.run()
    expect(world.receiver.requests).toHaveLength(1)
    expect(world.letters).toEqual([])
  })

  it('loses no message of a thousand, and repeats none, when it comes back after two days', async () => {
    const world = new World()
    for (let n = 0; n < 1_000; n++) world.queue.put(body([`${n}`]))
    world.receiver.answer = () => (world.nowMs < START + 2 * DAY ? 503 : 200)
    await world.run()
    const delivered = world.told('delivery.attempted').filter(({ outcome }) => outcome === 'delivered')
    expect(delivered).toHaveLength(1_000)
    expect(new Set(delivered.map(({ messageId }) => messageId)).size).toBe(1_000)
    expect(world.letters).toEqual([])
  })
})

describe('a message that our own defect keeps from its receiver', () => {
  it('is a dead letter before the queue deletes it, and tells nothing of the event', async () => {
    const request = (): never => {
      throw new TypeError('Cannot read "hunter2"')
    }
    const world = new World({ registry: { ...DESTINATIONS, webhook: { ...webhook, request } } })
    world.queue.put(body(['a']))
    await world.run()
    expect([world.queue.moved, world.queue.expired]).toEqual([[], []])
    expect(world.letters.map(({ body: kept, deadLetter: { kind, reason } }) => [kept, kind, reason])).toEqual([
      [body(['a']), 'given-up', 'given up because the queue keeps a message for 14 days only: a defect in pollhook'],
    ])
    expect(JSON.stringify(world.lines)).not.toContain('hunter2')
    expect(world.nowMs - START).toBeGreaterThanOrEqual(13.5 * DAY)
  })
})
