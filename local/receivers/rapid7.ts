import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

/** What makes the address a secret. */
const PATH = '/custom-logs/webhook/0b4d4b8e-5f8f-4d8e-9a53-7c1d2e3f4a5b'

const event = z.looseObject({ id: z.string() })

/** The webhook of a Custom Logs event source of Rapid7 InsightIDR: one JSON object for each request. */
export const createRapid7: CreateReceiver = () => {
  const stored: StoredEvent[] = []
  return {
    type: 'rapid7',
    settings: () => ({ webhook: { secret: 'destinations/siem/webhook' } }),
    secrets: (url) => ({ 'destinations/siem/webhook': `${url}${PATH}` }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const text = request.body.toString()
      const read = event.safeParse(jsonIn(text))
      if (!read.success) return { status: 400 }
      stored.push({ id: read.data.id, raw: rawValue(text, ['data']) ?? '' })
      return { status: 202 }
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, headers }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  return headers['content-type'] === 'application/json' ? undefined : { status: 415 }
}
