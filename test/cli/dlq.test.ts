import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeadLetters } from '../../cli/dead-letters.ts'
import type { Letter } from '../../cli/letter.ts'
import { type DeadLetter, encodeDeadLetter } from '../../shared/dead-letter.ts'
import { encode, type Message } from '../../shared/message.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'
import { pollhook } from './surroundings.ts'

const MESSAGE: Message = {
  v: 1,
  destination: 'soc',
  source: { id: 'prod-tines', type: 'tines' },
  events: [{ id: 'evt_1', type: 'tines.event', time: '2026-05-01T10:00:00Z', raw: '{"n":9007199254740993}' }],
}
const REFUSED: DeadLetter = {
  v: 1,
  deadLetter: {
    kind: 'refused',
    reason: 'the receiver answered 400',
    source: 'prod-tines',
    destination: 'soc',
    status: 400,
    reply: 'no',
  },
  body: encode(MESSAGE),
}
const BROKEN: DeadLetter = {
  v: 1,
  deadLetter: { kind: 'malformed-record', reason: 'found id: missing', source: 'prod-tines' },
  body: '{"no":"id"}',
}

let deployment: LocalDeployment
beforeEach(async () => {
  deployment = await openLocalDeployment()
})
afterEach(() => deployment.close())

const dlq = (...args: string[]) => pollhook(['dlq', ...args, '--local', '--data', deployment.dataDir])
const bury = (body: string) =>
  deployment.sqs.send(new SendMessageCommand({ QueueUrl: deployment.deadLetterQueueUrl, MessageBody: body }))
const idOf = async (kind: string) => {
  const { letters } = JSON.parse((await dlq('list', '--json')).out.join())
  return letters.find((letter: { kind: string }) => letter.kind === kind)?.id
}
async function all(batches: AsyncIterable<readonly Letter[]>): Promise<Letter[]> {
  const letters: Letter[] = []
  for await (const batch of batches) letters.push(...batch)
  return letters
}
async function delivered() {
  const command = new ReceiveMessageCommand({ QueueUrl: deployment.queueUrl, MaxNumberOfMessages: 10 })
  const { Messages = [] } = await deployment.sqs.send(command)
  return Messages.map(({ Body }) => Body)
}

