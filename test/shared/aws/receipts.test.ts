import {
  ChangeMessageVisibilityCommand,
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

it('postpone() decides when a received message is seen again', async () => {
  const { sqs, queueUrl } = queues
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' }))
  const receive = () =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1, VisibilityTimeout: 600 }))
  const [first] = (await receive()).Messages ?? []
  await receipts(sqs, queueUrl).postpone(first?.ReceiptHandle ?? '', 0)
  const [again] = (await receive()).Messages ?? []
  expect(again?.MessageId).toBe(first?.MessageId)
  await receipts(sqs, queueUrl).postpone(again?.ReceiptHandle ?? '', 600_000)
  expect((await receive()).Messages ?? []).toEqual([])
})

it('postpone() rounds up to whole seconds, which is all that SQS knows', async () => {
  const client = new SQSClient({})
  const sqs = mockClient(client)
  sqs.on(ChangeMessageVisibilityCommand).resolves({})
  await receipts(client, 'https://queue').postpone('handle', 4_001)
  expect(sqs.call(0).args[0].input).toEqual({
    QueueUrl: 'https://queue',
    ReceiptHandle: 'handle',
    VisibilityTimeout: 5,
  })
})

it('postpone() says what SQS answered when it refuses', async () => {
  const { sqs, queueUrl } = queues
  await expect(receipts(sqs, queueUrl).postpone('no such handle', 1_000)).rejects.toMatchObject({
    kind: 'queue-refused',
    message: expect.stringMatching(/^Cannot change the visibility of a message: found \w+ .*HTTP 400/),
  })
})
