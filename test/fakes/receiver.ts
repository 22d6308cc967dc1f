import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpRequest, HttpResponse, Send, SendOptions } from '../../shared/contracts/http.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** An answer; status alone stands for an empty one. */
export type Answer = number | (Partial<HttpResponse> & { readonly status: number })

/** A receiver in memory: remembers what it was sent and answers as it is told. Effect: `request`. */
export class Receiver {
  readonly requests: (HttpRequest & { readonly options: SendOptions })[] = []
  /** Decides the answer; throw a Fault for none. `index` counts the requests from 0. */
  answer: (request: HttpRequest, index: number) => Answer = () => 200
  readonly #interrupt: Interrupt | undefined

  constructor(interrupt?: Interrupt) {
    this.#interrupt = interrupt
  }

  readonly send: Send = async (request, options) =>
    effect(this.#interrupt, 'request', () => {
      this.requests.push({ ...request, options })
      const answer = this.answer(request, this.requests.length - 1)
      return { headers: {}, body: '', ...(typeof answer === 'number' ? { status: answer } : answer) }
    })
}

/** A request as it came over the wire. */
export interface WireRequest {
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** A receiver on 127.0.0.1 that gives one answer, 204 unless told otherwise, and keeps the bytes it was sent. */
export async function listen(
  status = 204,
  answer = '',
): Promise<{ url: string; requests: WireRequest[]; close: () => Promise<void> }> {
  const requests: WireRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    requests.push({ headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(status).end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/hook`, requests, close }
}
