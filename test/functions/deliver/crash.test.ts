import { describe, expect, it } from 'vitest'
import { decode } from '../../../shared/message.ts'
import { body, SECOND, spread, World } from './world.ts'

class Crash extends Error {}

const NAMES = Array.from({ length: 8 }, (_, n) => `event${n}`)
const BAD = ['event2', 'event5']

/**
 * Delivers batches of which two events are bad to a receiver that is wrong at first, and dies at the `nth` border of an effect.
 *
 * @returns the names of the events that were delivered and of those in the dead-letter queue; undefined when it never came so far
 */
async function deliverAndDieAt(nth: number): Promise<{ delivered: string[]; dead: string[] } | undefined> {
  let steps = 0
  let isDead = false
  let hasDied = false
  const world = new World({
    interrupt: () => {
      if (++steps === nth) isDead = true
      if (isDead) throw new Crash()
    },
  })
  const remove = world.queue.remove.bind(world.queue)
  // What has died tells Lambda nothing, so every message of the invocation stays in the queue.
  world.queue.remove = (messageId) => (isDead ? undefined : remove(messageId))
  world.random = spread(nth)
  world.requestMs = SECOND
  world.configure('soc', { format: 'array', batch: { maxEvents: 100 } })
  const delivered: string[] = []
  world.receiver.answer = (request, index) => {
    if (index < 2) return 404
    const names = [...String(request.body).matchAll(/"name": "(\w+)"/g)].map(([, name = '']) => name)
    if (names.some((name) => BAD.includes(name))) return 400
    if (index === 7) return 503
    delivered.push(...names)
    return 200
  }
  world.queue.put(body(NAMES.slice(0, 5)))
  world.queue.put(body(NAMES.slice(5)))
  for (let nextMs = world.queue.nextVisibleAtMs(); nextMs !== undefined; nextMs = world.queue.nextVisibleAtMs()) {
    world.nowMs = Math.max(world.nowMs, nextMs)
    await world.invoke()
    if (!isDead) continue
    hasDied = true
    isDead = false
    world.restart()
  }
  const dead = world.letters.flatMap(({ body: text }) => {
    const letter = decode(text)
    return 'claim' in letter ? ['a claim'] : letter.events.map(({ raw }) => /"name": "(\w+)"/.exec(raw)?.[1] ?? raw)
  })
  return hasDied ? { delivered, dead } : undefined
}

describe('a function that dies at any border of any effect', () => {
  it('loses no event, and repeats at most those of the request it died at', async () => {
    let runs = 0
    for (let nth = 1; ; nth++) {
      const result = await deliverAndDieAt(nth)
      if (result === undefined) break
      runs++
      const { delivered, dead } = result
      const seen = new Set([...delivered, ...dead])
      expect([nth, [...seen].toSorted()]).toEqual([nth, NAMES])
      expect([nth, [...new Set(dead)].toSorted()]).toEqual([nth, BAD])
      expect([nth, delivered.length + dead.length - NAMES.length]).toSatisfy(([, repeats]) => Number(repeats) <= 3)
    }
    expect(runs).toBeGreaterThan(50)
  })
})
