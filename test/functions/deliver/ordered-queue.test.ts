import { describe, expect, it } from 'vitest'
import { orderedQueueContract } from '../../contracts/ordered-queue.ts'
import { OrderedQueue } from './ordered-queue.ts'

describe('the queue that keeps the order, in simulated time,', () => {
  orderedQueueContract(async () => {
    const queue = new OrderedQueue(() => 0)
    return {
      send: async (group, body) => queue.put(group, body),
      receive: async (most) =>
        queue.receive(most).map(({ body, receiptHandle, attributes }) => ({
          group: attributes.MessageGroupId ?? '',
          body,
          receives: Number(attributes.ApproximateReceiveCount),
          handle: receiptHandle,
        })),
      postpone: (receiptHandle, seconds) => queue.postpone({ receiptHandle }, seconds * 1_000),
      remove: async (receiptHandle) => queue.remove(receiptHandle),
    }
  })

  it('hands out as many of a group as there is room for', () => {
    const queue = new OrderedQueue(() => 0)
    for (const name of ['a1', 'a2', 'a3']) queue.put('a', name)
    queue.put('b', 'b1')
    expect(queue.receive(2).map(({ body }) => body)).toEqual(['a1', 'a2'])
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['b1'])
  })

  it('hands out again after six minutes what was not removed, and from then on the old handle does nothing', async () => {
    let nowMs = 0
    const queue = new OrderedQueue(() => nowMs)
    queue.put('a', 'a1')
    const [first] = queue.receive(1)
    nowMs = 6 * 60_000 - 1
    expect(queue.receive(1)).toEqual([])
    nowMs++
    queue.remove(first?.receiptHandle ?? '')
    await expect(queue.postpone({ receiptHandle: first?.receiptHandle ?? '' }, 0)).rejects.toThrow('no such message')
    expect(queue.receive(1)).toHaveLength(1)
  })

  it('deletes after 14 days', () => {
    let nowMs = 0
    const queue = new OrderedQueue(() => nowMs)
    queue.put('a', 'a1')
    nowMs = 14 * 86_400_000
    expect([queue.receive(1), queue.expired, queue.size]).toEqual([[], ['a1'], 0])
  })
})
