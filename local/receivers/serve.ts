import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver } from './receiver.ts'

/**
 * What goes wrong with a request: nothing; it is turned away before it is read; it is taken, but the connection breaks before
 * the answer is out.
 */
export type RequestFault = 'none' | 'unavailable' | 'throttled' | 'answer-lost'

export interface ServeOptions {
  /** 0 for any free one. */
  readonly port: number
  /** Asked for each request. Default: nothing goes wrong. */
  readonly fault?: () => RequestFault
}

export interface ServedReceiver {
  readonly url: string
  /** How many requests came in. */
  requests(): number
  close(): Promise<void>
}

/** Serves a receiver on 127.0.0.1. A defect of it is answered with 500 and told on standard error. */
export async function serveReceiver(
  receiver: SimulatedReceiver,
  { port, fault = () => 'none' }: ServeOptions,
): Promise<ServedReceiver> {
  let requests = 0
  const server = createServer(async (incoming, response) => {
    requests++
    const request = await readRequest(incoming)
    const goesWrong = fault()
    if (goesWrong === 'unavailable') return reply(response, { status: 503 })
    if (goesWrong === 'throttled') return reply(response, { status: 429, headers: { 'retry-after': '1' } })
    const answer = answerOf(receiver, request)
    if (goesWrong === 'answer-lost') return void incoming.socket.destroy()
    reply(response, answer)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answerOf(receiver: SimulatedReceiver, request: ReceivedRequest | undefined): ReceiverAnswer {
  if (request === undefined) return { status: 400, body: 'the body is not gzip' }
  try {
    return receiver.answer(request)
  } catch (error) {
    process.stderr.write(`The simulated receiver ${receiver.type} has a defect: ${error}\n`)
    return { status: 500 }
  }
}

/** @returns undefined when the body is not what `content-encoding` says */
async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const wire = Buffer.concat(chunks)
  const { method = '', url = '/' } = incoming
  const [path = '/', search = ''] = url.split('?', 2)
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  )
  const body = headers['content-encoding'] === 'gzip' ? unzipped(wire) : wire
  return body && { method, path, query: new URLSearchParams(search), headers, body, wireBytes: wire.length }
}

function unzipped(wire: Buffer): Buffer | undefined {
  try {
    return gunzipSync(wire)
  } catch {
    return undefined
  }
}

function reply(response: ServerResponse, { status, headers = {}, body = '' }: ReceiverAnswer): void {
  response.writeHead(status, headers).end(body)
}
