import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs'
import { Fault } from '../contracts/fault.ts'
import { awsFault } from './aws-fault.ts'
import { inParallel } from './in-parallel.ts'
import { type Pause, untilDone } from './until-done.ts'

/**
 * The limits of one call (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html).
 * The bytes are those of all bodies together.
 */
const MAX_ENTRIES_PER_CALL = 10
export const MAX_BYTES_PER_CALL = 1_048_576

/** Calls under way at a time: enough to hide the latency of each, few enough for one function's memory. */
const MAX_CALLS = 8

/** One message on its way into a queue. */
export interface Outgoing {
  readonly body: string
  /** The body's length in UTF-8. */
  readonly bytes: number
  /** Keeps one destination's messages from delaying another's; absent on a queue that is not fair. */
  readonly group?: string
  /** On a queue that keeps the order: two messages with the same one within 5 minutes are one message. */
  readonly deduplicationId?: string
}

/**
 * Sends messages in as few calls as their sizes allow.
 *
 * @param queue names the queue in errors
 * @returns once the queue has accepted every message
 * @throws Fault `queue-refused`; some of the messages may be in the queue then
 */
export async function sendAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Outgoing[],
  queue: string,
  pause?: Pause,
): Promise<void> {
  await inParallel(pack(messages), MAX_CALLS, async (batch) => {
    await sendWhole(client, queueUrl, batch, queue, pause)
  })
}

/**
 * Sends messages to a queue that keeps the order (FIFO), those of a group one after the other. A call takes ten, but may refuse one
 * in their midst, which then would come after the others.
 *
 * @param messages each with a group and a deduplication id
 * @returns @throws as `sendAll`; of a group, what was accepted is a beginning of it
 */
export async function sendInOrder(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Outgoing[],
  queue: string,
  pause?: Pause,
): Promise<void> {
  const groups = [...Map.groupBy(messages, ({ group }) => group).values()]
  await inParallel(groups, MAX_CALLS, async (group) => {
    for (const message of group) await sendWhole(client, queueUrl, [message], queue, pause)
  })
}

/** Sends what fits into one call, again what the call refuses for the moment. @throws Fault `queue-refused` */
async function sendWhole(
  client: SQSClient,
  queueUrl: string,
  batch: readonly Outgoing[],
  queue: string,
  pause: Pause | undefined,
): Promise<void> {
  let codes: string[] = []
  const attempt = async (entries: readonly SendMessageBatchRequestEntry[]) => {
    const refused = await sendBatch(client, queueUrl, entries, queue)
    codes = [...refused.values()]
    return entries.filter(({ Id }) => Id !== undefined && refused.has(Id))
  }
  const undone = await untilDone(batch.map(entryOf), attempt, pause)
  if (undone.length > 0) throw refusal(queue, undone.length, batch.length, codes)
}

/** Groups of messages that fit into one call each, in order. */
export function pack(messages: readonly Outgoing[]): Outgoing[][] {
  const batches: Outgoing[][] = []
  let current: Outgoing[] = []
  let bytes = 0
  for (const message of messages) {
    if (current.length === MAX_ENTRIES_PER_CALL || bytes + message.bytes > MAX_BYTES_PER_CALL) {
      if (current.length > 0) batches.push(current)
      current = []
      bytes = 0
    }
    current.push(message)
    bytes += message.bytes
  }
  if (current.length > 0) batches.push(current)
  return batches
}

function entryOf({ body, group, deduplicationId }: Outgoing, index: number): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: body,
    ...(group !== undefined && { MessageGroupId: group }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
  }
}

/**
 * Makes one call, which answers 200 also when it refuses entries.
 *
 * @returns why, by the entry's id; an entry that the answer does not name counts as refused
 * @throws Fault `queue-refused` when the call fails, or when it refuses what it will refuse for ever
 */
async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  entries: readonly SendMessageBatchRequestEntry[],
  queue: string,
): Promise<ReadonlyMap<string, string>> {
  const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] })
  const answer = await client.send(command).catch((error: unknown) => {
    throw awsFault('queue-refused', `send to the ${queue} queue`, error)
  })
  const failed = answer.Failed ?? []
  const hopeless = failed.filter(({ SenderFault }) => SenderFault === true)
  if (hopeless.length > 0) {
    const codes = hopeless.map(({ Code }) => Code ?? 'no code')
    throw refusal(queue, hopeless.length, entries.length, codes)
  }
  const accepted = new Set((answer.Successful ?? []).map(({ Id }) => Id))
  const codeOf = new Map(failed.map(({ Id, Code }) => [Id, Code]))
  const refused = entries.filter(({ Id }) => !accepted.has(Id))
  return new Map(refused.map(({ Id }) => [Id ?? '', codeOf.get(Id) ?? 'no answer']))
}

function refusal(queue: string, refused: number, of: number, codes: readonly string[]): Fault {
  const found = `${refused} of ${of} messages refused (${[...new Set(codes)].join(', ')})`
  return new Fault('queue-refused', `Cannot send to the ${queue} queue: found ${found}, wanted none`)
}
