import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request and what became of it. */
export interface Seen {
  readonly id: string
  readonly source: string
  readonly status: 204 | 503
}

/** Long enough that a second request of the same source would be seen meanwhile. */
const ANSWER_AFTER_MS = 15

/** A webhook receiver that looks for order: what came after what, and whether two of one source ever came at the same time. */
export class OrderedReceiver {
  readonly seen: Seen[] = []
  /** Ids of requests that came while another of their source had no answer yet. */
  readonly overlapping: string[] = []
  readonly #underWay = new Map<string, number>()
  readonly #isRefused: (id: string, source: string) => boolean
  readonly #server = createServer((request, response) => {
    // A sender that is killed in the middle of its request is no request.
    this.#answer(request, response).catch(() => response.destroy())
  })

  /** @param isRefused asked for every request; what it says yes to is answered 503 */
  constructor(isRefused: (id: string, source: string) => boolean) {
    this.#isRefused = isRefused
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** The ids that were taken of a source, repeats included. */
  takenOf(source: string): string[] {
    return this.seen.filter((each) => each.source === source && each.status === 204).map(({ id }) => id)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [id, source] = [String(request.headers['webhook-id']), String(request.headers['pollhook-source'])]
    const others = this.#underWay.get(source) ?? 0
    if (others > 0) this.overlapping.push(id)
    this.#underWay.set(source, others + 1)
    response.once('close', () => this.#underWay.set(source, (this.#underWay.get(source) ?? 1) - 1))
    for await (const _ of request);
    await sleep(ANSWER_AFTER_MS)
    const status = this.#isRefused(id, source) ? 503 : 204
    this.seen.push({ id, source, status })
    response.writeHead(status).end()
  }
}
