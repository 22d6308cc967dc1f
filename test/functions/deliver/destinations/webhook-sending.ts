import { webhook } from '../../../../functions/deliver/destinations/webhook.ts'
import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { HttpRequest, SecretRef } from '../../../../shared/contracts/http.ts'
import { deliveryOf } from '../../../../shared/message.ts'

/** The first two keys and the ed25519 one are of published vectors; the last is the example of GitHub's documentation. */
export const SECRETS = {
  'hook/new': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'hook/old': 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'hook/ed25519': 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  'hook/seed': 'whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=',
  'hook/github': "It's a Secret to Everybody",
  'hook/empty': '',
} as const

/** The public half of `hook/ed25519`, as Svix publishes it. */
export const PUBLIC_KEY = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='

export const secrets = ({ secret }: SecretRef): string =>
  new Map<string, string>(Object.entries(SECRETS)).get(secret) ?? ''

export const NOW = new Date('2026-05-01T10:15:42.479Z')

export const EVENT: OutgoingEvent = {
  id: 'evt_q83vEjRWeJASNFZ4kBI0VniQEjR',
  type: 'tines.event',
  time: '2026-11-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993, "name": "sync" }',
}
export const SECOND: OutgoingEvent = {
  ...EVENT,
  id: 'evt_AAAAAAAAAAAAAAAAAAAAAAAAAAA',
  raw: '{\r\n  "a": "b\\nc"\n}',
}

export const configOf = (own: Readonly<Record<string, unknown>> = {}) =>
  webhook.config.parse({ url: 'https://hooks.example.com/x', ...own })

export const delivery = (events: readonly OutgoingEvent[] = [EVENT]): Delivery =>
  deliveryOf({ v: 1, destination: 'hook', source: { id: 'prod-tines', type: 'tines' }, events: [...events] })

/** The request as the destination builds it, with its body as text. */
export function send(
  own: Readonly<Record<string, unknown>> = {},
  events?: readonly OutgoingEvent[],
  now = NOW,
): HttpRequest & { readonly body: string } {
  const request = webhook.request(delivery(events), configOf(own) as never, secrets, now)
  return { ...request, body: String(request.body) }
}
