import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { oneLine } from '../one-line.ts'
import { binaryHeaders, DATA_CONTENT_TYPE, structured } from './cloudevents.ts'

/** How the events stand in the request. Every one of them carries the vendor's record in the vendor's own characters. */
interface Format {
  readonly contentType: string
  /** Whether one body can carry more than one event. */
  readonly many: boolean
  write(delivery: Delivery): string
  /** Absent where the body has everything. No signature covers them. */
  headers?(delivery: Delivery): Record<string, string>
}

export const FORMAT_NAMES = [
  'standard',
  'raw',
  'array',
  'ndjson',
  'cloudevents',
  'cloudevents-binary',
  'cloudevents-batch',
] as const
type FormatName = (typeof FORMAT_NAMES)[number]

/**
 * - `standard`: `{"type","timestamp","source","data"}`, the payload that Standard Webhooks recommends, and the id of the source, so that the
 *   signature covers it too; the event's id is in the header
 * - `raw`: the vendor's record and nothing else
 * - `array`: a JSON array of `{"id","type","timestamp","source","data"}`
 * - `ndjson`: the same objects, one a line, each line ended by a line feed (https://github.com/ndjson/ndjson-spec)
 * - `cloudevents`: CloudEvents 1.0 in structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md)
 * - `cloudevents-binary`: the record alone, and the attributes in headers
 * - `cloudevents-batch`: a JSON array of structured events
 */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  standard: {
    contentType: 'application/json',
    many: false,
    write: (delivery) => `{${members(delivery, only(delivery))}}`,
  },
  raw: { contentType: 'application/json', many: false, write: (delivery) => only(delivery).raw },
  array: {
    contentType: 'application/json',
    many: true,
    write: (delivery) => `[${identified(delivery).join(',')}]`,
  },
  ndjson: {
    contentType: 'application/x-ndjson',
    many: true,
    write: (delivery) =>
      identified(delivery)
        .map((text) => `${oneLine(text)}\n`)
        .join(''),
  },
  cloudevents: {
    contentType: 'application/cloudevents+json; charset=utf-8',
    many: false,
    write: (delivery) => structured(delivery, only(delivery)),
  },
  'cloudevents-binary': {
    contentType: DATA_CONTENT_TYPE,
    many: false,
    write: (delivery) => only(delivery).raw,
    headers: (delivery) => binaryHeaders(delivery, only(delivery)),
  },
  'cloudevents-batch': {
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    many: true,
    write: (delivery) => `[${delivery.events.map((event) => structured(delivery, event)).join(',')}]`,
  },
}

/** @throws RangeError when there is more than one: the core asks `maxEventsPerRequest` first */
function only({ events }: Delivery): OutgoingEvent {
  const [event] = events
  if (event === undefined || events.length !== 1) {
    throw new RangeError(`Cannot write the body: found ${events.length} events, wanted exactly one`)
  }
  return event
}

function identified(delivery: Delivery): string[] {
  return delivery.events.map((event) => `{"id":${JSON.stringify(event.id)},${members(delivery, event)}}`)
}

/** The record is spliced in and never parsed, so no number is rounded and no key moved. */
function members({ source }: Delivery, event: OutgoingEvent): string {
  const [type, time, from] = [event.type, event.time, source.id].map((text) => JSON.stringify(text))
  return `"type":${type},"timestamp":${time},"source":${from},"data":${event.raw}`
}
