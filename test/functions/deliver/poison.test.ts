import { expect, it } from 'vitest'
import type { Deliver } from '../../../functions/deliver/deliver.ts'
import { deliverRecords } from '../../../functions/deliver/records.ts'
import { body, HOUR, MINUTE, START, spread, World } from './world.ts'

const MATES = Array.from({ length: 9 }, (_, n) => `mate${n}`)
const isPoison = (text: string) => text.includes('"poison"')

/** A function that has died answers nothing. */
const dead: Deliver = () => new Promise(() => {})

/** Invokes until the queue is empty. With the poison in its hands a function dies before it has sent anything. */
async function run(world: World): Promise<void> {
  const deliver = world.environment()
  for (let nextMs = world.queue.nextVisibleAtMs(); nextMs !== undefined; nextMs = world.queue.nextVisibleAtMs()) {
    world.nowMs = Math.max(world.nowMs, nextMs)
    const records = world.queue.receive(10)
    const dies = records.some((record) => isPoison(record.body))
    const answer = deliverRecords(records, new Date(world.nowMs + MINUTE), dies ? dead : deliver, {
      receipts: world.queue,
      log: () => {},
      emit: () => {},
      now: () => new Date(world.nowMs),
      random: world.random,
    })
    if (dies) {
      await new Promise((resolve) => setImmediate(resolve))
      continue
    }
    const kept = new Set((await answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { messageId } of records) if (!kept.has(messageId)) world.queue.remove(messageId)
  }
}

it('a message that kills the function ends in the dead-letter queue after 500 receives, and takes no other along', async () => {
  const world = new World()
  world.random = spread()
  for (const name of ['poison', ...MATES]) world.queue.put(body([name]))
  let lastMs = 0
  world.receiver.answer = () => {
    lastMs = world.nowMs
    return 200
  }
  await run(world)
  expect(world.queue.moved).toEqual([body(['poison'])])
  expect(world.receiver.requests.map((request) => /mate\d/.exec(String(request.body))?.[0]).toSorted()).toEqual(MATES)
  // Three times together, six minutes apart, then each for itself.
  expect(lastMs - START).toBeLessThan(HOUR)
  expect(world.nowMs - START).toBeGreaterThan(499 * 6 * MINUTE)
})

it('messages that come back for the first times, and one that comes alone, cost no call more', async () => {
  const world = new World()
  let postponed = 0
  const postpone = world.queue.postpone.bind(world.queue)
  world.queue.postpone = (receipt, delayMs) => {
    postponed++
    return postpone(receipt, delayMs)
  }
  world.receiver.answer = (_, index) => (index < 6 ? 503 : 200)
  for (const name of ['a', 'b', 'c']) world.queue.put(body([name]))
  await world.invoke()
  world.nowMs = START + MINUTE
  await world.invoke()
  expect(postponed).toBe(6)
  world.receiver.answer = () => 503
  world.nowMs = START + HOUR
  await world.invoke(undefined, 1)
  expect(postponed).toBe(7)
  await world.invoke(undefined, 2)
  expect(postponed).toBe(7 + 4)
})
