import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

/** The path of the webhook. */
export const HOOK_PATH = '/hook'

export type Received =
  /** A simulated receiver of another kind has it in its store. */
  | { readonly kind: 'stored'; readonly id: string }
  /** The signature is right and the webhook is taken. */
  | { readonly kind: 'accepted'; readonly id: string; readonly type: string; readonly source: string }
  /** The signature is wrong: answered with 401. */
  | { readonly kind: 'forged'; readonly id: string; readonly problem: string }
  /** Answered with 503, because somebody wanted to see that. */
  | { readonly kind: 'turned-away'; readonly id: string }
  | { readonly kind: 'down' }
  | { readonly kind: 'up' }

export interface Receiver {
  readonly url: string
  close(): Promise<void>
}

const payload = z.object({ type: z.string() })

/**
 * A webhook receiver as its user would write one: it checks every signature with the library of Standard Webhooks. `POST /down`
 * makes it answer 503, `POST /up` ends that.
 *
 * @param signingKey `whsec_…`
 * @param port 0 for any free one
 * @param onReceived called before the answer, so that it can be put on disk
 */
export async function startReceiver(
  signingKey: string,
  port: number,
  onReceived: (received: Received) => void,
): Promise<Receiver> {
  const webhook = new Webhook(signingKey)
  let isDown = false
  const server = createServer(async (request, response) => {
    const body = await readText(request)
    if (request.method === 'POST' && (request.url === '/down' || request.url === '/up')) {
      isDown = request.url === '/down'
      onReceived({ kind: isDown ? 'down' : 'up' })
      return answer(response, 200)
    }
    if (request.method !== 'POST' || request.url !== HOOK_PATH) return answer(response, 404)
    const received = isDown ? turnedAway(request) : check(webhook, request, body)
    onReceived(received)
    answer(response, { accepted: 204, forged: 401, 'turned-away': 503 }[received.kind])
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Checked = Extract<Received, { kind: 'accepted' | 'forged' | 'turned-away' }>

function check(webhook: Webhook, { headers }: IncomingMessage, body: string): Checked {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  const id = `${headers['webhook-id']}`
  try {
    const event = payload.parse(
      webhook.verify(body, Object.fromEntries(names.map((name) => [name, `${headers[name]}`]))),
    )
    return { kind: 'accepted', id, type: event.type, source: `${headers['pollhook-source']}` }
  } catch (error) {
    return { kind: 'forged', id, problem: error instanceof Error ? error.message : String(error) }
  }
}

function turnedAway({ headers }: IncomingMessage): Checked {
  return { kind: 'turned-away', id: `${headers['webhook-id']}` }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
