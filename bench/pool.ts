import type { Send } from '../shared/contracts/http.ts'
import { eventId } from '../shared/event-id.ts'
import { encode } from '../shared/message.ts'
import { nowMs } from './clock.ts'
import { type Environment, openEnvironment, openStores } from './environment.ts'
import { FairQueue } from './fair-queue.ts'
import { RECEIVED_AT } from './receivers.ts'

/** As the mapping of the deployed function. */
export const INVOCATIONS = 20
export const BATCH = 10

/** The default of a destination. */
export const TIMEOUT_SECONDS = 15

const KEY = { name: 'hook/key', value: `whsec_${'A'.repeat(32)}` }
const RAW = JSON.stringify({ actor: 'somebody@example.com', action: 'signed in', note: '.'.repeat(440) })

/** An event that is watched: when it was queued, and how long it took from there to its reception. */
export interface Passage {
  readonly queuedAtMs: number
  readonly delayMs: number
}

/** The deliver function of one deployment, in this process: a queue, its mapping, and as many environments as may run at once. */
export class Pool {
  readonly #queue: FairQueue
  readonly #idle: Environment[]
  readonly #queuedAtMs = new Map<string, number>()
  #delivered: Passage[] = []
  #whenAll: () => void = () => {}
  #events = 0

  /** @param urls of the destinations, by id */
  constructor(isFair: boolean, urls: ReadonlyMap<string, string>) {
    this.#queue = new FairQueue(isFair)
    const parameters = [...urls].map(([id, url]) => [`/pollhook/destinations/${id}`, configOf(url)] as const)
    const parts = {
      parameters: new Map(parameters),
      secrets: { [KEY.name]: KEY.value },
      stores: openStores(),
      receipts: this.#queue,
      watched: (send: Send) => this.#watched(send),
    }
    this.#idle = Array.from({ length: INVOCATIONS }, () => openEnvironment(parts))
    for (let n = 0; n < INVOCATIONS; n++) void this.#poll()
  }

  /** Queues an event. */
  put(destination: string, isWatched: boolean): void {
    const { id, body } = bodyFor(destination, ++this.#events)
    if (isWatched) this.#queuedAtMs.set(id, nowMs())
    this.#queue.put(destination, body)
  }

  /** Returns when every watched event is delivered, or when the time is up. */
  async allDelivered(mostMs: number): Promise<void> {
    if (this.#queuedAtMs.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, mostMs)
      this.#whenAll = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The watched events since the last time it was asked. Those that are not delivered count with the delay that they have so far. */
  passages(): { readonly delivered: readonly Passage[]; readonly waiting: readonly Passage[] } {
    const delivered = this.#delivered
    this.#delivered = []
    const atMs = nowMs()
    const waiting = [...this.#queuedAtMs.values()].map((queuedAtMs) => ({ queuedAtMs, delayMs: atMs - queuedAtMs }))
    return { delivered, waiting }
  }

  /** As one of the mapping's pollers: it receives what is there, has the function invoked, and deletes what is done. */
  async #poll(): Promise<never> {
    for (;;) {
      const records = await this.#queue.receive(BATCH)
      // The one that was used last is used next, so the others stay cold as they do in Lambda.
      const environment = this.#idle.pop()
      if (environment === undefined) throw new TypeError('There are more invocations than environments')
      const { batchItemFailures } = await environment(records)
      this.#idle.push(environment)
      const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
      for (const { messageId } of records) if (!kept.has(messageId)) this.#queue.remove(messageId)
    }
  }

  #watched(send: Send): Send {
    return async (request, options) => {
      const response = await send(request, options)
      const id = request.headers['webhook-id'] ?? ''
      const queuedAtMs = this.#queuedAtMs.get(id)
      if (queuedAtMs === undefined) return response
      this.#queuedAtMs.delete(id)
      this.#delivered.push({ queuedAtMs, delayMs: Number(response.headers[RECEIVED_AT]) - queuedAtMs })
      if (this.#queuedAtMs.size === 0) this.#whenAll()
      return response
    }
  }
}

/** A message of one event, as it is in the queue. */
export function bodyFor(destination: string, n: number): { id: string; body: string } {
  const id = eventId('bench', String(n))
  const event = { id, type: 'tines.event', time: new Date().toISOString(), raw: RAW }
  return { id, body: encode({ v: 1, destination, source: { id: 'bench', type: 'tines' }, events: [event] }) }
}

function configOf(url: string): string {
  const signing = { scheme: 'standard-webhooks', keys: [{ secret: KEY.name }] }
  return JSON.stringify({ type: 'webhook', url, timeout: `${TIMEOUT_SECONDS}s`, signing })
}
