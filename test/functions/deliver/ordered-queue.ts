import type { SQSRecord } from 'aws-lambda'
import type { Receipts } from '../../../functions/deliver/ports.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { effect, type Interrupt } from '../../fakes/interrupt.ts'

const ARN = 'arn:aws:sqs:eu-west-1:000000000000:pollhook-ordered.fifo'
const VISIBILITY_MS = 6 * 60_000
const LONGEST_VISIBILITY_MS = 12 * 3_600_000
const RETENTION_MS = 14 * 86_400_000

interface Stored {
  readonly messageId: string
  readonly group: string
  readonly body: string
  readonly sentAtMs: number
  firstReceivedAtMs: number | undefined
  receivedAtMs: number
  visibleAtMs: number
  receives: number
}

/**
 * A queue that keeps the order, as SQS documents it, in simulated time: while any message of a group is in flight, none of the group is
 * received; from a free group come as many as there is room for, in the order in which they were sent
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html). A receipt handle
 * is of no use once the message is visible again. It has no dead-letter queue. Effect: `postpone`.
 */
export class OrderedQueue implements Receipts {
  readonly #messages = new Map<string, Stored>()
  readonly #now: () => number
  readonly #interrupt: Interrupt | undefined
  #sent = 0
  /** What SQS deleted because it was too old. */
  readonly expired: string[] = []

  constructor(now: () => number, interrupt?: Interrupt) {
    this.#now = now
    this.#interrupt = interrupt
  }

  put(group: string, body: string): void {
    const messageId = `m${++this.#sent}`
    const sentAtMs = this.#now()
    const unseen = { firstReceivedAtMs: undefined, receivedAtMs: 0, visibleAtMs: sentAtMs, receives: 0 }
    this.#messages.set(messageId, { messageId, group, body, sentAtMs, ...unseen })
  }

  get size(): number {
    return this.#messages.size
  }

  /** When the next message can be received; undefined when there is none. */
  nextVisibleAtMs(): number | undefined {
    const freeAtMs = new Map<string, number>()
    for (const { group, visibleAtMs } of this.#messages.values()) {
      freeAtMs.set(group, Math.max(freeAtMs.get(group) ?? 0, visibleAtMs))
    }
    return freeAtMs.size === 0 ? undefined : Math.min(...freeAtMs.values())
  }

  receive(most: number): SQSRecord[] {
    const nowMs = this.#now()
    for (const { messageId, body, sentAtMs } of this.#messages.values()) {
      if (nowMs - sentAtMs < RETENTION_MS) continue
      this.expired.push(body)
      this.#messages.delete(messageId)
    }
    const messages = [...this.#messages.values()]
    const blocked = new Set(messages.filter(({ visibleAtMs }) => visibleAtMs > nowMs).map(({ group }) => group))
    const free = messages.filter(({ group }) => !blocked.has(group))
    return free.slice(0, most).map((message) => {
      message.receives++
      message.receivedAtMs = nowMs
      message.firstReceivedAtMs ??= nowMs
      message.visibleAtMs = nowMs + VISIBILITY_MS
      return recordOf(message)
    })
  }

  remove(receiptHandle: string): void {
    const message = this.#inFlight(receiptHandle)
    if (message !== undefined) this.#messages.delete(message.messageId)
  }

  async postpone({ receiptHandle }: { readonly receiptHandle: string }, delayMs: number): Promise<void> {
    effect(this.#interrupt, 'postpone', () => {
      const message = this.#inFlight(receiptHandle)
      if (message === undefined) throw new Fault('queue-refused', 'Cannot postpone: found no such message in flight')
      const visibleAtMs = this.#now() + Math.ceil(delayMs / 1000) * 1000
      if (visibleAtMs - message.receivedAtMs > LONGEST_VISIBILITY_MS) {
        throw new Fault('queue-refused', 'Cannot postpone: found more than 12 hours since the receipt')
      }
      message.visibleAtMs = visibleAtMs
    })
  }

  #inFlight(receiptHandle: string): Stored | undefined {
    const [messageId = '', receives] = receiptHandle.split('#')
    const message = this.#messages.get(messageId)
    const isInFlight = message !== undefined && message.visibleAtMs > this.#now() && `${message.receives}` === receives
    return isInFlight ? message : undefined
  }
}

function recordOf({ messageId, group, body, sentAtMs, firstReceivedAtMs, receives }: Stored): SQSRecord {
  return {
    messageId,
    receiptHandle: `${messageId}#${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMs),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
      SenderId: 'AROAEXAMPLE:poll',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: ARN,
    awsRegion: 'eu-west-1',
  }
}
