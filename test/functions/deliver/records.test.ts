import { describe, expect, it } from 'vitest'
import { deliverRecords } from '../../../functions/deliver/records.ts'
import type { DeliveryMetrics } from '../../../functions/deliver/tally.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { DeliveryQueue } from './queue.ts'
import { MINUTE, START } from './world.ts'

function setUp(count: number) {
  const queue = new DeliveryQueue(() => START)
  for (let n = 0; n < count; n++) queue.put(`body ${n}`)
  const records = queue.receive(10)
  const lines: object[] = []
  const metrics: DeliveryMetrics[] = []
  const ports = {
    receipts: queue,
    log: (level: string, event: string, fields: object) => lines.push({ level, event, ...fields }),
    emit: (values: DeliveryMetrics) => metrics.push(values),
    now: () => new Date(START + MINUTE),
    random: () => 0.5,
  }
  return { queue, records, lines, metrics, ports, deadline: new Date(START + MINUTE) }
}

describe('deliverRecords()', () => {
  it('reports the messages that are to be seen again, and no others', async () => {
    const { queue, records, ports, deadline } = setUp(4)
    const answer = await deliverRecords(
      records,
      deadline,
      async ({ messageId }) =>
        messageId === 'm2' || messageId === 'm3' ? { kind: 'later', delayMs: 90_000 } : { kind: 'acknowledge' },
      ports,
    )
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }] })
    for (const id of ['m1', 'm4']) queue.remove(id)
    expect(queue.nextVisibleAtMs()).toBe(START + 90_000)
  })

  it('answers with an empty list when all are done, which Lambda takes for success', async () => {
    const { records, ports, deadline } = setUp(2)
    const answer = await deliverRecords(records, deadline, async () => ({ kind: 'acknowledge' }), ports)
    expect(answer).toEqual({ batchItemFailures: [] })
  })

  it('starts all of them before the first is done', async () => {
    const { records, ports, deadline } = setUp(10)
    const gate = Promise.withResolvers<void>()
    let started = 0
    const answer = deliverRecords(
      records,
      deadline,
      async () => {
        if (++started === 10) gate.resolve()
        await gate.promise
        return { kind: 'acknowledge' }
      },
      ports,
    )
    expect(await answer).toEqual({ batchItemFailures: [] })
  })

  it('tells when a message was sent, first received, and how often', async () => {
    const { records, ports, deadline } = setUp(1)
    await deliverRecords(
      records,
      deadline,
      async (received, invocation) => {
        expect(received).toEqual({
          messageId: 'm1',
          body: 'body 0',
          sentAt: new Date(START),
          isOrdered: false,
          firstReceivedAt: new Date(START),
          receives: 1,
        })
        expect(invocation.deadline).toBe(deadline)
        return { kind: 'acknowledge' }
      },
      ports,
    )
    expect.assertions(2)
  })

  it('keeps a message whose delivery throws, without telling what an unknown error says', async () => {
    const { records, lines, metrics, ports, deadline } = setUp(3)
    const answer = await deliverRecords(
      records,
      deadline,
      async ({ messageId }) => {
        if (messageId === 'm1') throw new TypeError('cannot read "hunter2" of undefined')
        if (messageId === 'm2') throw new Fault('store-unavailable', 'Cannot read the circuit of soc')
        return { kind: 'acknowledge' }
      },
      ports,
    )
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] })
    expect(lines).toMatchObject([
      { level: 'error', event: 'delivery.failed', queueMessageId: 'm1', kind: 'internal', reason: 'TypeError' },
      {
        level: 'error',
        event: 'delivery.failed',
        queueMessageId: 'm2',
        kind: 'store-unavailable',
        reason: 'Cannot read the circuit of soc',
      },
    ])
    expect(metrics).toEqual([{ DeliveryFaults: 2 }])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(JSON.stringify(lines)).toContain('records.test.ts')
  })

  it('reports a message also when its visibility cannot be changed', async () => {
    const { records, lines, ports, deadline } = setUp(1)
    const refusing = { postpone: () => Promise.reject(new Fault('queue-refused', 'Cannot change the visibility')) }
    const answer = await deliverRecords(records, deadline, async () => ({ kind: 'later', delayMs: 1 }), {
      ...ports,
      receipts: refusing,
    })
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    expect(lines).toMatchObject([{ event: 'delivery.not-postponed', kind: 'queue-refused' }])
  })

  it('emits what the invocation did, once', async () => {
    const { records, metrics, ports, deadline } = setUp(3)
    await deliverRecords(
      records,
      deadline,
      async (_, { tally }) => {
        tally.countRetry()
        tally.countGivenUp()
        return { kind: 'acknowledge' }
      },
      ports,
    )
    expect(metrics).toEqual([{ DeliveryRetries: 3, DeliveriesGivenUp: 3 }])
  })
})
