import { Configurations } from '../../../functions/deliver/configurations.ts'
import { createDeliver, type Deliver } from '../../../functions/deliver/deliver.ts'
import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import type { LogFields } from '../../../functions/deliver/ports.ts'
import { deliverRecords } from '../../../functions/deliver/records.ts'
import type { DeliveryMetrics } from '../../../functions/deliver/tally.ts'
import { Tokens } from '../../../functions/deliver/tokens.ts'
import { parseDestination } from '../../../shared/config/destination-config.ts'
import type { AnyDestination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { Send } from '../../../shared/contracts/http.ts'
import type { DeadLetter } from '../../../shared/dead-letter.ts'
import { encode, type Message } from '../../../shared/message.ts'
import { MemoryCircuitStore } from '../../fakes/circuit-store.ts'
import { MemoryClaims } from '../../fakes/claims.ts'
import { effect, type Interrupt } from '../../fakes/interrupt.ts'
import { MemoryProgressStore } from '../../fakes/progress-store.ts'
import { MemoryRateStore } from '../../fakes/rate-store.ts'
import { Receiver } from '../../fakes/receiver.ts'
import { MemorySecretStore } from '../../fakes/secret-store.ts'
import { MemorySlotStore } from '../../fakes/slot-store.ts'
import { DeliveryQueue } from './queue.ts'

export const START = Date.parse('2026-05-01T10:00:00Z')
export const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000]

const HOOK = { type: 'webhook', url: 'https://hooks.example.com/secret-path?token=abc' }
const FUNCTION_MS = 60_000

export interface Line extends LogFields {
  readonly level: string
  readonly event: string
}

/** Everything outside the function, in simulated time: queue, stores, receiver, configuration. */
export class World {
  nowMs = START
  /** A number for each call in [0, 1). */
  random: () => number = () => 0.5
  /** How long each request takes. */
  requestMs = 0
  /** Waited for while a request is under way: other messages go on meanwhile. */
  underWay: () => Promise<void> = async () => {}
  readonly queue: DeliveryQueue
  readonly receiver: Receiver
  readonly circuits: MemoryCircuitStore
  readonly progress: MemoryProgressStore
  readonly rates: MemoryRateStore
  readonly slots: MemorySlotStore
  readonly claims: MemoryClaims
  readonly secrets: MemorySecretStore
  readonly letters: DeadLetter[] = []
  readonly lines: Line[] = []
  readonly metrics: DeliveryMetrics[] = []
  readonly #parameters = new Map<string, string>()
  readonly #registry: Readonly<Record<string, AnyDestination>>
  readonly #interrupt: Interrupt | undefined
  #deliver: Deliver
  configurationReads = 0

  constructor(options: { interrupt?: Interrupt; registry?: Readonly<Record<string, AnyDestination>> } = {}) {
    const { interrupt, registry = DESTINATIONS } = options
    this.#interrupt = interrupt
    this.#registry = registry
    this.queue = new DeliveryQueue(() => this.nowMs, interrupt)
    this.receiver = new Receiver(interrupt)
    this.circuits = new MemoryCircuitStore(interrupt)
    this.progress = new MemoryProgressStore(interrupt)
    this.rates = new MemoryRateStore(interrupt)
    this.slots = new MemorySlotStore(interrupt)
    this.claims = new MemoryClaims(interrupt)
    this.secrets = new MemorySecretStore({}, interrupt)
    this.configure('soc', {})
    this.#deliver = this.environment()
  }

  configure(id: string, fields: Readonly<Record<string, unknown>>): void {
    this.#parameters.set(`/pollhook/destinations/${id}`, JSON.stringify({ ...HOOK, ...fields }))
  }

  /** Sets the parameter's text as it is; undefined removes it. */
  setParameter(id: string, text: string | undefined): void {
    if (text === undefined) this.#parameters.delete(`/pollhook/destinations/${id}`)
    else this.#parameters.set(`/pollhook/destinations/${id}`, text)
  }

  /** A function with empty caches, as after a cold start. */
  environment(): Deliver {
    const now = () => new Date(this.nowMs)
    const send: Send = async (request, options) => {
      await this.underWay()
      this.nowMs += this.requestMs
      return this.receiver.send(request, options)
    }
    let uuids = 0
    return createDeliver({
      destinations: new Configurations({
        text: async (parameter) => {
          this.configurationReads++
          return this.#parameters.get(parameter)
        },
        parse: (parameter, text) => parseDestination(parameter, text, this.#registry),
        prefix: '/pollhook',
        now,
      }),
      secrets: this.secrets,
      circuits: this.circuits,
      progress: this.progress,
      rates: this.rates,
      slots: this.slots,
      claims: this.claims,
      deadLetters: { send: async (letter) => this.#bury(letter) },
      send,
      tokens: new Tokens({ send, now, uuid: () => `uuid-${++uuids}` }),
      sign: async (request, { service, region }) => ({
        ...request,
        headers: { ...request.headers, authorization: `signed for ${service} in ${region}` },
      }),
      log: (level, event, fields) => this.lines.push({ level, event, ...fields }),
      now,
      random: () => this.random(),
    })
  }

  #bury(letter: DeadLetter): void {
    effect(this.#interrupt, 'dead-letter', () => {
      this.letters.push(letter)
    })
  }

  restart(): void {
    this.#deliver = this.environment()
  }

  /** One invocation with what is visible, as Lambda makes it. @returns how many messages it got */
  async invoke(deliver: Deliver = this.#deliver, most = 10, functionMs = FUNCTION_MS): Promise<number> {
    const records = this.queue.receive(most)
    if (records.length === 0) return 0
    const { batchItemFailures } = await deliverRecords(records, new Date(this.nowMs + functionMs), deliver, {
      receipts: this.queue,
      log: (level, event, fields) => this.lines.push({ level, event, ...fields }),
      emit: (values) => this.metrics.push(values),
      now: () => new Date(this.nowMs),
      random: () => this.random(),
    })
    const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { messageId } of records) if (!kept.has(messageId)) this.queue.remove(messageId)
    return records.length
  }

  /** Lets time pass, and invokes whenever a message is visible, until the queue is empty or the time has come. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const nextMs = this.queue.nextVisibleAtMs()
      if (nextMs === undefined || nextMs >= untilMs) break
      this.nowMs = Math.max(this.nowMs, nextMs)
      await this.invoke()
    }
    if (Number.isFinite(untilMs)) this.nowMs = Math.max(this.nowMs, untilMs)
  }

  /** The lines of one kind. */
  told(event: string): Line[] {
    return this.lines.filter((line) => line.event === event)
  }
}

/** Numbers in [0, 1) that are the same in every run (https://en.wikipedia.org/wiki/Linear_congruential_generator). */
export function spread(seed = 1): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** An event that happened a minute before the world began. */
export function event(name: string, raw = `{"name": "${name}"}`): OutgoingEvent {
  return { id: `evt_${name.padEnd(27, '_')}`, type: 'tines.event', time: '2026-05-01T09:59:00.000Z', raw }
}

export function message(events: readonly OutgoingEvent[], destination = 'soc'): Message {
  return { v: 1, destination, source: { id: 'prod-tines', type: 'tines' }, events: [...events] }
}

/** The text of a message as it is in the queue. */
export function body(names: readonly string[], destination?: string): string {
  return encode(
    message(
      names.map((name) => event(name)),
      destination,
    ),
  )
}
