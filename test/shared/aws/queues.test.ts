import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claims } from '../../../shared/aws/claims.ts'
import { deadLetters } from '../../../shared/aws/dead-letters.ts'
import { outbox } from '../../../shared/aws/outbox.ts'
import { type Outgoing, pack, sendAll } from '../../../shared/aws/send-all.ts'
import { type DeadLetter, deadLetter } from '../../../shared/dead-letter.ts'
import { messageOf, outboxContract } from '../../contracts/outbox.ts'
import { openQueues } from '../../emulators.ts'
import { MemoryClaims } from '../../fakes/claims.ts'

let aws: Awaited<ReturnType<typeof openQueues>>

beforeAll(async () => {
  aws = await openQueues()
})
afterAll(() => aws.close())

/** All bodies of a queue. */
async function bodiesOf(queueUrl: string): Promise<string[]> {
  const bodies: string[] = []
  for (;;) {
    const request = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, VisibilityTimeout: 600 }
    const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand(request))
    if (Messages.length === 0) return bodies
    bodies.push(...Messages.map(({ Body = '' }) => Body))
  }
}

describe('outbox() on SQS and S3', () => {
  outboxContract(async () => {
    const { sqs, s3, queueUrl, deadLetterQueueUrl, bucket } = aws
    for (const QueueUrl of [queueUrl, deadLetterQueueUrl]) await sqs.send(new PurgeQueueCommand({ QueueUrl }))
    const store = claims(s3, bucket)
    const letters = deadLetters(sqs, deadLetterQueueUrl, store)
    const [delivered, dead]: [string[], string[]] = [[], []]
    return {
      outbox: outbox({ sqs, queueUrl, claims: store, deadLetters: letters }),
      // What was received once is not received again, so it is kept.
      async delivery() {
        delivered.push(...(await bodiesOf(queueUrl)))
        return delivered
      },
      async deadLetters() {
        dead.push(...(await bodiesOf(deadLetterQueueUrl)))
        return dead
      },
      claim: (key) => store.read(key),
    }
  })
})

describe('claims() on S3', () => {
  test('read() gives what was put, the later text when put twice, and undefined when nothing was', async () => {
    const store = claims(aws.s3, aws.bucket)
    await store.put('claims/hook/evt_1.json', 'first')
    await store.put('claims/hook/evt_1.json', '{"é":"🦊"}')
    expect(await store.read('claims/hook/evt_1.json')).toBe('{"é":"🦊"}')
    expect(await store.read('claims/hook/evt_2.json')).toBeUndefined()
  })

  test('an error is a fault', async () => {
    const mock = mockClient(S3Client)
    mock.on(PutObjectCommand).rejects(Object.assign(new Error('SECRET'), { name: 'SlowDown' }))
    mock.on(GetObjectCommand).rejects(Object.assign(new Error('SECRET'), { name: 'AccessDenied' }))
    const store = claims(new S3Client({ region: 'us-east-1' }), 'bucket')
    await expect(store.put('k', '')).rejects.toMatchObject({
      kind: 'queue-refused',
      message: 'Cannot put k into the bucket: found SlowDown, wanted an answer',
    })
    await expect(store.read('k')).rejects.toMatchObject({
      kind: 'store-unavailable',
      message: 'Cannot read k from the bucket: found AccessDenied, wanted an answer',
    })
    mock.restore()
  })
})

