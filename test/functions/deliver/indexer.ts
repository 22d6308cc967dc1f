import { DESTINATIONS } from '../../../functions/deliver/destinations/registry.ts'
import { webhook } from '../../../functions/deliver/destinations/webhook.ts'
import type { AnyDestination } from '../../../shared/contracts/destination.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import type { Answer } from '../../fakes/receiver.ts'
import { MINUTE, SECOND, World } from './world.ts'

/** Asks for a receipt every 10 s for 5 minutes: 200 with `true` or `false`, 404 for one that is not known. */
const confirming: AnyDestination = {
  ...webhook,
  type: 'confirming',
  confirmation: {
    everyMs: 10 * SECOND,
    giveUpAfterMs: 5 * MINUTE,
    request: (receipt, { url }) => ({ method: 'GET', url: `${url}&receipt=${receipt}`, headers: {} }),
    outcome({ status, body }) {
      if (status === 200) return body === 'true' ? { kind: 'delivered' } : { kind: 'retry', reason: 'not yet' }
      const reason = `asked, the receiver answered ${status}`
      if (status === 404) return { kind: 'refused', reason }
      return status === 403 ? { kind: 'hold', reason } : { kind: 'retry', reason }
    },
  },
  outcome(response, delivery, config, now) {
    const outcome = webhook.outcome(response, delivery, config, now)
    return outcome.kind === 'delivered' ? { kind: 'accepted', receipt: response.body } : outcome
  },
}

const REGISTRY = { ...DESTINATIONS, confirming }

/** A world whose destination `soc` confirms what it has accepted. */
export function confirmingWorld(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World({ registry: REGISTRY, ...options })
  world.configure('soc', { type: 'confirming', format: 'array', batch: { maxEvents: 100 } })
  return world
}

/** The names of the events in a request, or what it asks for. */
export function contentOf({ method, url, body }: HttpRequest): string {
  if (method === 'GET') return `? ${new URL(url).searchParams.get('receipt')}`
  return [...String(body).matchAll(/"name": "(\w+)"/g)].map(([, name]) => name).join(' ')
}

/** A receiver that keeps events in memory first, and answers with a receipt. Only what is indexed is safe. */
export class Indexer {
  readonly #world: World
  readonly #accepted = new Map<string, { readonly names: readonly string[]; readonly atMs: number }>()
  /** Every request, with the seconds since the world began. */
  readonly log: string[] = []
  /** In the order in which they became safe. */
  readonly indexed: string[] = []
  /** How long it takes to index; for ever with infinity. */
  indexMs = 0
  #receipts = 0

  constructor(world: World) {
    this.#world = world
    world.receiver.answer = (request, index) => this.answer(request, index)
  }

  /** Answers a request; replace it to have other answers in between. */
  answer(request: HttpRequest, _index: number): Answer {
    const content = contentOf(request)
    this.log.push(`${Math.round((this.#world.nowMs - Date.parse('2026-05-01T10:00:00Z')) / SECOND)} ${content}`)
    return request.method === 'GET' ? this.#confirm(content.slice(2)) : this.#accept(content.split(' '))
  }

  /** What was not indexed is lost. @param firstReceipt the number of the next receipt; by default one that was not given yet */
  restart(firstReceipt: number = this.#receipts): void {
    this.#index()
    this.#accepted.clear()
    this.#receipts = firstReceipt
  }

  #accept(names: readonly string[]): Answer {
    const receipt = `${this.#receipts++}`
    this.#accepted.set(receipt, { names, atMs: this.#world.nowMs })
    return { status: 202, body: receipt }
  }

  #confirm(receipt: string): Answer {
    this.#index()
    const accepted = this.#accepted.get(receipt)
    if (accepted === undefined) return 404
    return { status: 200, body: accepted.names.every((name) => this.indexed.includes(name)) ? 'true' : 'false' }
  }

  #index(): void {
    for (const { names, atMs } of this.#accepted.values()) {
      if (this.#world.nowMs - atMs < this.indexMs) continue
      this.indexed.push(...names.filter((name) => !this.indexed.includes(name)))
    }
  }
}
