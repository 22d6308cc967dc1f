import type { SQSRecord } from 'aws-lambda'
import { expect, it } from 'vitest'
import type { Deliver } from '../../../functions/deliver/deliver.ts'
import { deliverRecords } from '../../../functions/deliver/records.ts'
import { Tally } from '../../../functions/deliver/tally.ts'
import { body, MINUTE, START, World } from './world.ts'

const ORDERED = 'arn:aws:sqs:eu-west-1:000000000000:pollhook-ordered.fifo'

function record(messageId: string, group: string, eventSourceARN = ORDERED): SQSRecord {
  return {
    messageId,
    receiptHandle: messageId,
    body: messageId,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(START),
      ApproximateFirstReceiveTimestamp: String(START),
      SenderId: 'poll',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'eu-west-1',
  }
}

/** One invocation; `failing` have to stay for five minutes. */
async function invoke(records: readonly SQSRecord[], failing: readonly string[]) {
  const [begun, ended, postponed]: [string[], string[], [string, number][]] = [[], [], []]
  const deliver: Deliver = async ({ messageId }) => {
    begun.push(messageId)
    await new Promise((resolve) => setImmediate(resolve))
    ended.push(messageId)
    return failing.includes(messageId) ? { kind: 'later', delayMs: 5 * MINUTE } : { kind: 'acknowledge' }
  }
  const { batchItemFailures } = await deliverRecords(records, new Date(START + MINUTE), deliver, {
    receipts: { postpone: async ({ receiptHandle }, delayMs) => void postponed.push([receiptHandle, delayMs]) },
    log: () => {},
    emit: () => {},
    now: () => new Date(START),
    random: () => 0.5,
  })
  return { begun, ended, postponed, kept: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) }
}

it('what keeps its order is delivered one after the other, other groups at the same time', async () => {
  const records = [record('a1', 'a'), record('a2', 'a'), record('b1', 'b')]
  const { begun, kept } = await invoke(records, [])
  expect(begun).toEqual(['a1', 'b1', 'a2'])
  expect(kept).toEqual([])
})

it('nothing is delivered before what stands in front of it in its group', async () => {
  const records = [record('a1', 'a'), record('a2', 'a'), record('a3', 'a'), record('b1', 'b')]
  const { ended, kept, postponed } = await invoke(records, ['a2'])
  expect(ended.sort()).toEqual(['a1', 'a2', 'b1'])
  expect(kept).toEqual(['a2', 'a3'])
  // The one behind is free at once, or its own time-out would hold the group up for longer than the one in front waits.
  expect(postponed).toEqual([
    ['a2', 300_000],
    ['a3', 0],
  ])
})

it('messages of the usual queue do not wait for each other, although they have groups', async () => {
  const usual = 'arn:aws:sqs:eu-west-1:000000000000:pollhook-delivery'
  const { begun, kept } = await invoke(
    ['a1', 'a2', 'a3'].map((id) => record(id, 'a', usual)),
    ['a1'],
  )
  expect(begun).toEqual(['a1', 'a2', 'a3'])
  expect(kept).toEqual(['a1'])
})

it('what was received more than 500 times is a dead letter, before anything is done with it', async () => {
  const world = new World()
  const deliver = world.environment()
  const received = {
    messageId: 'm1',
    body: body(['a']),
    sentAt: new Date(START),
    isOrdered: true,
    firstReceivedAt: new Date(START),
    receives: 501,
  }
  const invocation = { deadline: new Date(START + MINUTE), tally: new Tally(), secrets: new Map() }
  expect(await deliver(received, invocation)).toEqual({ kind: 'acknowledge' })
  expect(world.letters.map(({ body: text, deadLetter }) => [text, deadLetter.kind, deadLetter.reason])).toEqual([
    [received.body, 'given-up', 'given up after 501 receives: whoever had it could not finish'],
  ])
  expect(world.receiver.requests).toEqual([])
})
