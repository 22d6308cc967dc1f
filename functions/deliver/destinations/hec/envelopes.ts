import { z } from 'zod'
import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { epochSeconds } from '../epoch.ts'

/** Text without control characters, so that it stays one value in every search. */
export const metadataText = z.string().regex(/^[^\p{Cc}]{1,256}$/u, 'must have 1 to 256 characters and no line break')

/** What stands beside every event of a destination; what is absent is as the token says. */
export interface Metadata {
  readonly host?: string | undefined
  /** Default: the id of the source. */
  readonly source?: string | undefined
  readonly sourcetype?: string | undefined
  readonly index?: string | undefined
}

/**
 * The body of an HTTP Event Collector: one JSON object for each event, each on its own line unless the vendor's record has line
 * breaks itself. No commas and no array
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector).
 */
export function envelopes({ events, source }: Delivery, metadata: Metadata): string {
  return events.map((event) => envelope(event, source.id, metadata)).join('\n')
}

/** `fields` must be flat: nested ones are refused (code 15). */
function envelope(event: OutgoingEvent, sourceId: string, { host, source = sourceId, sourcetype, index }: Metadata) {
  const metadata = JSON.stringify({ host, source, sourcetype, index }).slice(1, -1)
  const fields = JSON.stringify({ pollhook_id: event.id, pollhook_type: event.type, pollhook_source: sourceId })
  return `{"time":${epochSeconds(event.time)},${metadata},"event":${event.raw},"fields":${fields}}`
}
