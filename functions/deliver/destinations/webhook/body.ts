import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'

/** How the events stand in the body. Every one of them carries the vendor's record in the vendor's own characters. */
interface Format {
  readonly contentType: string
  /** Whether one body can carry more than one event. */
  readonly many: boolean
  write(delivery: Delivery): string
}

export type FormatName = 'standard' | 'raw' | 'array' | 'ndjson' | 'cloudevents' | 'cloudevents-batch'

/**
 * - `standard`: `{"type","timestamp","data"}`, the payload that Standard Webhooks recommends; the id is in the header
 * - `raw`: the vendor's record and nothing else
 * - `array`: a JSON array of `{"id","type","timestamp","data"}`
 * - `ndjson`: the same objects, one a line, each line ended by a line feed
 * - `cloudevents`, `cloudevents-batch`: CloudEvents 1.0 in structured mode, whose body a signature covers as a whole
 *   (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md)
 */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  standard: { contentType: 'application/json', many: false, write: (delivery) => standard(only(delivery)) },
  raw: { contentType: 'application/json', many: false, write: (delivery) => only(delivery).raw },
  array: {
    contentType: 'application/json',
    many: true,
    write: (delivery) => `[${delivery.events.map(identified).join(',')}]`,
  },
  ndjson: {
    contentType: 'application/x-ndjson',
    many: true,
    write: (delivery) => delivery.events.map((event) => `${onOneLine(identified(event))}\n`).join(''),
  },
  cloudevents: {
    contentType: 'application/cloudevents+json; charset=utf-8',
    many: false,
    write: (delivery) => cloudEvent(delivery, only(delivery)),
  },
  'cloudevents-batch': {
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    many: true,
    write: (delivery) => `[${delivery.events.map((event) => cloudEvent(delivery, event)).join(',')}]`,
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

function standard(event: OutgoingEvent): string {
  return `{${members(event)}}`
}

function identified(event: OutgoingEvent): string {
  return `{"id":${JSON.stringify(event.id)},${members(event)}}`
}

/** The record is spliced in and never parsed, so no number is rounded and no key moved. */
function members(event: OutgoingEvent): string {
  return `"type":${JSON.stringify(event.type)},"timestamp":${JSON.stringify(event.time)},"data":${event.raw}`
}

function cloudEvent({ source }: Delivery, event: OutgoingEvent): string {
  const [id, sourceId, type, time] = [event.id, source.id, event.type, event.time].map((text) => JSON.stringify(text))
  const attributes = `"specversion":"1.0","id":${id},"source":${sourceId},"type":${type},"time":${time}`
  return `{${attributes},"datacontenttype":"application/json","data":${event.raw}}`
}

/** In JSON text a line break can only be white space between tokens: inside a string it must be escaped. */
function onOneLine(json: string): string {
  return json.replaceAll(/[\r\n]/g, ' ')
}
