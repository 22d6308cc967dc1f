import { z } from 'zod'
import type { Delivery, Destination } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { secretRef } from '../../../shared/contracts/settings.ts'
import { eventIds } from './event-ids.ts'
import { lineFormat, recordLine } from './record-line.ts'
import { secretUrl } from './secret-url.ts'

const config = z.strictObject({
  webhook: secretRef.describe('the URL that InsightIDR made for the event source; whoever knows it can write'),
  format: lineFormat('envelope'),
})

type Config = z.infer<typeof config>

/** One JSON object per request; Rapid7 documents no limit, so this is what fits into a message of the queue with room to spare. */
const BATCH = { maxEvents: 1, maxBytes: 245_760 }

/** Rapid7 InsightIDR: the webhook of a Custom Logs event source. Its address is the credential. It stores a repeat again. */
export const rapid7: Destination<Config> = {
  type: 'rapid7',
  config,
  batch: BATCH,
  maxEventsPerRequest: () => 1,
  storesOnce: false,
  request,
  outcome: ({ status }) => outcomeOf(status),
}

/** @throws Fault `configuration-invalid` when the secret is not a URL */
function request(delivery: Delivery, { webhook, format }: Config, secrets: Secrets): HttpRequest {
  const [event] = delivery.events
  if (event === undefined || delivery.events.length !== 1) {
    throw new RangeError(`Cannot write the body: found ${delivery.events.length} events, wanted exactly one`)
  }
  const headers = { 'content-type': 'application/json', ...(format === 'raw' && eventIds(delivery)) }
  const url = secretUrl(webhook, secrets)
  return { method: 'POST', url, headers, body: recordLine(format, delivery, event) }
}
