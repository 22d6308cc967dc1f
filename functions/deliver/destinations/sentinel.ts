import { z } from 'zod'
import type { Auth, OAuth2Client } from '../../../shared/contracts/auth.ts'
import type { Delivery, Destination, Outcome, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { httpsUrl, secretRef, textOrSecret } from '../../../shared/contracts/settings.ts'
import { jsonReply } from './json-reply.ts'
import { recordColumns } from './sentinel/record-columns.ts'

const fields = z.strictObject({
  url: httpsUrl.describe('the logs ingestion endpoint of the data collection rule, or a data collection endpoint'),
  dcrImmutableId: z
    .string()
    .regex(/^dcr-[0-9a-f]{32}$/, 'must be dcr- and 32 hexadecimal digits')
    .describe('the immutable id of the data collection rule'),
  stream: z
    .string()
    .regex(/^Custom-[A-Za-z0-9_]{1,100}$/, 'must be Custom- and then letters, digits and _')
    .describe("the rule's stream, such as Custom-Pollhook"),
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,255}$/, 'must be the id or a domain of a tenant')
    .describe('the Entra tenant, by its id or a domain of it'),
  clientId: textOrSecret.describe('the application (client) id; plain or a reference'),
  clientSecret: secretRef.optional().describe('the value of a client secret; or `certificate` and `key`'),
  certificate: secretRef.optional().describe('the certificate, PEM, that the application knows'),
  key: secretRef.optional().describe("the certificate's private key, PEM"),
  cloud: z
    .enum(['public', 'government', 'china'])
    .default('public')
    .describe('which Azure; decides where tokens come from'),
  authority: httpsUrl.optional().describe('where tokens come from, if not from where `cloud` says'),
})

const config = fields.refine(
  ({ clientSecret, certificate, key }) =>
    clientSecret === undefined
      ? certificate !== undefined && key !== undefined
      : certificate === undefined && key === undefined,
  { message: 'is wanted, or else certificate and key, and not both', path: ['clientSecret'] },
)

type Config = z.infer<typeof config>

/**
 * By cloud, where tokens come from
 * (https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud#microsoft-entra-authentication-endpoints)
 * and what they are for (https://learn.microsoft.com/en-us/azure/azure-monitor/logs/logs-ingestion-api-overview#request-headers).
 */
const CLOUDS: Readonly<Record<Config['cloud'], { readonly authority: string; readonly audience: string }>> = {
  public: { authority: 'https://login.microsoftonline.com', audience: 'https://monitor.azure.com' },
  government: { authority: 'https://login.microsoftonline.us', audience: 'https://monitor.azure.us' },
  china: { authority: 'https://login.partner.microsoftonline.cn', audience: 'https://monitor.azure.cn' },
}

/**
 * A call is at most 1 MB, compressed or not
 * (https://learn.microsoft.com/en-us/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api). A record is a JSON string in it,
 * which doubles a record that is all quotes, and what stands around it is below 400 bytes: 2 × 440,000 + 250 × 400 = 980,000.
 */
const BATCH = { maxEvents: 250, maxBytes: 440_000 }

/** https://learn.microsoft.com/en-us/azure/azure-monitor/logs/log-standard-columns#timegenerated */
const MAX_AGE_MS = 172_800_000

/**
 * Microsoft Sentinel, by the Logs Ingestion API of Azure Monitor: a row for each event, with the vendor's record as text. It stores a
 * repeat again, and what its data collection rule drops later it does not tell.
 */
export const sentinel: Destination<Config> = {
  type: 'sentinel',
  config,
  batch: BATCH,
  compression: 'gzip',
  auth: authOf,
  ageLimit: () => ({
    maxAgeMs: MAX_AGE_MS,
    effect: 'Sentinel sets their TimeGenerated to the time of their arrival; their own time is in EventTime',
  }),
  storesOnce: false,
  request,
  outcome,
}

function authOf(config: Config): Auth | undefined {
  const { authority, audience } = CLOUDS[config.cloud]
  const client = clientOf(config)
  if (client === undefined) return undefined
  return {
    kind: 'oauth2',
    tokenUrl: `${(config.authority ?? authority).replace(/\/+$/, '')}/${config.tenantId}/oauth2/v2.0/token`,
    parameters: { scope: `${audience}/.default` },
    client,
  }
}

function clientOf({ clientId, clientSecret, certificate, key }: Config): OAuth2Client | undefined {
  if (clientSecret !== undefined) return { kind: 'secret-in-body', id: clientId, secret: clientSecret }
  if (certificate === undefined || key === undefined) return undefined
  return { kind: 'certificate', id: clientId, certificate, key }
}

function request(delivery: Delivery, { url, dcrImmutableId, stream }: Config): HttpRequest {
  const { origin, pathname } = new URL(url)
  const path = `${pathname.replace(/\/$/, '')}/dataCollectionRules/${dcrImmutableId}/streams/${stream}`
  const rows = delivery.events.map((event) => row(delivery, event))
  return {
    method: 'POST',
    url: `${origin}${path}?api-version=2023-01-01`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  }
}

/** The columns of the stream, as docs/destinations/sentinel.md declares them. `Type` and `id` are reserved. */
function row({ source }: Delivery, { id, type, time, raw }: OutgoingEvent): Record<string, string> {
  return {
    TimeGenerated: time,
    EventTime: time,
    EventId: id,
    EventType: type,
    Source: source.id,
    SourceType: source.type,
    ...recordColumns(raw),
  }
}

/** Errors about the rule and its stream, not about a row, although their status is 400. */
const RULE_ERRORS = ['InvalidDcrImmutableId', 'InvalidStream', 'InvalidTransformOutput']

const answer = z.looseObject({ error: z.looseObject({ code: z.string().regex(/^[A-Za-z0-9]{1,60}$/) }) })

/** 204 is all there is on success: rows are counted, and may be dropped, when nobody waits any more. */
function outcome({ status, body }: HttpResponse): Outcome {
  const general = outcomeOf(status)
  if (general.kind === 'delivered') return general
  const code = jsonReply(body, answer)?.error.code
  if (code === undefined) return general
  const reason = `the receiver answered ${status}: ${code}`
  return RULE_ERRORS.includes(code) ? { kind: 'hold', reason } : { ...general, reason }
}
