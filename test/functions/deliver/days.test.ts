import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import type { Answer } from '../../fakes/receiver.ts'
import { body, DAY, HOUR, MINUTE, START, spread, World } from './world.ts'

const NAMES = Array.from({ length: 100 }, (_, n) => `event${n}`).toSorted()

/** What a receiver answers to a request that comes after so long. */
type Weather = (ms: number, request: HttpRequest) => Answer

/**
 * Delivers a hundred messages to `soc` in such weather, and every hour one to `hook`, whose receiver is always well.
 *
 * @returns what `soc` has taken, how many requests it has got, and how long the messages of `hook` waited
 */
async function weather(days: number, soc: Weather) {
  const world = new World()
  world.random = spread()
  world.configure('soc', { giveUpAfter: '7d' })
  world.configure('hook', { url: 'https://other.example.com/' })
  for (const name of NAMES) world.queue.put(body([name]))
  const taken: string[] = []
  let requests = 0
  world.receiver.answer = (request) => {
    if (request.url.includes('other')) return 200
    requests++
    const answer = soc(world.nowMs - START, request)
    if (answer === 200) taken.push(nameIn(request))
    return answer
  }
  for (let hour = 1; hour <= days * 24; hour++) {
    world.queue.put(body([`hour${hour}`], 'hook'))
    await world.run(START + hour * HOUR)
  }
  await world.run()
  const hook = world.told('delivery.attempted').filter(({ destination }) => destination === 'hook')
  const waits = hook.map(({ ageMs, outcome }) => (outcome === 'delivered' ? Number(ageMs) : Number.NaN))
  return { world, taken: taken.toSorted(), requests, hookWaitsMs: [...new Set(waits)], hookMessages: waits.length }
}

function nameIn({ body: text }: HttpRequest): string {
  return /"name": "(\w+)"/.exec(String(text))?.[1] ?? ''
}

/** Nothing is lost, nothing comes twice, and the other destination does not notice. */
function expectAllWell({ world, taken, hookWaitsMs, hookMessages }: Awaited<ReturnType<typeof weather>>, days: number) {
  expect(taken).toEqual(NAMES)
  expect([world.letters, world.queue.moved, world.queue.expired]).toEqual([[], [], []])
  expect([hookWaitsMs, hookMessages]).toEqual([[0], days * 24])
}

describe('a hundred messages, and a receiver that', () => {
  it.each([
    ['answers 503', 503],
    ['answers 500', 500],
    ['answers 429', 429],
  ])('%s for four days: 15 requests for each, the last within 12 hours of its recovery', async (_, status) => {
    const result = await weather(6, (ms) => (ms < 4 * DAY ? status : 200))
    expectAllWell(result, 6)
    expect(result.requests).toBeLessThanOrEqual(15 * NAMES.length)
    const delivered = result.world.told('delivery.attempted').filter(({ outcome }) => outcome === 'delivered')
    expect(Math.max(...delivered.map(({ ageMs }) => Number(ageMs)))).toBeLessThanOrEqual(4 * DAY + 12 * HOUR)
  })

  it.each([410, 404, 401])(
    'answers %i for four days: ten requests at first, then one in 15 minutes, and all within an hour of its recovery',
    async (status) => {
      const result = await weather(6, (ms) => (ms < 4 * DAY ? status : 200))
      expectAllWell(result, 6)
      // Probes at 2, 6 and 14 minutes, and 4 an hour.
      expect(result.requests - NAMES.length).toBeLessThanOrEqual(10 + 3 + 4 * 24 * 4)
      expect(result.world.told('destination.held')).toMatchObject([{ reason: `the receiver answered ${status}` }])
      expect(result.world.told('destination.resumed')).toHaveLength(1)
      const delivered = result.world.told('delivery.attempted').filter(({ outcome }) => outcome === 'delivered')
      expect(Math.max(...delivered.map(({ ageMs }) => Number(ageMs)))).toBeLessThanOrEqual(4 * DAY + 90 * MINUTE)
    },
  )

  it.each([429, 503])(
    'answers %i with Retry-After of an hour, for four days: ten requests in an hour',
    async (status) => {
      const result = await weather(6, (ms) => (ms < 4 * DAY ? { status, headers: { 'retry-after': '3600' } } : 200))
      expectAllWell(result, 6)
      expect(result.requests - NAMES.length).toBeLessThanOrEqual(10 * 24 * 4)
    },
  )

  it('answers 429 with a date two days ahead: one round of requests in 12 hours, which is as long as SQS hides a message', async () => {
    const result = await weather(4, (ms) =>
      ms < 2 * DAY ? { status: 429, headers: { 'retry-after': 'Sun, 03 May 2026 10:00:00 GMT' } } : 200,
    )
    expectAllWell(result, 4)
    expect(result.requests - NAMES.length).toBeLessThanOrEqual(10 * 5)
  })

  it('is up for ten minutes and down for ten, for two days: 5 requests for each at most', async () => {
    const result = await weather(2, (ms) => (Math.floor(ms / (10 * MINUTE)) % 2 === 0 ? 503 : 200))
    expectAllWell(result, 2)
    expect(result.requests).toBeLessThanOrEqual(5 * NAMES.length)
  })

  it('is down at random for half of its requests, for ever: 3 requests for each on average', async () => {
    const chance = spread(7)
    const result = await weather(7, () => (chance() < 0.5 ? 503 : 200))
    expectAllWell(result, 7)
    expect(result.requests).toBeLessThanOrEqual(3 * NAMES.length)
  })

  it('alternates between every kind of trouble, an hour each, for three days', async () => {
    const troubles: readonly Answer[] = [503, 410, { status: 429, headers: { 'retry-after': '600' } }, 500, 302, 408]
    const result = await weather(6, (ms) => (ms < 3 * DAY ? (troubles[Math.floor(ms / HOUR) % 6] ?? 500) : 200))
    expectAllWell(result, 6)
    // No more than the holds' probes and what each message may do by its schedule.
    expect(result.requests).toBeLessThanOrEqual(4 * 24 * 3 + 16 * NAMES.length)
  })
})

describe('a message that is tried for 13 days', () => {
  it('is tried 32 times, whatever the jitter, and uses as many receives', async () => {
    for (const seed of [1, 2, 3]) {
      const world = new World()
      world.random = spread(seed)
      world.configure('soc', { giveUpAfter: '13d' })
      world.queue.put(body(['a']))
      const at: number[] = []
      let receives = 0
      world.receiver.answer = () => {
        at.push(world.nowMs)
        receives = world.queue.receives('m1') ?? 0
        return 503
      }
      await world.run()
      const gapsMs = at.slice(1).map((ms, n) => ms - (at[n] ?? 0))
      // 12 h is the longest that SQS hides a message, and 9.5 h the shortest of the last steps: 12 h less a fifth.
      expect(Math.max(...gapsMs)).toBeLessThanOrEqual(12 * HOUR)
      expect(Math.min(...gapsMs.slice(6, -1))).toBeGreaterThanOrEqual(9.5 * HOUR)
      expect((at.at(-1) ?? 0) - START).toBe(13 * DAY)
      expect([at.length, receives]).toSatisfy(
        ([tries, all]) => tries === all && Number(tries) >= 31 && Number(tries) <= 36,
      )
      expect(world.letters).toHaveLength(1)
    }
  })
})
