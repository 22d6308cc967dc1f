import type { SQSRecord } from 'aws-lambda'
import type { Receipts } from '../functions/deliver/ports.ts'
import { recordOf } from './records.ts'

/** Above these shares a group is noisy; of messages in flight it must have so many besides. */
const NOISY_SHARE = 0.1
const NOISY_IN_FLIGHT = 30

/** How long what was used of the consumers' time counts, falling off; AWS says "recent" only. */
const RECENT_MS = 60_000

interface Stored {
  readonly messageId: string
  readonly group: string
  readonly body: string
  readonly sentAtMs: number
  receives: number
  firstReceivedAtMs: number | undefined
}

/** A message that may be received, and its place among all that may. */
interface Visible {
  readonly message: Stored
  readonly place: number
}

interface Group {
  readonly visible: Visible[]
  inFlight: number
  /** Message-milliseconds in flight, recently. */
  usedMs: number
}

/**
 * A standard queue of SQS in memory. `fair`: as AWS documents fair queues (messages of noisy groups come after all others, and among the
 * noisy those of whom least is in flight), except that it is judged anew at every receipt. Otherwise the oldest come first, whoever's
 * they are, which is the worst that a queue can do.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
export class FairQueue implements Receipts {
  readonly #isFair: boolean
  readonly #groups = new Map<string, Group>()
  readonly #inFlight = new Map<string, Stored>()
  readonly #waiting: (() => void)[] = []
  #sent = 0
  #places = 0
  #countedAtMs = Date.now()

  constructor(isFair: boolean) {
    this.#isFair = isFair
  }

  put(group: string, body: string): void {
    const messageId = `m${++this.#sent}`
    this.#show({ messageId, group, body, sentAtMs: Date.now(), receives: 0, firstReceivedAtMs: undefined })
  }

  /** Waits until there is at least one. */
  async receive(most: number): Promise<SQSRecord[]> {
    for (;;) {
      const taken = this.#take(most)
      if (taken.length > 0) return taken.map(recordOfStored)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  remove(messageId: string): void {
    this.#endFlight(messageId)
  }

  /** As `ChangeMessageVisibility`: until it is visible again it is in flight, though nobody works on it. */
  async postpone({ receiptHandle }: { readonly receiptHandle: string }, delayMs: number): Promise<void> {
    if (!this.#inFlight.has(receiptHandle)) throw new TypeError(`The message ${receiptHandle} is not in flight`)
    setTimeout(() => this.#show(this.#endFlight(receiptHandle)), Math.ceil(delayMs / 1000) * 1000)
  }

  #show(message: Stored): void {
    this.#groupOf(message.group).visible.push({ message, place: ++this.#places })
    this.#waiting.shift()?.()
  }

  #take(most: number): Stored[] {
    this.#count()
    const groups = [...this.#groups.values()]
    const usedInAllMs = groups.reduce((sum, { usedMs }) => sum + usedMs, 0)
    const noisy = new Set(this.#isFair ? groups.filter((group) => this.#isNoisy(group, usedInAllMs)) : [])
    const taken: Stored[] = []
    while (taken.length < most) {
      const message = firstOf(groups, noisy)?.visible.shift()?.message
      if (message === undefined) break
      this.#groupOf(message.group).inFlight++
      this.#inFlight.set(message.messageId, message)
      message.receives++
      message.firstReceivedAtMs ??= Date.now()
      taken.push(message)
    }
    return taken
  }

  #isNoisy({ inFlight, usedMs }: Group, usedInAllMs: number): boolean {
    const hasMany = inFlight >= NOISY_IN_FLIGHT && inFlight > NOISY_SHARE * this.#inFlight.size
    return hasMany || usedMs > NOISY_SHARE * usedInAllMs
  }

  /** Brings up to date what each group has used. */
  #count(): void {
    const nowMs = Date.now()
    const passedMs = nowMs - this.#countedAtMs
    this.#countedAtMs = nowMs
    for (const group of this.#groups.values()) {
      group.usedMs = group.usedMs * Math.exp(-passedMs / RECENT_MS) + group.inFlight * passedMs
    }
  }

  #endFlight(messageId: string): Stored {
    const message = this.#inFlight.get(messageId)
    if (message === undefined) throw new TypeError(`The message ${messageId} is not in flight`)
    this.#count()
    this.#inFlight.delete(messageId)
    this.#groupOf(message.group).inFlight--
    return message
  }

  #groupOf(name: string): Group {
    const group = this.#groups.get(name) ?? { visible: [], inFlight: 0, usedMs: 0 }
    this.#groups.set(name, group)
    return group
  }
}

/** The group whose turn it is: the quiet one that waits longest, else the noisy one that has least in flight. */
function firstOf(groups: readonly Group[], noisy: ReadonlySet<Group>): Group | undefined {
  const ready = groups.filter(({ visible }) => visible.length > 0)
  const quiet = ready.filter((group) => !noisy.has(group))
  return quiet.length > 0 ? leastOf(quiet, placeOf) : leastOf(ready, ({ inFlight }) => inFlight)
}

function placeOf({ visible }: Group): number {
  return visible[0]?.place ?? Number.POSITIVE_INFINITY
}

function leastOf(groups: readonly Group[], by: (group: Group) => number): Group | undefined {
  return groups.reduce<Group | undefined>((least, group) => {
    return least === undefined || by(group) < by(least) ? group : least
  }, undefined)
}

function recordOfStored({ messageId, group, body, sentAtMs, firstReceivedAtMs, receives }: Stored): SQSRecord {
  const record = recordOf(messageId, body, group)
  const ApproximateFirstReceiveTimestamp = String(firstReceivedAtMs)
  const attributes = { ...record.attributes, SentTimestamp: String(sentAtMs), ApproximateFirstReceiveTimestamp }
  return { ...record, attributes: { ...attributes, ApproximateReceiveCount: String(receives) } }
}
