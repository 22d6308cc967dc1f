import { SQSClient } from '@aws-sdk/client-sqs'
import { Configurations } from '../../functions/deliver/configurations.ts'
import { createDeliver, type Deliver } from '../../functions/deliver/deliver.ts'
import { DESTINATIONS } from '../../functions/deliver/destinations/registry.ts'
import { deliverRecords } from '../../functions/deliver/records.ts'
import { Tokens } from '../../functions/deliver/tokens.ts'
import { cut } from '../../functions/poll/cut.ts'
import { REGION } from '../../local/emulators/emulator.ts'
import type { SimulatedReceiver } from '../../local/receivers/receiver.ts'
import { type RequestFault, type ServedReceiver, serveReceiver } from '../../local/receivers/serve.ts'
import { simulatedTines } from '../../local/vendors/tines.ts'
import { requestSigner } from '../../shared/aws/sign-request.ts'
import { parseDestination } from '../../shared/config/destination-config.ts'
import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { DeadLetter } from '../../shared/dead-letter.ts'
import { eventId } from '../../shared/event-id.ts'
import { createSend } from '../../shared/http/client.ts'
import { encode } from '../../shared/message.ts'
import { MemoryCircuitStore } from '../fakes/circuit-store.ts'
import { MemoryClaims } from '../fakes/claims.ts'
import { MemoryProgressStore } from '../fakes/progress-store.ts'
import { MemoryRateStore } from '../fakes/rate-store.ts'
import { MemorySecretStore } from '../fakes/secret-store.ts'
import { MemorySlotStore } from '../fakes/slot-store.ts'
import { DeliveryQueue } from '../functions/deliver/queue.ts'

const SOURCE = { id: 'prod-tines', type: 'tines' }
const PARAMETER = '/pollhook/destinations/siem'
const FUNCTION_MS = 60_000

/** Messages in the queue at a time: it looks at each of them for every receipt. */
const AT_ONCE = 500

/** So many events of a vendor, one every 100 ms, the last one a minute ago. */
export function vendorEvents(count: number): OutgoingEvent[] {
  const log = simulatedTines().open(7)
  const endMs = Date.now() - 60_000
  return Array.from({ length: count }, (_, number) => {
    const at = new Date(endMs - (count - number) * 100)
    const { id, raw } = log.emit(at)
    return { id: eventId(SOURCE.id, id), type: 'tines.event', time: at.toISOString(), raw }
  })
}

/**
 * Delivers to a simulated receiver, over real connections to 127.0.0.1, from a queue in simulated time: what waits for hours is
 * tried at once.
 */
export class SiemRun {
  readonly letters: DeadLetter[] = []
  /** What deliver said of failures of its own; each is a defect. */
  readonly failures: string[] = []
  /** The ids that were stored by requests whose answers got lost. */
  readonly unsure = new Set<string>()
  requests = 0
  readonly #receiver: SimulatedReceiver
  readonly #served: ServedReceiver
  readonly #queue: DeliveryQueue
  #nowMs = Date.now()

  private constructor(receiver: SimulatedReceiver, served: ServedReceiver) {
    this.#receiver = receiver
    this.#served = served
    this.#queue = new DeliveryQueue(() => this.#nowMs)
  }

  /** @param fault asked for each request */
  static async open(receiver: SimulatedReceiver, fault: () => RequestFault): Promise<SiemRun> {
    let current: RequestFault = 'none'
    const watched: SimulatedReceiver = {
      ...receiver,
      answer(request) {
        const before = receiver.stored().length
        const answer = receiver.answer(request)
        if (current === 'answer-lost') for (const { id } of receiver.stored().slice(before)) run.unsure.add(id)
        return answer
      },
    }
    const served = await serveReceiver(watched, {
      port: 0,
      fault: () => {
        run.requests++
        current = fault()
        return current
      },
    })
    const run = new SiemRun(receiver, served)
    return run
  }

  close(): Promise<void> {
    return this.#served.close()
  }

  /** Cuts, queues and delivers until the queue is empty. @param fields of the configuration, besides those for the receiver */
  async deliver(events: readonly OutgoingEvent[], fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { type } = this.#receiver
    const text = JSON.stringify({ type, ...fields, ...this.#receiver.settings(this.#served.url) })
    const { id, batch, filter } = parseDestination(PARAMETER, text, DESTINATIONS)
    const messages = cut(events, SOURCE, [{ id, batch, filter }])
    const deliver = this.#function(text)
    for (let at = 0; at < messages.length; at += AT_ONCE) {
      for (const message of messages.slice(at, at + AT_ONCE)) this.#queue.put(encode(message))
      await this.#drain(deliver)
    }
  }

  async #drain(deliver: Deliver): Promise<void> {
    for (let next = this.#queue.nextVisibleAtMs(); next !== undefined; next = this.#queue.nextVisibleAtMs()) {
      this.#nowMs = Math.max(this.#nowMs, next)
      await this.#invoke(deliver)
    }
  }

  #function(text: string): Deliver {
    const now = () => new Date(this.#nowMs)
    const send = createSend({ local: true })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return createDeliver({
      destinations: new Configurations({
        text: async () => text,
        parse: (parameter, found) => parseDestination(parameter, found, DESTINATIONS),
        prefix: '/pollhook',
        now,
      }),
      secrets: new MemorySecretStore({ ...this.#receiver.secrets(this.#served.url) }),
      circuits: new MemoryCircuitStore(),
      progress: new MemoryProgressStore(),
      rates: new MemoryRateStore(),
      slots: new MemorySlotStore(),
      claims: new MemoryClaims(),
      deadLetters: { send: async (letter) => void this.letters.push(letter) },
      send,
      tokens: new Tokens({ send, now, uuid: () => crypto.randomUUID() }),
      sign: requestSigner(new SQSClient({ region: REGION, credentials }), now),
      log: (level, event, fields) => {
        if (level === 'error') this.failures.push(`${event} ${fields.reason} ${fields.stack}`)
      },
      now,
      random: Math.random,
    })
  }

  async #invoke(deliver: Deliver): Promise<void> {
    const records = this.#queue.receive(10)
    const { batchItemFailures } = await deliverRecords(records, new Date(this.#nowMs + FUNCTION_MS), deliver, {
      receipts: this.#queue,
      log: (level, event, fields) => {
        if (level === 'error') this.failures.push(`${event} ${fields.reason} ${fields.stack}`)
      },
      emit: () => {},
      now: () => new Date(this.#nowMs),
      random: Math.random,
    })
    const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { messageId } of records) if (!kept.has(messageId)) this.#queue.remove(messageId)
  }
}
