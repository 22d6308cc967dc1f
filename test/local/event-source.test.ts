import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acknowledged, EventSource } from '../../local/event-source.ts'
import type { Outcome } from '../../local/function-process.ts'
import type { EventSourcePlan } from '../../local/plan.ts'
import { clientsOf, openForTest } from './emulators/emulators.ts'
import { temporaryFolder } from './temporary.ts'

/** The machine may be busy. */
const SOON = { timeout: 20_000 }

const PLAN: EventSourcePlan = {
  queueName: 'work',
  functionName: 'deliver',
  batchSize: 10,
  maximumConcurrency: 2,
  reportsItemFailures: true,
}
const FAILED: Outcome = { error: { errorType: 'Error', errorMessage: 'no', trace: [] } }

describe('acknowledged()', () => {
  const records = ['a', 'b', 'c'].map((messageId) => ({ messageId }) as SQSRecord)
  const ids = (payload: string, reports = true) =>
    acknowledged(records, { payload }, reports).map(({ messageId }) => messageId)

  it.each(['null', '{}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}'])(
    'takes %s as success',
    (payload) => {
      expect(ids(payload)).toEqual(['a', 'b', 'c'])
    },
  )

  it('leaves the messages that are named', () => {
    expect(ids('{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}')).toEqual(['b'])
  })

  it.each([
    ['an unknown identifier', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"x"}]}'],
    ['an empty identifier', '{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ['a null identifier', '{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ['an identifier under another name', '{"batchItemFailures":[{"messageId":"a"}]}'],
    ['something that is no list', '{"batchItemFailures":"a"}'],
    ['a response that is no object', '"done"'],
  ])('leaves the whole batch after %s', (_, payload) => {
    expect(ids(payload)).toEqual([])
  })

  it('leaves the whole batch after an error', () => {
    expect(acknowledged(records, FAILED, true)).toEqual([])
  })

  it('does not look at the response of a function that does not report failures', () => {
    expect(ids('{"batchItemFailures":[{"itemIdentifier":"a"}]}', false)).toEqual(['a', 'b', 'c'])
  })
})

describe('EventSource', () => {
  async function feed(answer: (event: SQSEvent) => Promise<Outcome>, plan: Partial<EventSourcePlan> = {}) {
    const { gateway } = await openForTest(temporaryFolder())
    const { sqs } = clientsOf(gateway.environment)
    const { QueueUrl: queueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'work', Attributes: { VisibilityTimeout: '600' } }),
    )
    const send = (MessageBody: string) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody,
          MessageAttributes: {
            text: { DataType: 'String', StringValue: 'x' },
            bytes: { DataType: 'Binary', BinaryValue: Buffer.from('y') },
          },
        }),
      )
    const count = async () => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
      )
      return names.map((name) => Number(Attributes?.[name]))
    }
    const events: SQSEvent[] = []
    const start = () => {
      const source = new EventSource({
        plan: { ...PLAN, ...plan },
        queueUrl,
        sqs,
        maxPollers: 10,
        invoke: (payload) => {
          const event = JSON.parse(payload)
          events.push(event)
          return answer(event)
        },
        onError: () => {},
      })
      onTestFinished(() => source.stop())
      return source
    }
    return { send, count, events, start }
  }

  it('shows a message as Lambda does', async () => {
    const { send, events, start } = await feed(async () => ({ payload: 'null' }))
    const { MessageId } = await send('body')
    start()
    await expect.poll(() => events.length, SOON).toBe(1)
    expect(events[0]).toEqual({
      Records: [
        {
          messageId: MessageId,
          receiptHandle: expect.any(String),
          body: 'body',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          },
          messageAttributes: {
            text: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
            bytes: { binaryValue: 'eQ==', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          // printf body | md5sum
          md5OfBody: '841a2d689ad86bd1611447453c22c6fc',
          md5OfMessageAttributes: expect.any(String),
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work',
          awsRegion: 'us-east-1',
        },
      ],
    })
  })

  it('deletes what succeeded and leaves in flight what did not', async () => {
    const { send, count, start } = await feed(async ({ Records }) => {
      const failed = Records.filter(({ body }) => body === 'bad')
      const batchItemFailures = failed.map(({ messageId }) => ({ itemIdentifier: messageId }))
      return { payload: JSON.stringify({ batchItemFailures }) }
    })
    for (const body of ['good', 'bad', 'good']) await send(body)
    start()
    await expect.poll(count, SOON).toEqual([0, 1])
  })

  it('has batches of at most the size, and as many at once as the maximum concurrency', async () => {
    let [now, most] = [0, 0]
    const { send, count, events, start } = await feed(
      async () => {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setTimeout(resolve, 50))
        now -= 1
        return { payload: 'null' }
      },
      { batchSize: 3, maximumConcurrency: 2 },
    )
    for (let index = 0; index < 14; index++) await send('x')
    start()
    await expect.poll(count, SOON).toEqual([0, 0])
    expect(Math.max(...events.map(({ Records }) => Records.length))).toBe(3)
    expect(most).toBe(2)
  })

  it('waits for the batch under way when it is stopped, and then takes no more', async () => {
    let answer: (outcome: Outcome) => void = () => {}
    const { send, count, events, start } = await feed(() => new Promise((resolve) => (answer = resolve)), {
      maximumConcurrency: 1,
      batchSize: 1,
    })
    await send('first')
    await send('second')
    const source = start()
    await expect.poll(() => events.length, SOON).toBe(1)
    const stopped = source.stop()
    answer({ payload: 'null' })
    await stopped
    expect(await count()).toEqual([1, 0])
  })
})
