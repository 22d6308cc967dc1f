import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeDeadLetter } from '../../shared/dead-letter.ts'
import { encode, type Message } from '../../shared/message.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'
import { pollhook } from './surroundings.ts'

const SOC = { type: 'webhook', url: 'https://hooks.example.com/in' }
const TINES = { type: 'tines', baseUrl: 'https://x.tines.com', apiKey: { secret: 'key' }, destinations: ['soc'] }

let deployment: LocalDeployment
beforeEach(async () => {
  deployment = await openLocalDeployment()
})
afterEach(() => deployment.close())

const put = (name: string, value: unknown) =>
  deployment.parameters.put(
    { name: `/pollhook/${name}`, type: 'String', value: JSON.stringify(value), description: '' },
    new Date(),
  )
const cli = (...args: string[]) => pollhook([...args, '--local', '--data', deployment.dataDir])

/** Puts a message into the queue that keeps the order, in the order of the numbers. */
const queue = (url: string, number: number, group: string) =>
  deployment.sqs.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: `${number}`,
      MessageGroupId: group,
      MessageDeduplicationId: `${group}${number}`,
    }),
  )

async function received(url: string) {
  const { Messages = [] } = await deployment.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
  )
  return Messages.map(({ Body, Attributes }) => [Body, Attributes?.MessageGroupId])
}

describe('pollhook status', () => {
  test('shows what waits in the queue that keeps the order, and nothing of it while it is empty', async () => {
    const url = await deployment.keepOrder()
    expect((await cli('status')).out).toEqual(['Queue: 0 messages waiting, 0 in flight; 0 dead letters'])
    for (const number of [1, 2, 3]) await queue(url, number, 'soc/a')
    await queue(url, 1, 'soc/b')
    await received(url)
    expect((await cli('status')).out).toEqual([
      'Queue: 0 messages waiting, 0 in flight; 0 dead letters',
      'Ordered queue: 2 messages waiting, 2 in flight',
    ])
    const { orderedQueue } = JSON.parse((await cli('status', '--json')).out.join())
    expect(orderedQueue).toEqual({ waiting: 2, inFlight: 2 })
  })

  test('names a destination that wants an order which the deployment cannot keep', async () => {
    put('destinations/soc', { ...SOC, ordered: true })
    put('sources/prod-tines', TINES)
    const wanted =
      'Cannot send to destination soc in order: found no queue that keeps the order, wanted a deployment with orderedDelivery'
    const without = await cli('status')
    expect([without.code, without.out.includes(wanted)]).toEqual([1, true])
    await deployment.keepOrder()
    const withQueue = await cli('status')
    expect([withQueue.code, withQueue.out.includes(wanted)]).toEqual([0, false])
  })
})

describe('pollhook dlq replay', () => {
  const MESSAGE: Message = {
    v: 1,
    destination: 'soc',
    source: { id: 'prod-tines', type: 'tines' },
    events: [{ id: 'evt_1', type: 'tines.event', time: '2026-05-01T10:00:00Z', raw: '{"n":1}' }],
  }
  const bury = () =>
    deployment.sqs.send(
      new SendMessageCommand({
        QueueUrl: deployment.deadLetterQueueUrl,
        MessageBody: encodeDeadLetter({
          v: 1,
          deadLetter: { kind: 'refused', reason: '400', source: 'prod-tines', destination: 'soc' },
          body: encode(MESSAGE),
        }),
      }),
    )

  test('sends a message to a destination with an order behind those of its source, also a second time within 5 minutes', async () => {
    put('destinations/soc', { ...SOC, ordered: true })
    const url = await deployment.keepOrder()
    // As it was put in first, a moment ago: what is named like that now, SQS drops without a word.
    await deployment.sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'first',
        MessageGroupId: 'soc/prod-tines',
        MessageDeduplicationId: 'soc/evt_1',
      }),
    )
    for (let times = 0; times < 2; times++) {
      await bury()
      expect((await cli('dlq', 'replay', '--all')).out).toEqual(['Sent 1 message again'])
    }
    const bodies: unknown[] = []
    for (;;) {
      const { Messages = [] } = await deployment.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ['All'] }),
      )
      if (Messages.length === 0) break
      for (const { Body, Attributes, ReceiptHandle } of Messages) {
        bodies.push([Body, Attributes?.MessageGroupId])
        await deployment.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }))
      }
    }
    const again = [encode(MESSAGE), 'soc/prod-tines']
    expect(bodies).toEqual([['first', 'soc/prod-tines'], again, again])
    expect(await received(deployment.queueUrl)).toEqual([])
  })

  test.each([
    ['wants none', SOC],
    ['cannot be used', { ...SOC, url: 'ftp://x', ordered: true }],
  ])('sends a message through the usual queue when its destination %s', async (_, config) => {
    put('destinations/soc', config)
    const url = await deployment.keepOrder()
    await bury()
    await cli('dlq', 'replay', '--all')
    expect((await received(deployment.queueUrl)).map(([body]) => body)).toEqual([encode(MESSAGE)])
    expect(await received(url)).toEqual([])
  })
})
