import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAssembly } from '../../local/assembly.ts'
import type { Plan } from '../../local/plan.ts'
import { synthesize } from '../../local/synthesize.ts'

/** The cache that `pollhook dev` has: the second run of these tests builds nothing. */
const CACHE = join(import.meta.dirname, '../../.pollhook/assembly')
const SQS = 'http://127.0.0.1:4567/000000000000'

describe('the synthesized stack', () => {
  let plan: Plan
  beforeAll(async () => {
    plan = readAssembly(await synthesize(CACHE, () => {}), 'http://127.0.0.1:4567')
  }, 120_000)

  const environment = (id: string) => plan.functions.find(({ logicalId }) => logicalId.includes(id))?.environment

  it('has one table with a time to live', () => {
    expect(plan.tables).toEqual([
      {
        name: 'pollhook-checkpoints',
        keys: [
          { name: 'pk', type: 'S' },
          { name: 'sk', type: 'S' },
        ],
        expiryAttribute: 'expiresAt',
      },
    ])
  })

  it('has a delivery queue whose last resort is the dead-letter queue', () => {
    const delivery = plan.queues.find(({ name }) => name === 'pollhook-delivery')
    expect(delivery?.visibilitySeconds).toBe(360)
    expect(JSON.parse(`${delivery?.attributes.RedrivePolicy}`)).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:pollhook-dead-letters',
      maxReceiveCount: 500,
    })
  })

  it('has a queue that keeps the order, so that a local run can do what a deployment may', () => {
    expect(plan.queues.map(({ name, keepsOrder }) => [name, keepsOrder]).sort()).toEqual([
      ['pollhook-dead-letters', false],
      ['pollhook-delivery', false],
      ['pollhook-ordered.fifo', true],
    ])
  })

  it('has three functions, with bundles that are there', () => {
    const limits = plan.functions.map(({ handler, timeoutMs, memoryMb }) => ({ handler, timeoutMs, memoryMb }))
    expect(limits.sort((a, b) => a.timeoutMs - b.timeoutMs)).toEqual([
      { handler: 'index.handler', timeoutMs: 60_000, memoryMb: 512 },
      { handler: 'index.handler', timeoutMs: 60_000, memoryMb: 512 },
      { handler: 'index.handler', timeoutMs: 300_000, memoryMb: 512 },
    ])
    for (const { folder } of plan.functions) expect(readdirSync(folder)).toContain('index.mjs')
  })

  it('tells each function what it works with', () => {
    const queues = {
      POLLHOOK_QUEUE_URL: `${SQS}/pollhook-delivery`,
      POLLHOOK_DEAD_LETTER_QUEUE_URL: `${SQS}/pollhook-dead-letters`,
      POLLHOOK_ORDERED_QUEUE_URL: `${SQS}/pollhook-ordered.fifo`,
    }
    const common = { POLLHOOK_PREFIX: '/pollhook', POLLHOOK_TABLE: 'pollhook-checkpoints' }
    const poll = plan.functions.find(({ timeoutMs }) => timeoutMs === 300_000)
    expect(environment('Dispatch')).toMatchObject({ ...common, POLLHOOK_POLL_FUNCTION: poll?.name })
    expect(environment('Poll')).toMatchObject({ ...common, ...queues, POLLHOOK_BUCKET: plan.buckets[0]?.name })
    expect(environment('Deliver')).toMatchObject({ ...common, ...queues, POLLHOOK_BUCKET: plan.buckets[0]?.name })
  })

  it('feeds deliver from the queues, and dispatch from a schedule', () => {
    const named = (id: string) => plan.functions.find(({ logicalId }) => logicalId.startsWith(`Pollhook${id}`))?.name
    const alike = {
      functionName: named('Deliver'),
      maximumConcurrency: 20,
      reportsItemFailures: true,
    }
    expect(plan.eventSources).toEqual([
      { queueName: 'pollhook-delivery', batchSize: 10, ...alike },
      { queueName: 'pollhook-ordered.fifo', batchSize: 1, ...alike },
    ])
    expect(plan.schedules).toEqual([
      { functionName: named('Dispatch'), everySeconds: 60, input: '{"tickAt":"<aws.scheduler.scheduled-time>"}' },
    ])
  })

  it('puts out the names that the command line needs', () => {
    expect(plan.outputs).toEqual({
      Prefix: '/pollhook',
      CheckpointTable: 'pollhook-checkpoints',
      DeliveryQueueUrl: `${SQS}/pollhook-delivery`,
      DeadLetterQueueUrl: `${SQS}/pollhook-dead-letters`,
      OrderedQueueUrl: `${SQS}/pollhook-ordered.fifo`,
      ClaimsBucket: plan.buckets[0]?.name,
    })
  })

  it('is built once for the same code', async () => {
    let builds = 0
    const again = await synthesize(CACHE, () => {
      builds += 1
    })
    expect(builds).toBe(0)
    expect(existsSync(again)).toBe(true)
  })
})
