import { hash } from 'node:crypto'

const ID_CHARACTERS = 27

/**
 * The id that an event carries on every attempt, for ever: `evt_` and the first 27 characters (162 bits) of the base64url
 * SHA-256 of `<source id>/<vendor event id>`. A source id has no slash, so two events never share the text.
 */
export function eventId(sourceId: string, vendorEventId: string): string {
  return `evt_${digest(`${sourceId}/${vendorEventId}`)}`
}

/** The id of a message of several events: the same events in the same order give the same id. */
export function messageId(eventIds: readonly string[]): string {
  return `msg_${digest(eventIds.join('\n'))}`
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, ID_CHARACTERS)
}

/** `<source type>.<vendor type>` with every character outside `[A-Za-z0-9_.]` replaced by `_`. */
export function eventType(sourceType: string, vendorType: string): string {
  return `${sourceType}.${vendorType}`.replaceAll(/[^A-Za-z0-9_.]/g, '_')
}
