import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary.ts'
import { clientsOf, openForTest } from './emulators.ts'

async function openQueue(folder = temporaryFolder()) {
  const emulators = await openForTest(folder)
  const { sqs } = clientsOf(emulators.gateway.environment)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }))
  const send = (MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'group' }))
  const receive = async () => {
    const all = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] as const }
    const answer = await sqs.send(new ReceiveMessageCommand({ QueueUrl, ...all, MessageSystemAttributeNames: ['All'] }))
    return answer.Messages ?? []
  }
  const hide = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
  return { ...emulators, sqs, QueueUrl, send, receive, hide }
}

describe('the local queue', () => {
  it('gives a message back at once when its visibility is set to 0, and counts on', async () => {
    const queue = await openQueue()
    await queue.send('one')
    const [first] = await queue.receive()
    await queue.hide(first?.ReceiptHandle, 0)
    const [second] = await queue.receive()
    expect(second?.Body).toBe('one')
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2')
  })

  it('holds after a restart what it held, with what is in flight and how often it was received', async () => {
    const folder = temporaryFolder()
    const before = await openQueue(folder)
    for (const body of ['done', 'held', 'waiting']) await before.send(body)
    const [done, held, waiting] = await before.receive()
    await before.sqs.send(new DeleteMessageCommand({ QueueUrl: before.QueueUrl, ReceiptHandle: done?.ReceiptHandle }))
    await before.hide(waiting?.ReceiptHandle, 0)
    await before.close()

    const after = await openQueue(folder)
    const found = await after.receive()
    expect(found.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount])).toEqual([['waiting', '2']])
    await after.hide(held?.ReceiptHandle, 0)
    expect((await after.receive()).map(({ Body }) => Body)).toEqual(['held'])
  })

  it('takes every character that SQS takes, and no other', async () => {
    const { send, receive } = await openQueue()
    // The edges of the ranges in https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    const body = '\t\n\r \uD7FF\uE000\uFFFD\u{10000}\u{1F4C8}\u{10FFFF}'
    await send(body)
    expect((await receive()).map(({ Body }) => Body)).toEqual([body])
    for (const refused of ['\u0000', '\u000B', '\u001F', '\uFFFE', '\uFFFF'])
      await expect(send(refused)).rejects.toThrow()
  })

  it('gives back what a dead consumer held, and not what was put off for longer', async () => {
    const queue = await openQueue()
    for (const body of ['held', 'put off']) await queue.send(body)
    const messages = await queue.receive()
    await queue.hide(messages.find(({ Body }) => Body === 'put off')?.ReceiptHandle, 3600)
    expect(queue.sqsAndS3.giveBack('work', 30, new Date())).toBe(1)
    expect((await queue.receive()).map(({ Body }) => Body)).toEqual(['held'])
  })

  it('takes a queue URL with a path, as the SDK sends it', async () => {
    const { QueueUrl, gateway } = await openQueue()
    expect(QueueUrl).toBe(`${gateway.endpoint}/000000000000/work`)
  })
})

describe('the local bucket', () => {
  it('holds an object after a restart', async () => {
    const folder = temporaryFolder()
    const before = await openForTest(folder)
    const { s3 } = clientsOf(before.gateway.environment)
    await s3.send(new CreateBucketCommand({ Bucket: 'claims' }))
    await s3.send(new PutObjectCommand({ Bucket: 'claims', Key: 'claims/a', Body: 'ünï' }))
    await before.close()

    const after = await openForTest(folder)
    const again = clientsOf(after.gateway.environment).s3
    const object = await again.send(new GetObjectCommand({ Bucket: 'claims', Key: 'claims/a' }))
    expect(await object.Body?.transformToString()).toBe('ünï')
  })
})
