import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { HttpRequest } from '../../shared/contracts/http.ts'
import type { VendorLog } from './vendor.ts'

/** A simulated vendor that listens on 127.0.0.1. */
export interface ServedVendor {
  /** The `baseUrl` for its source, without a slash at the end. */
  readonly url: string
  /** Stops listening and drops what is open. */
  close(): Promise<void>
}

/**
 * Lets a simulated vendor answer over HTTP, by the real clock. Answers are gzipped for clients that accept it.
 *
 * @param options.port 0 for any free one
 */
export async function serveVendor(log: VendorLog, options: { port: number }): Promise<ServedVendor> {
  const server = createServer((request, response) => {
    answer(log, request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

async function answer(log: VendorLog, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = log.answer(await read(incoming), new Date())
  const gzip = /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''))
  const bytes = gzip ? gzipSync(body) : Buffer.from(body)
  outgoing.writeHead(status, {
    ...headers,
    ...(gzip && { 'content-encoding': 'gzip' }),
    'content-length': bytes.length,
  })
  outgoing.end(bytes)
}

async function read(incoming: IncomingMessage): Promise<HttpRequest> {
  const { method, url = '/', headers } = incoming
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT') throw new TypeError(`No vendor answers ${method}`)
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return {
    method,
    // The very characters of the request line: a signature covers them.
    url: `http://${headers.host}${url}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(chunks.length > 0 && { body: Buffer.concat(chunks).toString() }),
  }
}
