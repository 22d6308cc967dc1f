import {
  ChangeMessageVisibilityCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { receipts } from '../../../shared/aws/receipts.ts'
import { openQueues } from '../../emulators.ts'

let queues: Awaited<ReturnType<typeof openQueues>>
beforeAll(async () => {
  queues = await openQueues()
})
afterAll(() => queues.close())

const receiptOf = (message: Message | undefined) => ({
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
  receiptHandle: message?.ReceiptHandle ?? '',
})

it('postpone() decides when a received message is seen again', async () => {
  const { sqs, queueUrl } = queues
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' }))
  const receive = () =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1, VisibilityTimeout: 600 }))
  const [first] = (await receive()).Messages ?? []
  await receipts(sqs, [queueUrl]).postpone(receiptOf(first), 0)
  const [again] = (await receive()).Messages ?? []
  expect(again?.MessageId).toBe(first?.MessageId)
  await receipts(sqs, [queueUrl]).postpone(receiptOf(again), 600_000)
  expect((await receive()).Messages ?? []).toEqual([])
})

it('postpone() rounds up to whole seconds, which is all that SQS knows, in the queue that the message is of', async () => {
  const client = new SQSClient({})
  const sqs = mockClient(client)
  sqs.on(ChangeMessageVisibilityCommand).resolves({})
  const urls = ['https://sqs/1/delivery', 'https://sqs/1/ordered.fifo']
  const receipt = { eventSourceARN: 'arn:aws:sqs:eu-west-1:1:ordered.fifo', receiptHandle: 'handle' }
  await receipts(client, urls).postpone(receipt, 4_001)
  expect(sqs.call(0).args[0].input).toEqual({
    QueueUrl: 'https://sqs/1/ordered.fifo',
    ReceiptHandle: 'handle',
    VisibilityTimeout: 5,
  })
})

it('postpone() says what SQS answered when it refuses', async () => {
  const { sqs, queueUrl } = queues
  await expect(
    receipts(sqs, [queueUrl]).postpone(receiptOf({ ReceiptHandle: 'no such handle' }), 1_000),
  ).rejects.toMatchObject({
    kind: 'queue-refused',
    message: expect.stringMatching(/^Cannot change the visibility of a message: found \w+ .*HTTP 400/),
  })
})
