import { isJsonObject } from './is-json-object.ts'
import { logscaleRefusal, logscaleSuccess } from './logscale.ts'
import type { ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const TOKEN = 'f3b1d0c9e8a74c55b6d21a0f9e8d7c6b'

/**
 * An HEC/HTTP event connector of Falcon Next-Gen SIEM: the raw endpoint, which makes an event of each line, with a parser that
 * takes JSON, as in "Data Ingestion (HEC)" and "Ingesting with Raw HEC". The ids are those of a header that the real one ignores.
 */
export function createNgsiem(): SimulatedReceiver {
  const stored: StoredEvent[] = []
  return {
    type: 'crowdstrike-ngsiem',
    settings: (url) => ({ url: `${url}/services/collector`, token: { secret: 'destinations/ngsiem/key' } }),
    secrets: () => ({ 'destinations/ngsiem/key': TOKEN }),
    answer(request): ReceiverAnswer {
      const turnedAway = logscaleRefusal(request, TOKEN, ['/services/collector/raw'])
      if (turnedAway !== undefined) return turnedAway
      if (request.headers['content-type']?.startsWith('text/plain') !== true) return { status: 415 }
      const lines = request.body
        .toString()
        .split(/\r\n|\r|\n/)
        .filter((line) => line !== '')
      if (lines.length === 0 || !lines.every(isJsonObject)) return { status: 400, body: 'A line is not a JSON object' }
      const ids = (request.headers['pollhook-event-ids'] ?? '').split(',')
      stored.push(...lines.map((raw, index) => ({ id: ids[index] ?? '', raw })))
      return logscaleSuccess(lines.length)
    },
    stored: () => stored,
  }
}
