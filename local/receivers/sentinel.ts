import { z } from 'zod'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { jsonAnswer } from './json-answer.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const CLIENT = '8b3f7a3c-2d55-4f4e-8c0e-1a6d5f4b9e10'
const CLIENT_SECRET = 'simulated-client-secret'
const ACCESS_TOKEN = 'simulated-access-token'
const RULE = 'dcr-000a00a000a00000a000000aa000a0aa'
const STREAM = 'Custom-Pollhook'
const PATH = `/dataCollectionRules/${RULE}/streams/${STREAM}`

/** https://learn.microsoft.com/en-us/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api */
const MAX_CALL_BYTES = 1_000_000
const MAX_FIELD_BYTES = 64_000

/** The columns of the stream, as a rule for pollhook declares them. */
const row = z.strictObject({
  TimeGenerated: z.iso.datetime({ offset: true }),
  EventTime: z.iso.datetime({ offset: true }),
  EventId: z.string(),
  EventType: z.string(),
  Source: z.string(),
  SourceType: z.string(),
  RawData: z.string(),
  ...Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`RawData${n + 2}`, z.string().optional()])),
})

/** Microsoft Entra's endpoint for tokens, and the Logs Ingestion API of Azure Monitor with one rule. */
export const createSentinel: CreateReceiver = () => {
  const stored: StoredEvent[] = []
  return {
    type: 'sentinel',
    settings: (url) => ({
      url,
      authority: url,
      tenantId: TENANT,
      clientId: CLIENT,
      clientSecret: { secret: 'destinations/siem/client-secret' },
      dcrImmutableId: RULE,
      stream: STREAM,
    }),
    secrets: () => ({ 'destinations/siem/client-secret': CLIENT_SECRET }),
    answer(request) {
      if (request.path === `/${TENANT}/oauth2/v2.0/token`) return token(request)
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const rows = z.array(row).min(1).safeParse(jsonIn(request.body.toString()))
      if (!rows.success) return error(400, 'InvalidPayload')
      stored.push(...rows.data.map(eventOf))
      return { status: 204 }
    },
    stored: () => stored,
  }
}

/** https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token */
function token({ method, headers, body }: ReceivedRequest): ReceiverAnswer {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  if (method !== 'POST' || !isForm) return jsonAnswer(400, { error: 'invalid_request' })
  const form = new URLSearchParams(body.toString())
  if (form.get('grant_type') !== 'client_credentials') return jsonAnswer(400, { error: 'unsupported_grant_type' })
  if (form.get('scope') !== 'https://monitor.azure.com/.default') return jsonAnswer(400, { error: 'invalid_scope' })
  if (form.get('client_id') !== CLIENT) return jsonAnswer(400, { error: 'unauthorized_client' })
  if (form.get('client_secret') !== CLIENT_SECRET) return jsonAnswer(401, { error: 'invalid_client' })
  return jsonAnswer(200, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: ACCESS_TOKEN })
}

function problemOf({ method, path, query, headers, body, wireBytes }: ReceivedRequest): ReceiverAnswer | undefined {
  if (headers.authorization !== `Bearer ${ACCESS_TOKEN}`) return error(401, 'InvalidToken')
  if (method !== 'POST' || path !== PATH) return error(404, 'NotFound')
  if (query.toString() !== 'api-version=2023-01-01') return error(400, 'InvalidApiVersion')
  if (headers['content-type'] !== 'application/json') return error(415, 'UnsupportedMediaType')
  const isTooLarge = body.length > MAX_CALL_BYTES || wireBytes > MAX_CALL_BYTES
  return isTooLarge ? error(413, 'ContentLengthLimitExceeded') : undefined
}

/** A field is cut off where it ends to fit. */
function eventOf({ EventId, ...columns }: z.infer<typeof row>): StoredEvent {
  const fields = Object.entries<unknown>(columns)
    .filter(([name]) => name.startsWith('RawData'))
    .sort(([one], [other]) => numberOf(one) - numberOf(other))
  const raw = fields.map(([, text]) => Buffer.from(`${text}`).subarray(0, MAX_FIELD_BYTES).toString()).join('')
  return { id: EventId, raw }
}

function numberOf(column: string): number {
  return Number(column.replace('RawData', '') || '1')
}

function error(status: number, code: string): ReceiverAnswer {
  return jsonAnswer(status, { error: { code, message: 'Not taken.' } })
}
