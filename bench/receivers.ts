import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nowMs } from './clock.ts'

/** What a receiver does with a request once it has all of it. */
export type Manner = 'healthy' | 'hanging' | 'slow' | 'throttling'

/** As an endpoint on the Internet takes. */
const ANSWER_MS = 20
export const SLOW_SECONDS = 10
const RETRY_AFTER_SECONDS = 5

/** The header in which a receiver says when it had the whole request, on the clock of this machine. */
export const RECEIVED_AT = 'x-received-at'

/** Opens a receiver on 127.0.0.1. @returns its URL */
export async function openReceiver(manner: Manner): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(manner, response, nowMs()))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

function answer(manner: Manner, response: ServerResponse, receivedAtMs: number): void {
  if (manner === 'hanging') return
  if (manner === 'throttling') return void response.writeHead(429, { 'retry-after': `${RETRY_AFTER_SECONDS}` }).end()
  const end = () => response.writeHead(200, { [RECEIVED_AT]: `${receivedAtMs}` }).end()
  setTimeout(end, manner === 'slow' ? SLOW_SECONDS * 1000 : ANSWER_MS)
}
