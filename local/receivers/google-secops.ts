import { isJsonObject } from './is-json-object.ts'
import { jsonAnswer } from './json-answer.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const PATH =
  '/v1alpha/projects/soc/locations/eu/instances/5f0b7d1c-7a52-4c3b-9a39-1f6f0e0f0a51/feeds/2a4c7c3e-0c0f-4f0e-8f54-5d7d1c1d1b2e:importPushLogs'
const API_KEY = 'AIzaSyD-simulated-key-of-the-project-000'
const ACCESS_KEY = 'simulated-secret-key-of-the-feed'

/** https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook */
const MAX_BYTES = 4_000_000

/** A webhook feed of Google SecOps with `\n` as its split delimiter. */
export const createGoogleSecops: CreateReceiver = () => {
  const stored: StoredEvent[] = []
  return {
    type: 'google-secops',
    settings: (url) => ({
      url: `${url}${PATH}`,
      apiKey: { secret: 'destinations/siem/api-key' },
      accessKey: { secret: 'destinations/siem/access-key' },
    }),
    secrets: () => ({ 'destinations/siem/api-key': API_KEY, 'destinations/siem/access-key': ACCESS_KEY }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const ids = (request.headers['pollhook-event-ids'] ?? '').split(',')
      const lines = request.body.toString().replace(/\n$/, '').split('\n')
      if (!lines.every(isJsonObject)) return error(400, 'INVALID_ARGUMENT')
      stored.push(...lines.map((raw, index) => ({ id: ids[index] ?? '', raw })))
      return jsonAnswer(200, {})
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, query, headers, body }: ReceivedRequest): ReceiverAnswer | undefined {
  if (method !== 'POST' || path !== PATH || query.size > 0) return error(404, 'NOT_FOUND')
  if (headers['x-goog-api-key'] !== API_KEY) return error(400, 'INVALID_ARGUMENT', 'API_KEY_INVALID')
  if (headers['x-webhook-access-key'] !== ACCESS_KEY) return error(403, 'PERMISSION_DENIED')
  if (headers['content-type'] !== 'application/json') return error(400, 'INVALID_ARGUMENT')
  return body.length > MAX_BYTES ? error(413, 'OUT_OF_RANGE') : undefined
}

/** https://docs.cloud.google.com/apis/design/errors */
function error(code: number, status: string, reason?: string): ReceiverAnswer {
  const type = 'type.googleapis.com/google.rpc.ErrorInfo'
  const details = reason === undefined ? [] : [{ '@type': type, reason, domain: 'googleapis.com' }]
  return jsonAnswer(code, { error: { code, message: 'Not taken.', status, details } })
}