describe('deadLetters() on SQS', () => {
  function letter(body: string): DeadLetter {
    return { v: 1, deadLetter: { reason: 'it will never do', kind: 'refused', destination: 'hook', status: 400 }, body }
  }

  test('send() puts a letter into the queue as it is', async () => {
    await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.deadLetterQueueUrl }))
    await deadLetters(aws.sqs, aws.deadLetterQueueUrl, new MemoryClaims()).send(letter('{"a":1}'))
    const bodies = await bodiesOf(aws.deadLetterQueueUrl)
    expect(bodies.map((body) => deadLetter.parse(JSON.parse(body)))).toEqual([letter('{"a":1}')])
  })

  test('send() puts the body of a letter that is too large, escaped, under a key: nothing is cut off', async () => {
    await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.deadLetterQueueUrl }))
    const body = '"'.repeat(600_000) // escaped, twice as long
    const store = new MemoryClaims()
    await deadLetters(aws.sqs, aws.deadLetterQueueUrl, store).send(letter(body))
    const [text = ''] = await bodiesOf(aws.deadLetterQueueUrl)
    const sent = deadLetter.parse(JSON.parse(text))
    expect(sent.body).toBe('')
    expect(sent.deadLetter).toMatchObject(letter('').deadLetter)
    expect(sent.deadLetter.claim).toMatch(/^claims\/dead-letters\/[\w-]{43}\.json$/)
    expect(store.texts.get(sent.deadLetter.claim ?? '')).toBe(body)
  })
})

describe('pack()', () => {
  const of = (...sizes: number[]): Outgoing[] => sizes.map((bytes) => ({ body: '', bytes }))
  const sizes = (batches: Outgoing[][]) => batches.map((batch) => batch.map(({ bytes }) => bytes))

  test('puts ten messages into a call and not eleven', () => {
    expect(pack(of(...Array(21).fill(1))).map((batch) => batch.length)).toEqual([10, 10, 1])
  })

  test('puts 1,048,576 bytes into a call and not one more', () => {
    expect(sizes(pack(of(1_000_000, 48_576, 1)))).toEqual([[1_000_000, 48_576], [1]])
    expect(sizes(pack(of(1_000_000, 48_577)))).toEqual([[1_000_000], [48_577]])
    expect(sizes(pack(of(1_048_576, 1_048_576)))).toEqual([[1_048_576], [1_048_576]])
  })

  test('of nothing makes no call', () => {
    expect(pack([])).toEqual([])
  })
})

