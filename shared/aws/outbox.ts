import type { SQSClient } from '@aws-sdk/client-sqs'
import type { MalformedRecord } from '../contracts/event.ts'
import { Fault } from '../contracts/fault.ts'
import { deliveryOf, encode, MAX_BODY_BYTES, type Message } from '../message.ts'
import type { Claims } from './claims.ts'
import type { DeadLetters } from './dead-letters.ts'
import { inParallel } from './in-parallel.ts'
import { type Outgoing, sendAll, sendInOrder } from './send-all.ts'
import type { Pause } from './until-done.ts'

/** Uploads under way at a time; each is above a megabyte. */
const MAX_UPLOADS = 4

/** The way out of a source: the delivery queue, and the dead-letter queue for records that cannot be events. */
export interface QueueOutbox {
  /**
   * Returns once the queue has accepted every message.
   *
   * @throws Fault `queue-refused`: some may be in the queue then; `configuration-invalid` when a message is to keep its order, and
   * the deployment has no queue for that: then none is
   */
  send(messages: readonly Message[]): Promise<void>
  /** Puts records that cannot be events into the dead-letter queue. @throws Fault `queue-refused` */
  quarantine(sourceId: string, records: readonly MalformedRecord[]): Promise<void>
}

export interface OutboxParts {
  readonly sqs: SQSClient
  /** The delivery queue. */
  readonly queueUrl: string
  /** The queue that keeps the order; undefined where the deployment has none. */
  readonly orderedQueueUrl?: string | undefined
  readonly claims: Pick<Claims, 'put'>
  readonly deadLetters: Pick<DeadLetters, 'sendMany'>
  /** Waits between attempts; replaced in tests. */
  readonly pause?: Pause
}

/**
 * The outbox in SQS. A message that is too large for the queue is put into `claims` first, under a key that follows from its
 * events, and its claim goes through the queue; sent again after a crash, it is the same object.
 */
export function outbox({ sqs, queueUrl, orderedQueueUrl, claims, deadLetters, pause }: OutboxParts): QueueOutbox {
  return {
    async send(messages) {
      const inOrder = messages.find(({ ordered }) => ordered === true)
      if (inOrder !== undefined && orderedQueueUrl === undefined) throw noOrder(inOrder)
      const outgoing = messages.map(outgoingOf)
      const large = messages.flatMap((message, index) => {
        const { body, bytes } = outgoing[index] ?? { body: '', bytes: 0 }
        return bytes > MAX_BODY_BYTES ? [{ message, index, body }] : []
      })
      await inParallel(large, MAX_UPLOADS, async ({ message, index, body }) => {
        outgoing[index] = await claimed(message, body, claims)
      })
      const [ordered, others] = [outgoing.filter(keepsOrder), outgoing.filter((each) => !keepsOrder(each))]
      await Promise.all([
        sendAll(sqs, queueUrl, others, 'delivery', pause),
        ...(orderedQueueUrl === undefined ? [] : [sendInOrder(sqs, orderedQueueUrl, ordered, 'ordered', pause)]),
      ])
    },

    async quarantine(sourceId, records) {
      const letters = records.map(({ raw, problem }) => {
        const reason = `Cannot read a record of source ${sourceId} as an event: found ${problem}`
        return { v: 1 as const, deadLetter: { reason, kind: 'malformed-record' as const, source: sourceId }, body: raw }
      })
      await deadLetters.sendMany(letters)
    },
  }
}

function outgoingOf(message: Message): Outgoing {
  const body = encode(message)
  return { body, bytes: Buffer.byteLength(body), ...routing(message) }
}

/**
 * How a message stands to the others: fair between destinations; where the order is kept, each source of each destination has an
 * order of its own, and what a dying run has sent already is not taken twice.
 */
function routing(message: Message): Pick<Outgoing, 'group' | 'deduplicationId'> {
  const { destination, source } = message
  if (message.ordered !== true) return { group: destination }
  return { group: groupInOrder(destination, source.id), deduplicationId: `${destination}/${deliveryOf(message).id}` }
}

/** The group of a destination's messages of one source, where the order is kept: at most 127 of the 128 characters that there may be. */
export function groupInOrder(destinationId: string, sourceId: string): string {
  return `${destinationId}/${sourceId}`
}

function keepsOrder({ deduplicationId }: Outgoing): boolean {
  return deduplicationId !== undefined
}

function noOrder({ destination }: Message): Fault {
  const wanted = 'wanted a deployment with orderedDelivery'
  const text = `Cannot send to ${destination} in order: found no queue that keeps the order, ${wanted}`
  return new Fault('configuration-invalid', text)
}

async function claimed(message: Message, text: string, claims: Pick<Claims, 'put'>): Promise<Outgoing> {
  const { destination } = message
  const claim = `claims/${destination}/${deliveryOf(message).id}.json`
  await claims.put(claim, text)
  const body = encode({ v: 1, destination, claim })
  return { body, bytes: Buffer.byteLength(body), ...routing(message) }
}