describe('pollhook dlq', () => {
  test('says that there is nothing', async () => {
    expect(await dlq('list')).toEqual({ code: 0, out: ['No dead letters'], err: [] })
  })

  test('lists what is there and why, and leaves it there', async () => {
    await bury(encodeDeadLetter(REFUSED))
    await bury(encode({ ...MESSAGE, destination: 'hook' }))
    const first = await dlq('list')
    expect(first.code).toBe(1)
    expect(first.out.at(-1)).toBe('2 dead letters')
    const lines = first.out.slice(0, -1).map((line) => line.replace(/^\w{8} {2}\S+ +/, ''))
    expect(lines.sort()).toEqual([
      'prod-tines → hook  too-many-receives  1 event  received too often without an outcome',
      'prod-tines → soc   refused            1 event  the receiver answered 400',
    ])
    expect((await dlq('list')).out.at(-1)).toBe('2 dead letters')
  })

  test('list shows no content of an event; show does when it is asked for the body', async () => {
    await bury(encodeDeadLetter(REFUSED))
    const id = await idOf('refused')
    expect((await dlq('list', '--json')).out.join()).not.toContain('9007199254740993')
    expect((await dlq('show', id)).out.join()).not.toContain('9007199254740993')
    expect((await dlq('show', id)).out.join('\n')).toContain('"status": 400')
    expect((await dlq('show', id, '--body')).out.join()).toContain('9007199254740993')
  })

  test('replays a message as it was, to its destination, and takes the letter out', async () => {
    await bury(encodeDeadLetter(REFUSED))
    expect(await dlq('replay', await idOf('refused'))).toEqual({ code: 0, out: ['Sent 1 message again'], err: [] })
    expect(await delivered()).toEqual([encode(MESSAGE)])
    expect((await dlq('list')).out).toEqual(['No dead letters'])
  })

  test('replays a letter whose body is in the bucket by its claim', async () => {
    await bury(
      encodeDeadLetter({
        ...REFUSED,
        deadLetter: { ...REFUSED.deadLetter, claim: 'claims/dead-letters/x.json' },
        body: '',
      }),
    )
    await dlq('replay', '--all')
    expect(await delivered()).toEqual(['{"v":1,"destination":"soc","claim":"claims/dead-letters/x.json"}'])
  })

  test('replays into the group of the destination, and removes only what the queue has taken', async () => {
    const client = new SQSClient({ region: 'us-east-1' })
    const sqs = mockClient(client)
    const received = { Messages: [{ MessageId: 'm', ReceiptHandle: 'r', Body: encodeDeadLetter(REFUSED) }] }
    sqs.on(ReceiveMessageCommand).resolvesOnce(received).resolves({})
    sqs
      .on(SendMessageBatchCommand)
      .rejectsOnce(new Error('refused'))
      .resolves({ Successful: [{ Id: '0' } as never] })
    sqs.on(DeleteMessageBatchCommand).resolves({})
    const queue = new DeadLetters({ ...deployment, sqs: client, local: true })
    const letters = await all(queue.take(10))
    await expect(queue.replay(letters)).rejects.toMatchObject({ kind: 'queue-refused' })
    expect(sqs.commandCalls(DeleteMessageBatchCommand)).toEqual([])
    expect(await queue.replay(letters)).toEqual([])
    expect(sqs.commandCalls(SendMessageBatchCommand).at(-1)?.args[0].input).toEqual({
      QueueUrl: deployment.queueUrl,
      Entries: [{ Id: '0', MessageBody: encode(MESSAGE), MessageGroupId: 'soc' }],
    })
    expect(sqs.commandCalls(DeleteMessageBatchCommand).map(({ args }) => args[0].input)).toEqual([
      { QueueUrl: deployment.deadLetterQueueUrl, Entries: [{ Id: '0', ReceiptHandle: 'r' }] },
    ])
  })

  test('looks on while letters come back that it has seen, and puts back what it did not take out, by the last handle', async () => {
    const client = new SQSClient({ region: 'us-east-1' })
    const sqs = mockClient(client)
    const letter = (MessageId: string, ReceiptHandle: string) => ({ MessageId, ReceiptHandle, Body: '{}' })
    const first = { Messages: [letter('a', 'a1')] }
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce(first)
      .resolvesOnce({ Messages: [letter('a', 'a2')] })
      .resolvesOnce({ Messages: [letter('a', 'a3')] })
      .resolvesOnce({ Messages: [letter('b', 'b1'), letter('a', 'a4')] })
      .resolves({ Messages: [letter('a', 'a5')] })
    sqs.on(DeleteMessageBatchCommand).resolves({ Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }] })
    const queue = new DeadLetters({ ...deployment, sqs: client, local: true })
    const found = await all(queue.take(10))
    expect(found.map(({ messageId }) => messageId)).toEqual(['a', 'b'])
    expect(sqs.commandCalls(ReceiveMessageCommand)).toHaveLength(4 + 3)
    await expect(queue.remove(found)).rejects.toMatchObject({
      message: 'Cannot take letters out of the dead-letter queue: found 1 of 2 left, wanted none',
    })
    await queue.putBack()
    expect(sqs.commandCalls(ChangeMessageVisibilityBatchCommand).map(({ args }) => args[0].input.Entries)).toEqual([
      [{ Id: '0', ReceiptHandle: 'a5', VisibilityTimeout: 0 }],
    ])
  })

  test('does not replay a broken record, and keeps it', async () => {
    await bury(encodeDeadLetter(BROKEN))
    const id = await idOf('malformed-record')
    expect(await dlq('replay', '--all')).toEqual({
      code: 1,
      out: [
        `Cannot replay ${id}: found a letter of kind malformed-record, which holds no message`,
        'Sent 0 messages again',
      ],
      err: [],
    })
    expect((await dlq('list')).out.at(-1)).toBe('1 dead letter')
  })

  test('--source and --destination choose', async () => {
    await bury(encodeDeadLetter(REFUSED))
    await bury(encode({ ...MESSAGE, destination: 'hook' }))
    expect((await dlq('drop', '--all', '--destination', 'hook')).out).toEqual(['Dropped 1 dead letter'])
    expect((await dlq('list', '--destination', 'soc')).out.at(-1)).toBe('1 dead letter')
    expect((await dlq('list', '--source', 'other')).out).toEqual(['No dead letters'])
  })

  test('--reason chooses a kind, or a word of the reason, and is enough to replay', async () => {
    await bury(encodeDeadLetter(REFUSED))
    await bury(
      encodeDeadLetter({ ...REFUSED, deadLetter: { ...REFUSED.deadLetter, kind: 'given-up', reason: 'x 503' } }),
    )
    await bury(encode({ ...MESSAGE, destination: 'hook' }))
    expect((await dlq('list', '--reason', '400')).out.at(-1)).toBe('1 dead letter')
    expect((await dlq('list', '--reason', 'too-many-receives')).out.at(-1)).toBe('1 dead letter')
    expect((await dlq('replay', '--reason', 'given-up')).out).toEqual(['Sent 1 message again'])
    expect((await dlq('replay', '--destination', 'soc', '--reason', 'refused')).out).toEqual(['Sent 1 message again'])
    expect((await dlq('list')).out.at(-1)).toBe('1 dead letter')
  })

  test('--since and --until choose by when a letter was buried', async () => {
    await bury(encodeDeadLetter(REFUSED))
    const inTwoHours = { now: new Date(Date.now() + 7_200_000) }
    const later = (...args: string[]) => pollhook(['dlq', ...args, '--local', '--data', deployment.dataDir], inTwoHours)
    expect((await later('list', '--since', '1h')).out).toEqual(['No dead letters'])
    expect((await later('list', '--since', '3h', '--until', '1h')).out.at(-1)).toBe('1 dead letter')
    expect((await later('replay', '--until', '3h')).out).toEqual(['Sent 0 messages again'])
    expect(await later('replay', '--since', '3h', '--json')).toEqual({
      code: 0,
      out: ['{"ok":true,"replayed":1,"left":[]}'],
      err: [],
    })
    expect(await delivered()).toEqual([encode(MESSAGE)])
  })

  test('works off more letters than SQS hands out at once, and tells somebody at a terminal how far it is', async () => {
    for (let batch = 0; batch < 52; batch++) {
      const Entries = Array.from({ length: 10 }, (_, n) => ({
        Id: `${n}`,
        MessageBody: encode({ ...MESSAGE, destination: batch === 51 ? 'hook' : 'soc' }),
      }))
      const command = new SendMessageBatchCommand({ QueueUrl: deployment.deadLetterQueueUrl, Entries })
      await deployment.sqs.send(command)
    }
    const args = ['dlq', 'replay', '--destination', 'soc', '--local', '--data', deployment.dataDir]
    const { code, out, err } = await pollhook(args, { answer: '' })
    expect([code, out]).toEqual([0, ['Sent 510 messages again']])
    expect(err).toEqual([expect.stringMatching(/^500 dead letters looked through, \d+ sent again$/)])
    expect((await dlq('list', '--json')).out.join()).toContain('"destination":"hook"')
    expect((await dlq('list')).out.at(-1)).toBe('10 dead letters')
    expect((await dlq('drop', '--all', '--most', '4')).out).toEqual(['Dropped 4 dead letters'])
  })

  test('drops the named one alone', async () => {
    await bury(encodeDeadLetter(REFUSED))
    await bury(encodeDeadLetter(BROKEN))
    await dlq('drop', await idOf('refused'))
    expect(await idOf('refused')).toBe(undefined)
    expect(await idOf('malformed-record')).toMatch(/^\w{8}$/)
    expect(await delivered()).toEqual([])
  })

  test('an unknown id changes nothing', async () => {
    await bury(encodeDeadLetter(REFUSED))
    expect(await dlq('drop', await idOf('refused'), 'ffffffff')).toMatchObject({
      code: 2,
      err: ['Cannot find the dead letter ffffffff: see pollhook dlq list (see pollhook help)'],
    })
    expect((await dlq('list')).out.at(-1)).toBe('1 dead letter')
  })
})
