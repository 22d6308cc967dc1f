import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** A request that was accepted. */
export interface Taken {
  readonly id: string
  readonly source: string
  readonly body: string
}

/** A webhook receiver that checks every signature with the official library. */
export class Receiver {
  readonly taken: Taken[] = []
  readonly forged: string[] = []
  readonly #webhook: Webhook
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  constructor(signingKey: string) {
    this.#webhook = new Webhook(signingKey)
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
    this.taken.push({ id: header('webhook-id'), source: header('pollhook-source'), body })
    response.writeHead(204).end()
  }
}
