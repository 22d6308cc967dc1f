import { jsonIn } from '../../shared/contracts/json-in.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const PATH = '/http/4f1b6a0e-9a2c-4c43-8d6d-6d3b8a0c9f11'
const SECRET = 'simulated-shared-secret'

/** https://docs.panther.com/data-onboarding/data-transports/http#maximum-size: headers are included. */
const MAX_BYTES = 1_000_000
/** AWS API Gateway, as a usual front, allows so many bytes of headers. */
const MAX_HEADER_BYTES = 10_240

/** An HTTP source of Panther with a shared secret in the header `X-Panther-Secret`, and a stream of lines. */
export const createPanther: CreateReceiver = () => {
  const stored: StoredEvent[] = []
  return {
    type: 'panther',
    settings: (url) => ({
      url: `${url}${PATH}`,
      sharedSecret: { header: 'X-Panther-Secret', secret: { secret: 'destinations/siem/shared-secret' } },
    }),
    secrets: () => ({ 'destinations/siem/shared-secret': SECRET }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const ids = (request.headers['pollhook-event-ids'] ?? '').split(',')
      const lines = request.body.toString().replace(/\n$/, '').split('\n')
      if (!lines.every((line) => jsonIn(line) !== undefined)) return { status: 400 }
      stored.push(...lines.map((raw, index) => ({ id: ids[index] ?? '', raw })))
      return { status: 200 }
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, headers, wireBytes }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  if (headers['x-panther-secret'] !== SECRET) return { status: 403 }
  const headerBytes = Object.entries(headers).reduce((sum, pair) => sum + pair.join(': \r\n').length, 0)
  if (headerBytes > MAX_HEADER_BYTES) return { status: 431 }
  return wireBytes + headerBytes > MAX_BYTES ? { status: 413 } : undefined
}
