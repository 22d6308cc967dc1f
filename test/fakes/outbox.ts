import type { QueueOutbox } from '../../shared/aws/outbox.ts'
import type { MalformedRecord } from '../../shared/contracts/event.ts'
import { type DeadLetter, deadLetter } from '../../shared/dead-letter.ts'
import { type Claim, decode, deliveryOf, encode, MAX_BODY_BYTES, type Message } from '../../shared/message.ts'
import { MemoryClaims } from './claims.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** As many as one call to the real queue takes: where it can stop half-way. */
const MESSAGES_PER_CALL = 10

/**
 * The queues in memory. Effects: `enqueue`, once for each ten messages; `claim`, for each one that is too large; `quarantine`,
 * once for each record.
 */
export class MemoryOutbox implements QueueOutbox {
  /** The bodies in the delivery queue, in the order they were accepted. */
  readonly queue: string[] = []
  /** The bodies in the dead-letter queue. */
  readonly deadLetterQueue: string[] = []
  readonly claims: MemoryClaims
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
    this.claims = new MemoryClaims(interrupt)
  }

  async send(messages: readonly Message[]): Promise<void> {
    const bodies: string[] = []
    for (const message of messages) bodies.push(await this.#bodyOf(message))
    for (let at = 0; at < bodies.length; at += MESSAGES_PER_CALL) {
      effect(this.#interrupt, 'enqueue', () => this.queue.push(...bodies.slice(at, at + MESSAGES_PER_CALL)))
    }
  }

  async quarantine(sourceId: string, records: readonly MalformedRecord[]): Promise<void> {
    for (const { raw, problem } of records) {
      const reason = `Cannot read a record of source ${sourceId} as an event: found ${problem}`
      const letter = { v: 1, deadLetter: { reason, kind: 'malformed-record', source: sourceId }, body: raw }
      effect(this.#interrupt, 'quarantine', () => this.deadLetterQueue.push(JSON.stringify(letter)))
    }
  }

  /** Every message in the queue, claims resolved. */
  messages(): Message[] {
    return this.queue.map((body) => {
      const message = decode(body)
      return isClaim(message) ? inline(this.claims.texts.get(message.claim)) : message
    })
  }

  letters(): DeadLetter[] {
    return this.deadLetterQueue.map((body) => deadLetter.parse(JSON.parse(body)))
  }

  async #bodyOf(message: Message): Promise<string> {
    const text = encode(message)
    if (Buffer.byteLength(text) <= MAX_BODY_BYTES) return text
    const claim = `claims/${message.destination}/${deliveryOf(message).id}.json`
    await this.claims.put(claim, text)
    return encode({ v: 1, destination: message.destination, claim })
  }
}

function isClaim(message: Message | Claim): message is Claim {
  return 'claim' in message
}

function inline(text: string | undefined): Message {
  const message = decode(text ?? '')
  if (isClaim(message)) throw new TypeError('A claim leads to another claim')
  return message
}
