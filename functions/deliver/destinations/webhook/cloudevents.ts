import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { withRecord } from '../with-record.ts'

/** What the body of a binary event, or the `data` of a structured one, is. */
export const DATA_CONTENT_TYPE = 'application/json'

/**
 * An event as one JSON object, attributes and data together, so that a signature of the body covers all of it
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
 */
export function structured(delivery: Delivery, event: OutgoingEvent): string {
  return withRecord({ ...attributesOf(delivery, event), datacontenttype: DATA_CONTENT_TYPE }, 'data', event.raw)
}

/**
 * The attributes of an event whose data is the body, one header each. The content type has a header already, and must not have
 * a second one (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#31-binary-content-mode).
 */
export function binaryHeaders(delivery: Delivery, event: OutgoingEvent): Record<string, string> {
  const attributes = Object.entries(attributesOf(delivery, event))
  return Object.fromEntries(attributes.map(([name, value]) => [`ce-${name}`, percentEncoded(value)]))
}

/** The id of a source is a URI-reference as it stands: a relative path of one segment, without a colon (RFC 3986, section 4.2). */
function attributesOf({ source }: Delivery, { id, type, time }: OutgoingEvent) {
  return { specversion: '1.0', id, source: source.id, type, time }
}

/** Everything but the printable characters of ASCII; of those the space, the double quote and the percent sign. */
const ENCODED = /[^\x21\x23\x24\x26-\x7e]/gu

/** Section 3.1.3.2 of the binding: each character by the bytes of its UTF-8. */
function percentEncoded(value: string): string {
  return value.replaceAll(ENCODED, (character) => {
    const bytes = [...Buffer.from(character)]
    return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}
