import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** A request that was accepted. */
export interface Taken {
  readonly id: string
  readonly source: string
  readonly body: string
}

/**
 * What becomes of a request whose signature is good: taken and answered 204, answered 503, dropped without an answer, or taken
 * and dropped in the middle of an answer 200.
 */
export type Mood = 'take' | 'refuse' | 'hang-up' | 'take-and-cut'

/** A webhook receiver that checks every signature with the official library. */
export class Receiver {
  readonly taken: Taken[] = []
  readonly forged: string[] = []
  /** How many of `taken` the sender can not know of, as their answer was cut. */
  cut = 0
  readonly #webhook: Webhook
  readonly #mood: () => Mood
  readonly #server = createServer((request, response) => {
    // A sender that is killed in the middle of its request is no request.
    this.#answer(request, response).catch(() => response.destroy())
  })

  /** @param mood asked for every request */
  constructor(signingKey: string, mood: () => Mood = () => 'take') {
    this.#webhook = new Webhook(signingKey)
    this.#mood = mood
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const header = (name: string) => String(request.headers[name])
    try {
      this.#webhook.verify(body, {
        'webhook-id': header('webhook-id'),
        'webhook-timestamp': header('webhook-timestamp'),
        'webhook-signature': header('webhook-signature'),
      })
    } catch (error) {
      this.forged.push(`${header('webhook-id')}: ${error}`)
      response.writeHead(401).end()
      return
    }
    this.#judge({ id: header('webhook-id'), source: header('pollhook-source'), body }, response)
  }

  #judge(event: Taken, response: ServerResponse): void {
    const mood = this.#mood()
    if (mood === 'refuse') response.writeHead(503).end()
    if (mood === 'hang-up') response.destroy()
    if (mood !== 'take' && mood !== 'take-and-cut') return
    this.taken.push(event)
    if (mood === 'take') {
      response.writeHead(204).end()
      return
    }
    this.cut++
    response.writeHead(200, { 'content-length': 2 }).write('o', () => response.destroy())
  }
}
