import { describe, expect, it } from 'vitest'
import { decode } from '../../../shared/message.ts'
import type { Interrupt } from '../../fakes/interrupt.ts'
import { confirmingWorld, contentOf, Indexer } from './indexer.ts'
import { body, SECOND, spread, World } from './world.ts'

class Crash extends Error {}

const NAMES = Array.from({ length: 8 }, (_, n) => `event${n}`)
const BAD = ['event2', 'event5']

/** A world, what its receiver has been sent, and what it has. */
interface Scene {
  readonly world: World
  readonly sent: readonly string[]
  readonly safe: readonly string[]
}

/** A receiver that is wrong at first, refuses batches with a bad event, and fails once. */
function batches(interrupt: Interrupt): Scene {
  const world = new World({ interrupt })
  world.configure('soc', { format: 'array', batch: { maxEvents: 100 } })
  const sent: string[] = []
  world.receiver.answer = (request, index) => {
    if (index < 2) return 404
    const names = contentOf(request).split(' ')
    if (names.some((name) => BAD.includes(name))) return 400
    if (index === 7) return 503
    sent.push(...names)
    return 200
  }
  return { world, sent, safe: sent }
}

/** A receiver that accepts first and confirms later, forgets once what it has not indexed, fails once, and may be asked by one only. */
function confirmations(interrupt: Interrupt): Scene {
  const world = confirmingWorld({ interrupt })
  const limits = { rate: '2/s', concurrency: 1 }
  world.configure('soc', { type: 'confirming', format: 'array', batch: { maxEvents: 100 }, ...limits })
  const indexer = new Indexer(world)
  indexer.indexMs = 12 * SECOND
  const sent: string[] = []
  world.receiver.answer = (request, index) => {
    const names = contentOf(request).split(' ')
    if (index === 9) indexer.restart()
    if (names.some((name) => BAD.includes(name))) return 400
    if (index === 4) return 503
    if (request.method === 'POST') sent.push(...names)
    return indexer.answer(request, index)
  }
  return { world, sent, safe: indexer.indexed }
}

/**
 * Delivers batches of which two events are bad, and dies at the `nth` border of an effect, from 1.
 *
 * @returns the names of the events that were sent, of those that are safe, and of those in the dead-letter queue
 */
async function deliverAndDieAt(nth: number, open: (interrupt: Interrupt) => Scene) {
  let steps = 0
  let isDead = false
  let hasDied = false
  const { world, sent, safe } = open(() => {
    if (++steps === nth) isDead = true
    if (isDead) throw new Crash()
  })
  const remove = world.queue.remove.bind(world.queue)
  // What has died tells Lambda nothing, so every message of the invocation stays in the queue.
  world.queue.remove = (messageId) => (isDead ? undefined : remove(messageId))
  world.random = spread(nth)
  world.requestMs = SECOND
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
  return { hasDied, sent, safe, dead }
}

describe('a function that dies at any border of any effect', () => {
  it.each([
    ['receiver', batches, 50, 3],
    ['receiver that confirms', confirmations, 80, 5],
  ] as const)(
    'loses no event, and repeats at most those of the request it died at: a %s',
    async (_, open, leastSteps, mostRepeats) => {
      const repeatsOf = ({ sent, dead }: { sent: readonly string[]; dead: readonly string[] }) =>
        sent.length + dead.length - NAMES.length
      // What the receiver itself has lost is sent again in any case.
      const expected = repeatsOf(await deliverAndDieAt(0, open))
      let runs = 0
      for (let nth = 1; ; nth++) {
        const { hasDied, ...result } = await deliverAndDieAt(nth, open)
        if (!hasDied) break
        runs++
        expect([nth, [...new Set([...result.safe, ...result.dead])].toSorted()]).toEqual([nth, NAMES])
        expect([nth, [...new Set(result.dead)].toSorted()]).toEqual([nth, BAD])
        expect([nth, repeatsOf(result)]).toSatisfy(([, repeats]) => Number(repeats) <= expected + mostRepeats)
      }
      expect(runs).toBeGreaterThan(leastSteps)
    },
  )
})
