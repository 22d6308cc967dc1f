import { z } from 'zod'
import type { AnyDestination } from '../contracts/destination.ts'
import type { SecretRef } from '../contracts/http.ts'
import { duration, httpsUrl, secretRef, textOrSecret } from '../contracts/settings.ts'
import { cidrs } from './cidrs.ts'
import { type Filter, filter } from './filter.ts'
import { headers } from './headers.ts'
import { invalid, readConfig } from './read-config.ts'

/** A destination's configuration, checked and with every default filled in. */
export interface DestinationConfig {
  readonly id: string
  readonly type: string
  readonly destination: AnyDestination
  /** The type's own fields, as its schema gives them, and `url`; what the functions of `destination` take as `config`. */
  readonly own: Readonly<Record<string, unknown>>
  readonly url: string
  readonly timeoutMs: number
  readonly giveUpAfterMs: number
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number }
  readonly filter: Filter
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | SecretRef>>
  readonly auth: Auth | undefined
  /** CIDR ranges that may be reached although they are not public. */
  readonly allowPrivateNetworks: readonly string[]
}

/** How a request proves who sends it, by the `authorization` header. */
export type Auth =
  | { readonly kind: 'bearer'; readonly token: SecretRef }
  | { readonly kind: 'basic'; readonly username: string | SecretRef; readonly password: SecretRef }

const basic = z.strictObject({
  username: textOrSecret.describe('plain or a reference'),
  password: secretRef.describe('a reference'),
})

const auth = z
  .strictObject({
    bearer: secretRef.optional().describe('the token of `authorization: Bearer …`'),
    basic: basic.optional().describe('the two halves of `authorization: Basic …`'),
  })
  .refine(({ bearer, basic }) => (bearer === undefined) !== (basic === undefined), 'must have either bearer or basic')

const batch = z.strictObject({
  maxEvents: z.int().min(1).max(10_000).optional().describe('events per request'),
  maxBytes: z.int().min(1_024).max(5_000_000).optional().describe('bytes of events per request'),
})

/** The fields that every destination has. */
export const destinationFields = z.strictObject({
  $schema: z.string().optional().describe('the address of the JSON Schema, for editors'),
  type: z.string().describe('which kind of receiver it is'),
  url: httpsUrl.describe('where events are posted; https only'),
  timeout: duration('1s', '30s').prefault('15s').describe('how long one request may take, from 1s to 30s'),
  giveUpAfter: duration('1m', '13d')
    .prefault('3d')
    .describe('how long an event is tried, from 1m to 13d after it was read; then it goes to the dead-letter queue'),
  batch: batch.prefault({}).describe('how many events share a request; a part that is left out is as the type says'),
  filter,
  headers: headers.prefault({}).describe('more headers; a value is plain text or a reference to a secret'),
  auth: auth.optional().describe('the `authorization` header'),
  allowPrivateNetworks: cidrs.default([]).describe('CIDR ranges of private addresses that may be reached'),
})

/**
 * Reads the configuration of one destination.
 *
 * @param parameter the parameter's name, `<prefix>/destinations/<id>`, or a file's path, `<dir>/destinations/<id>.json`
 * @param registry all known destinations by type
 * @throws Fault `configuration-invalid`, one line per problem: parameter, field, wanted, found. No line holds a secret
 */
export function parseDestination(
  parameter: string,
  text: string,
  registry: Readonly<Record<string, AnyDestination>>,
): DestinationConfig {
  const read = readConfig(parameter, text, registry, destinationFields)
  const { entry: destination, common } = read
  const own = { ...read.own, url: common.url }
  const most = destination.maxEventsPerRequest?.(own) ?? Number.POSITIVE_INFINITY
  const contradictions = contradictionsIn(common, most)
  if (contradictions.length > 0) throw invalid(parameter, contradictions)
  return {
    id: read.id,
    type: destination.type,
    destination,
    own,
    url: common.url,
    timeoutMs: common.timeout,
    giveUpAfterMs: common.giveUpAfter,
    batch: {
      maxEvents: common.batch.maxEvents ?? Math.min(destination.batch.maxEvents, most),
      maxBytes: common.batch.maxBytes ?? destination.batch.maxBytes,
    },
    filter: common.filter,
    headers: common.headers,
    auth: authOf(common.auth),
    allowPrivateNetworks: common.allowPrivateNetworks,
  }
}

/** Fields that are right by themselves, but not together. */
function contradictionsIn({ auth, headers, batch }: z.output<typeof destinationFields>, mostEvents: number): string[] {
  const both = auth !== undefined && headers.authorization !== undefined
  const tooMany = batch.maxEvents !== undefined && batch.maxEvents > mostEvents
  const limit = `batch.maxEvents must be at most ${mostEvents}, which is what a request carries as configured`
  return [
    ...(both ? ['auth and headers.authorization both set the authorization header: wanted one of them'] : []),
    ...(tooMany ? [`${limit}: found ${batch.maxEvents}`] : []),
  ]
}

function authOf(read: z.output<typeof auth> | undefined): Auth | undefined {
  if (read?.bearer !== undefined) return { kind: 'bearer', token: read.bearer }
  return read?.basic === undefined ? undefined : { kind: 'basic', ...read.basic }
}
