import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { Parts } from './parts.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const CODE = 'ZaVnC4dhaV2GpVgm-simulated-http-source-code=='
const FOLDER = '/receiver/v1/http/'
const MAX_BYTES = 1_000_000
const MAX_MESSAGE_BYTES = 65_536

/** A message as pollhook sends it. The leftmost timestamp counts, so it must come first. */
const message = z.object({
  id: z.string(),
  part: z.int().positive().optional(),
  parts: z.int().positive().optional(),
  text: z.string().optional(),
})

/**
 * An HTTP Logs and Metrics source of Sumo Logic, as documented in "Upload Logs to an HTTP Source", "Troubleshooting HTTP
 * Sources" and "Search Large Messages": it takes any line, and slices the long ones.
 */
export const createSumoLogic: CreateReceiver = () => {
  const stored: StoredEvent[] = []
  const parts = new Parts()
  return {
    type: 'sumologic',
    settings: () => ({ endpoint: { secret: 'destinations/siem/endpoint' } }),
    secrets: (url) => ({ 'destinations/siem/endpoint': `${url}${FOLDER}${CODE}` }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const lines = request.body
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      stored.push(...lines.flatMap((line) => storedEvent(line, parts) ?? []))
      return { status: 200 }
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, headers, body }: ReceivedRequest): ReceiverAnswer | undefined {
  if (!path.startsWith(FOLDER)) return { status: 404 }
  if (decodeURIComponent(path) !== `${FOLDER}${CODE}`) return { status: 401 }
  if (method !== 'POST') return { status: 405 }
  if (!/^[^=,]+=[^=,]+(,[^=,]+=[^=,]+)*$/.test(headers['x-sumo-fields'] ?? 'a=b')) return { status: 400 }
  return body.length > MAX_BYTES ? { status: 413 } : undefined
}

function storedEvent(line: string, parts: Parts): StoredEvent | undefined {
  if (Buffer.byteLength(line) > MAX_MESSAGE_BYTES) return { id: '', raw: line.slice(0, MAX_MESSAGE_BYTES) }
  const { id, part, parts: count, text = '' } = message.parse(JSON.parse(line))
  if (part === undefined || count === undefined) return { id, raw: rawValue(line, ['data']) ?? '' }
  const whole = parts.add(id, part, count, text)
  return whole === undefined ? undefined : { id, raw: whole }
}