describe('sendAll() when SQS refuses', () => {
  const pauses: number[] = []
  const pause = async (ms: number) => pauses.push(ms)
  const client = new SQSClient({ region: 'us-east-1' })
  const outgoing = (count: number): Outgoing[] =>
    Array.from({ length: count }, (_, index) => ({ body: `body ${index}`, bytes: 6, group: 'hook' }))

  /** An SQS that answers as `failing` says: the ids that fail in the n-th call. */
  function mocked(failing: (call: number, ids: readonly string[]) => readonly string[], senderFault = false) {
    const mock = mockClient(SQSClient)
    let calls = 0
    mock.on(SendMessageBatchCommand).callsFake(async ({ Entries }: SendMessageBatchCommandInput) => {
      const ids = (Entries ?? []).map(({ Id = '' }) => Id)
      const failed = failing(++calls, ids)
      return {
        Successful: ids.filter((id) => !failed.includes(id)).map((Id) => ({ Id })),
        Failed: failed.map((Id) => ({ Id, Code: 'InternalError', SenderFault: senderFault, Message: 'SECRET' })),
      }
    })
    const sent = () =>
      mock
        .commandCalls(SendMessageBatchCommand)
        .map(({ args }) => args[0].input.Entries?.map((entry) => entry.MessageBody))
    return { mock, sent }
  }

  test('entries that failed are sent again, and they alone', async () => {
    const { mock, sent } = mocked((call) => (call === 1 ? ['1', '3'] : call === 2 ? ['3'] : []))
    pauses.length = 0
    await sendAll(client, 'url', outgoing(5), 'delivery', pause)
    expect(sent()).toEqual([['body 0', 'body 1', 'body 2', 'body 3', 'body 4'], ['body 1', 'body 3'], ['body 3']])
    expect(pauses).toHaveLength(2)
    mock.restore()
  })

  test('entries that fail for ever are a fault with their number and code, and nothing of their text', async () => {
    const { mock, sent } = mocked((_call, ids) => ids.filter((id) => id === '2'))
    const error: unknown = await sendAll(client, 'url', outgoing(5), 'delivery', pause).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      kind: 'queue-refused',
      message: 'Cannot send to the delivery queue: found 1 of 5 messages refused (InternalError), wanted none',
    })
    expect(sent()).toHaveLength(7)
    mock.restore()
  })

  test('an entry that will never do is not sent again', async () => {
    const { mock, sent } = mocked((_call, ids) => ids.slice(0, 1), true)
    await expect(sendAll(client, 'url', outgoing(2), 'delivery', pause)).rejects.toMatchObject({
      kind: 'queue-refused',
    })
    expect(sent()).toHaveLength(1)
    mock.restore()
  })

  test('an entry that the answer does not name counts as refused', async () => {
    const mock = mockClient(SQSClient)
    mock
      .on(SendMessageBatchCommand)
      .resolves({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: 'x' }], Failed: [] })
    await expect(sendAll(client, 'url', outgoing(2), 'delivery', pause)).rejects.toMatchObject({
      message: 'Cannot send to the delivery queue: found 1 of 2 messages refused (no answer), wanted none',
    })
    mock.restore()
  })

  test('a call that fails is a fault with the error’s name', async () => {
    const mock = mockClient(SQSClient)
    mock.on(SendMessageBatchCommand).rejects(Object.assign(new Error('SECRET'), { name: 'QueueDoesNotExist' }))
    await expect(sendAll(client, 'url', outgoing(2), 'delivery', pause)).rejects.toMatchObject({
      kind: 'queue-refused',
      message: 'Cannot send to the delivery queue: found QueueDoesNotExist, wanted an answer',
    })
    mock.restore()
  })

  test('after a failure no further call is made, and those under way are waited for', async () => {
    const mock = mockClient(SQSClient)
    let started = 0
    let finished = 0
    mock.on(SendMessageBatchCommand).callsFake(async ({ Entries }: SendMessageBatchCommandInput) => {
      const isFirst = ++started === 1
      await new Promise((resolve) => setTimeout(resolve, isFirst ? 1 : 20))
      finished++
      if (isFirst) throw Object.assign(new Error('no'), { name: 'AccessDenied' })
      return { Successful: (Entries ?? []).map(({ Id }) => ({ Id })) }
    })
    await expect(sendAll(client, 'url', outgoing(1_000), 'delivery', pause)).rejects.toMatchObject({
      kind: 'queue-refused',
    })
    expect([started, finished]).toEqual([8, 8])
    mock.restore()
  })

  test('at most eight calls are under way at a time, and each message carries its group', async () => {
    const mock = mockClient(SQSClient)
    let underWay = 0
    let most = 0
    const groups = new Set<string | undefined>()
    mock.on(SendMessageBatchCommand).callsFake(async ({ Entries }: SendMessageBatchCommandInput) => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
      for (const { MessageGroupId } of Entries ?? []) groups.add(MessageGroupId)
      return { Successful: (Entries ?? []).map(({ Id }) => ({ Id })) }
    })
    await sendAll(client, 'url', outgoing(500), 'delivery', pause)
    expect([most, [...groups]]).toEqual([8, ['hook']])
    mock.restore()
  })

  test('a claim is kept before its key goes into the queue, and not sent when it could not be kept', async () => {
    const mock = mockClient(SQSClient)
    const steps: string[] = []
    mock.on(SendMessageBatchCommand).callsFake(async ({ Entries }: SendMessageBatchCommandInput) => {
      steps.push('send')
      return { Successful: (Entries ?? []).map(({ Id }) => ({ Id })) }
    })
    const large = messageOf(1, JSON.stringify('x'.repeat(1_100_000)))
    const none = { sendMany: async () => {} }
    const keeping = { put: async () => void steps.push('put') }
    await outbox({ sqs: client, queueUrl: 'url', claims: keeping, deadLetters: none }).send([large])
    expect(steps).toEqual(['put', 'send'])
    const failing = { put: () => Promise.reject(new Error('no bucket')) }
    await expect(
      outbox({ sqs: client, queueUrl: 'url', claims: failing, deadLetters: none }).send([large]),
    ).rejects.toThrow('no bucket')
    expect(steps).toEqual(['put', 'send'])
    mock.restore()
  })
})
