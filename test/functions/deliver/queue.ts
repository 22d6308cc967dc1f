import type { SQSRecord } from 'aws-lambda'
import type { Receipts } from '../../../functions/deliver/ports.ts'
import { Fault } from '../../../shared/contracts/fault.ts'
import { effect, type Interrupt } from '../../fakes/interrupt.ts'

const VISIBILITY_MS = 6 * 60_000
const LONGEST_VISIBILITY_MS = 12 * 3_600_000
const RETENTION_MS = 14 * 86_400_000
const MAX_RECEIVES = 500

interface Stored {
  readonly messageId: string
  readonly body: string
  readonly sentAtMs: number
  firstReceivedAtMs: number | undefined
  receivedAtMs: number
  visibleAtMs: number
  receives: number
}

/** The delivery queue as SQS documents it, in simulated time. Effect: `postpone`. */
export class DeliveryQueue implements Receipts {
  readonly #messages = new Map<string, Stored>()
  readonly #now: () => number
  readonly #interrupt: Interrupt | undefined
  #sent = 0
  /** How Lambda names it. Other than in SQS, an order is not kept, whatever the name says. */
  arn = 'arn:aws:sqs:eu-west-1:000000000000:delivery'
  /** What SQS moved because it was received too often, and what it deleted because it was too old. */
  readonly moved: string[] = []
  readonly expired: string[] = []

  constructor(now: () => number, interrupt?: Interrupt) {
    this.#now = now
    this.#interrupt = interrupt
  }

  put(body: string): string {
    const messageId = `m${++this.#sent}`
    const sentAtMs = this.#now()
    const unseen = { firstReceivedAtMs: undefined, receivedAtMs: 0, visibleAtMs: sentAtMs, receives: 0 }
    this.#messages.set(messageId, { messageId, body, sentAtMs, ...unseen })
    return messageId
  }

  get size(): number {
    return this.#messages.size
  }

  /** When the next message can be received; undefined when there is none. */
  nextVisibleAtMs(): number | undefined {
    return this.size === 0 ? undefined : Math.min(...[...this.#messages.values()].map(({ visibleAtMs }) => visibleAtMs))
  }

  receives(messageId: string): number | undefined {
    return this.#messages.get(messageId)?.receives
  }

  receive(most: number): SQSRecord[] {
    const nowMs = this.#now()
    for (const { messageId, body, sentAtMs, receives, visibleAtMs } of this.#messages.values()) {
      const isOld = nowMs - sentAtMs >= RETENTION_MS
      if (!isOld && (visibleAtMs > nowMs || receives < MAX_RECEIVES)) continue
      ;(isOld ? this.expired : this.moved).push(body)
      this.#messages.delete(messageId)
    }
    const visible = [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= nowMs)
    return visible.slice(0, most).map((message) => {
      message.receives++
      message.receivedAtMs = nowMs
      message.firstReceivedAtMs ??= nowMs
      message.visibleAtMs = nowMs + VISIBILITY_MS
      return recordOf(message, this.arn)
    })
  }

  remove(messageId: string): void {
    this.#messages.delete(messageId)
  }

  async postpone({ receiptHandle }: { readonly receiptHandle: string }, delayMs: number): Promise<void> {
    effect(this.#interrupt, 'postpone', () => {
      const message = this.#messages.get(receiptHandle)
      if (message === undefined) throw new Fault('queue-refused', 'Cannot postpone: found no such message')
      const visibleAtMs = this.#now() + Math.ceil(delayMs / 1000) * 1000
      if (visibleAtMs - message.receivedAtMs > LONGEST_VISIBILITY_MS) {
        throw new Fault('queue-refused', 'Cannot postpone: found more than 12 hours since the receipt')
      }
      message.visibleAtMs = visibleAtMs
    })
  }
}

function recordOf(
  { messageId, body, sentAtMs, firstReceivedAtMs, receives }: Stored,
  eventSourceARN: string,
): SQSRecord {
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMs),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
      SenderId: 'AROAEXAMPLE:poll',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: 'eu-west-1',
  }
}
