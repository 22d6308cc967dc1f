import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  holdDelayMs,
  LONGEST_DELAY_MS,
  placeDelayMs,
  retryDelayMs,
  throttleDelayMs,
} from '../../../functions/deliver/schedule.ts'
import { receipts } from '../../../shared/aws/receipts.ts'
import { openQueues } from '../../emulators.ts'
import { DAY, HOUR } from './world.ts'

let queues: Awaited<ReturnType<typeof openQueues>>
beforeAll(async () => {
  queues = await openQueues()
})
afterAll(() => queues.close())

/** A message in hand, of a queue that would show it again after a minute. */
async function received() {
  const { sqs, queueUrl } = queues
  const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 60 }))
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' }))
  const [message] = (await receive()).Messages ?? []
  const receipt = {
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
    receiptHandle: message?.ReceiptHandle ?? '',
  }
  return { receipt, receive, postpone: receipts(sqs, [queueUrl]).postpone }
}

/** Every kind of delay that a message is given in 14 days, at ages that lie closer at first. */
function delays(): number[] {
  const ages = Array.from({ length: 200 }, (_, n) => (n / 200) ** 3 * 14 * DAY)
  return [0, 0.5, 0.999_999].flatMap((random) =>
    ages.flatMap((ageMs) => {
      const standing = { ageMs, triedMs: ageMs, giveUpAfterMs: 13 * DAY, isOrdered: false }
      const retry = [0, 24 * HOUR].flatMap((askedMs) => retryDelayMs({ ...standing, askedMs }, random) ?? [])
      return [...retry, holdDelayMs(ageMs, random), throttleDelayMs(24 * HOUR, ageMs, random), placeDelayMs(0, 500)]
    }),
  )
}

it('SQS takes every delay of the schedule, which leaves six minutes for the time that an invocation may have had the message', async () => {
  const { receipt, receive, postpone } = await received()
  const all = delays()
  expect(all.every((ms) => Number.isFinite(ms) && ms > 0 && ms <= 12 * HOUR - 360_000)).toBe(true)
  for (const ms of new Set(all.map((delayMs) => Math.ceil(delayMs / 1000) * 1000))) await postpone(receipt, ms)
  await postpone(receipt, LONGEST_DELAY_MS)
  expect((await receive()).Messages ?? []).toEqual([])
})

it('SQS refuses to hide a message for more than 12 hours', async () => {
  const { receipt, postpone } = await received()
  await postpone(receipt, 12 * HOUR)
  await expect(postpone(receipt, 12 * HOUR + 1)).rejects.toMatchObject({ kind: 'queue-refused' })
})
