import { configuredHeaders } from '../../../../functions/deliver/authorize.ts'
import type { ReceiverAnswer, SimulatedReceiver } from '../../../../local/receivers/receiver.ts'
import { type DestinationConfig, parseDestination } from '../../../../shared/config/destination-config.ts'
import type { AnyDestination, Outcome, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse, SecretRef } from '../../../../shared/contracts/http.ts'
import { deliveryOf } from '../../../../shared/message.ts'

const URL_OF_RECEIVER = 'https://receiver.example.com'
const NOW = new Date('2026-05-01T10:15:42.479Z')

export interface Posted {
  readonly request: HttpRequest
  readonly response: HttpResponse
  readonly outcome: Outcome
}

/**
 * Hands what a destination builds, with its credential, to a simulated receiver of its kind, and has the destination read the
 * answer. No network.
 *
 * @param change fields of the configuration besides those of the receiver, or instead of them
 */
export function postTo(
  receiver: SimulatedReceiver,
  destination: AnyDestination,
  events: readonly OutgoingEvent[],
  change: Readonly<Record<string, unknown>> = {},
): Posted {
  const config = configFor(receiver, destination, change)
  const delivery = deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
  const secrets = secretsOf(receiver)
  const built = destination.request(delivery, config.own, secrets, NOW)
  const request = { ...built, headers: { ...configuredHeaders(config, secrets), ...built.headers } }
  const response = responseOf(receiver.answer(receivedRequest(request)))
  return { request, response, outcome: destination.outcome(response, delivery, config.own, NOW) }
}

/** The configuration of a destination that posts to the receiver. */
export function configFor(
  receiver: SimulatedReceiver,
  destination: AnyDestination,
  change: Readonly<Record<string, unknown>> = {},
): DestinationConfig {
  const text = JSON.stringify({ type: destination.type, ...receiver.settings(URL_OF_RECEIVER), ...change })
  return parseDestination('/pollhook/destinations/siem', text, { [destination.type]: destination })
}

export function secretsOf(receiver: SimulatedReceiver): (reference: SecretRef) => string {
  const values = new Map(Object.entries(receiver.secrets(URL_OF_RECEIVER)))
  return ({ secret }) => {
    const value = values.get(secret)
    if (value === undefined) throw new TypeError(`The receiver has no secret ${secret}`)
    return value
  }
}

/** A request as it arrives. */
export function receivedRequest({ method, url, headers, body = '' }: HttpRequest) {
  const { pathname, searchParams } = new URL(url)
  const bytes = Buffer.from(body)
  return { method, path: pathname, query: searchParams, headers, body: bytes, wireBytes: bytes.length }
}

export function responseOf({ status, headers = {}, body = '' }: ReceiverAnswer): HttpResponse {
  return { status, headers, body }
}

/** Numbered events whose records hold what a double or a line would break. */
export function someEvents(count: number): OutgoingEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `evt_${String(n).padStart(27, 'x')}`,
    type: 'tines.event',
    time: '2026-05-01T09:59:59.123456Z',
    raw: `{ "id": 9007199254740993,\n  "n": ${n}, "text": "\\u00e9 é \\"\\\\ \u2028 \u{1F600} } {" }`,
  }))
}
