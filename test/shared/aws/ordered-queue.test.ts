import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message as Received,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outbox } from '../../../shared/aws/outbox.ts'
import type { Message } from '../../../shared/message.ts'
import { orderedQueueContract } from '../../contracts/ordered-queue.ts'
import { messageOf } from '../../contracts/outbox.ts'
import { openQueues } from '../../emulators.ts'
import { MemoryClaims } from '../../fakes/claims.ts'

const ordered = (number: number, destination = 'hook', source = 'prod'): Message => ({
  ...messageOf(number, undefined, destination),
  source: { id: source, type: 'tines' },
  ordered: true,
})
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const numberIn = ({ Body = '' }: Received) => Number(/"n":(\d+)/.exec(Body)?.[1])

describe('the outbox and a queue that keeps the order', () => {
  let aws: Awaited<ReturnType<typeof openQueues>>
  let orderedQueueUrl: string

  beforeAll(async () => {
    aws = await openQueues()
    const { QueueUrl = '' } = await aws.sqs.send(
      new CreateQueueCommand({ QueueName: 'ordered.fifo', Attributes: { FifoQueue: 'true' } }),
    )
    orderedQueueUrl = QueueUrl
  })
  afterAll(() => aws.close())

  const open = () => {
    const deadLetters = { sendMany: async () => {} }
    return outbox({ sqs: aws.sqs, queueUrl: aws.queueUrl, orderedQueueUrl, claims: new MemoryClaims(), deadLetters })
  }

  /** Receives and removes until nothing is left. */
  async function drain(QueueUrl: string): Promise<Received[]> {
    const all: Received[] = []
    for (;;) {
      const { Messages = [] } = await aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
      )
      if (Messages.length === 0) return all
      all.push(...Messages)
      for (const { ReceiptHandle } of Messages) {
        await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
  }

  test('send() keeps the order of each source of each destination, and leaves the others to the usual queue', async () => {
    const messages = numbers(0, 30).flatMap((number) => [
      ordered(number),
      ordered(100 + number, 'hook', 'other'),
      messageOf(200 + number),
    ])
    await open().send(messages)
    const received = await drain(orderedQueueUrl)
    const inGroup = (group: string) =>
      received.filter(({ Attributes }) => Attributes?.MessageGroupId === group).map(numberIn)
    expect(inGroup('hook/prod')).toEqual(numbers(0, 30))
    expect(inGroup('hook/other')).toEqual(numbers(100, 130))
    expect((await drain(aws.queueUrl)).map(numberIn).sort()).toEqual(numbers(200, 230))
  })

  test('send() again, after a crash, does not put in twice what is there', async () => {
    await open().send(numbers(300, 305).map((number) => ordered(number)))
    await open().send(numbers(300, 310).map((number) => ordered(number)))
    expect((await drain(orderedQueueUrl)).map(numberIn)).toEqual(numbers(300, 310))
  })
})

describe('the queue that keeps the order, in a local run,', () => {
  let aws: Awaited<ReturnType<typeof openQueues>>
  beforeAll(async () => {
    aws = await openQueues()
  })
  afterAll(() => aws.close())
  let queues = 0

  orderedQueueContract(async () => {
    const { sqs } = aws
    const created = new CreateQueueCommand({ QueueName: `order${++queues}.fifo`, Attributes: { FifoQueue: 'true' } })
    const { QueueUrl } = await sqs.send(created)
    return {
      async send(group, body) {
        const names = { MessageGroupId: group, MessageDeduplicationId: body }
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, ...names }))
      },
      async receive(most) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: most, MessageSystemAttributeNames: ['All'] }),
        )
        return Messages.map(({ Body = '', ReceiptHandle = '', Attributes = {} }) => ({
          group: Attributes.MessageGroupId ?? '',
          body: Body,
          receives: Number(Attributes.ApproximateReceiveCount),
          handle: ReceiptHandle,
        }))
      },
      async postpone(ReceiptHandle, VisibilityTimeout) {
        await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
      },
      async remove(ReceiptHandle) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      },
    }
  })
})

describe('the outbox', () => {
  const deadLetters = { sendMany: async () => {} }
  const parts = { queueUrl: 'https://sqs/delivery', claims: new MemoryClaims(), deadLetters, pause: async () => {} }

  test('send() sends the next one in order only when the queue has accepted the one before', async () => {
    const mock = mockClient(SQSClient)
    const sent: string[] = []
    mock.on(SendMessageBatchCommand).callsFake(async ({ Entries = [] }: SendMessageBatchCommandInput) => {
      const ids = Entries.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId.slice(-1))
      sent.push(ids.join())
      const isRefused = sent.filter((each) => each === '1').length === 1 && ids[0] === '1'
      return isRefused
        ? { Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] }
        : { Successful: Entries.map(({ Id }) => ({ Id })) }
    })
    const sqs = new SQSClient({ region: 'us-east-1' })
    await outbox({ ...parts, sqs, orderedQueueUrl: 'https://sqs/ordered.fifo' }).send([0, 1, 2].map((n) => ordered(n)))
    expect(sent).toEqual(['0', '1', '1', '2'])
    mock.restore()
  })

  test('send() sends nothing when the deployment has no queue that keeps the order', async () => {
    const mock = mockClient(SQSClient)
    const sqs = new SQSClient({ region: 'us-east-1' })
    await expect(outbox({ ...parts, sqs }).send([messageOf(1), ordered(2)])).rejects.toMatchObject({
      kind: 'configuration-invalid',
      message:
        'Cannot send to hook in order: found no queue that keeps the order, wanted a deployment with orderedDelivery',
    })
    expect(mock.calls()).toHaveLength(0)
    mock.restore()
  })
})
