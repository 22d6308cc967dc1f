import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queueDepth } from '../../../shared/aws/queue-depth.ts'
import { openQueues } from '../../emulators.ts'

let aws: Awaited<ReturnType<typeof openQueues>>
beforeAll(async () => {
  aws = await openQueues()
})
afterAll(() => aws.close())

it('counts the messages of all queues, those that are hidden too', async () => {
  const { sqs, queueUrl, deadLetterQueueUrl: other } = aws
  const depth = queueDepth(sqs, [queueUrl, other])
  expect(await depth()).toBe(0)
  for (const QueueUrl of [queueUrl, queueUrl, queueUrl, other])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 2, VisibilityTimeout: 60 }))
  expect(await depth()).toBe(4)
  expect(await queueDepth(sqs, [queueUrl])()).toBe(3)
})

it('does not take a queue that cannot be counted for an empty one', async () => {
  const { sqs, queueUrl } = aws
  await expect(queueDepth(sqs, [queueUrl, `${queueUrl}-gone`])()).rejects.toMatchObject({
    kind: 'store-unavailable',
    message: expect.stringContaining('Cannot count the messages of the delivery queue: found '),
  })
})
