import { z } from 'zod'
import type { Auth } from '../contracts/auth.ts'
import type { AnyDestination, NormalForm } from '../contracts/destination.ts'
import type { SecretRef } from '../contracts/http.ts'
import { duration, httpsUrl } from '../contracts/settings.ts'
import { auth } from './auth.ts'
import { cidrs } from './cidrs.ts'
import { type Filter, filter } from './filter.ts'
import { headers } from './headers.ts'
import { type Rate, rate } from './rate.ts'
import { invalid, readConfig } from './read-config.ts'
import { type Tls, tls } from './tls.ts'

/** A destination's configuration, checked and with every default filled in. */
export interface DestinationConfig {
  readonly id: string
  readonly type: string
  readonly destination: AnyDestination
  /** The type's own fields, as its schema gives them, and `url` if given; what the functions of `destination` take as `config`. */
  readonly own: Readonly<Record<string, unknown>>
  /** Undefined where the type knows the address by itself. */
  readonly url: string | undefined
  readonly timeoutMs: number
  readonly giveUpAfterMs: number
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number }
  readonly filter: Filter
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | SecretRef>>
  readonly auth: Auth | undefined
  readonly tls: Tls
  readonly compression: 'gzip' | 'none'
  /** Undefined where it may send as fast as it can. */
  readonly rate: Rate | undefined
  /** Requests at the same time, in all invocations together; undefined where there may be any number. */
  readonly concurrency: number | undefined
  /** Whether each source's events arrive in the order in which they were read. */
  readonly ordered: boolean
  readonly normalize: NormalForm | undefined
  /** CIDR ranges that may be reached although they are not public. */
  readonly allowPrivateNetworks: readonly string[]
}

const batch = z.strictObject({
  maxEvents: z.int().min(1).max(10_000).optional().describe('events per request'),
  maxBytes: z.int().min(1_024).max(5_000_000).optional().describe('bytes of events per request'),
})

/** The fields that every destination has. */
export const destinationFields = z.strictObject({
  $schema: z.string().optional().describe('the address of the JSON Schema, for editors'),
  type: z.string().describe('which kind of receiver it is'),
  url: httpsUrl.optional().describe('where events are posted; https only. Some types need none'),
  timeout: duration('1s', '30s').prefault('15s').describe('how long one request may take, from 1s to 30s'),
  giveUpAfter: duration('1m', '13d')
    .prefault('3d')
    .describe('how long an event is tried, from 1m to 13d after it was read; then it goes to the dead-letter queue'),
  batch: batch.prefault({}).describe('how many events share a request; a part that is left out is as the type says'),
  filter,
  headers: headers.prefault({}).describe('more headers; a value is plain text or a reference to a secret'),
  auth: auth.optional().describe('the `authorization` header'),
  tls: tls.prefault({}).describe('client certificates (mTLS) and certificate authorities of your own'),
  compression: z.enum(['gzip', 'none']).optional().describe('how the body is compressed; default as the type says'),
  rate: rate.optional().describe('at most so many requests, such as 50/s, 600/m or 5000/h; default no limit'),
  concurrency: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('at most so many requests at the same time; default no limit'),
  ordered: z
    .boolean()
    .default(false)
    .describe("webhook only: each source's events arrive in the order in which they were read, one request at a time"),
  normalize: z
    .enum(['ocsf', 'ecs'])
    .optional()
    .describe("a normal form instead of the vendor's record; default the record as the vendor wrote it"),
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
  const own = common.url === undefined ? read.own : { ...read.own, url: common.url }
  const most = destination.maxEventsPerRequest?.(own) ?? Number.POSITIVE_INFINITY
  const ownAuth = destination.auth?.(own)
  const contradictions = contradictionsIn(common, destination, most, ownAuth)
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
    auth: ownAuth ?? common.auth,
    tls: common.tls,
    compression: common.compression ?? destination.compression ?? 'none',
    rate: common.rate,
    concurrency: common.concurrency,
    ordered: common.ordered,
    normalize: common.normalize,
    allowPrivateNetworks: common.allowPrivateNetworks,
  }
}

/** Fields that are right by themselves, but not together. */
function contradictionsIn(
  { auth, headers, batch, ordered }: z.output<typeof destinationFields>,
  { type, keepsOrder }: AnyDestination,
  mostEvents: number,
  ownAuth: Auth | undefined,
): string[] {
  const twice = headersSetBy(ownAuth ?? auth).filter((header) => headers[header] !== undefined)
  const tooMany = batch.maxEvents !== undefined && batch.maxEvents > mostEvents
  const limit = `batch.maxEvents must be at most ${mostEvents}, which is what a request carries as configured`
  return [
    ...twice.map((header) => `auth and headers.${header} both set the ${header} header: wanted one of them`),
    ...(auth !== undefined && ownAuth !== undefined
      ? ['auth says how requests are authorised, and so do the fields of its type: wanted one of them']
      : []),
    ...(tooMany ? [`${limit}: found ${batch.maxEvents}`] : []),
    ...(ordered && keepsOrder !== true
      ? [`ordered must be left out for the type ${type}, whose receivers keep no order: found true`]
      : []),
  ]
}

function headersSetBy(auth: Auth | undefined): string[] {
  switch (auth?.kind) {
    case undefined:
      return []
    case 'header':
      return [auth.name, ...(auth.second === undefined ? [] : [auth.second.name])]
    case 'aws':
      return ['authorization', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']
    default:
      return ['authorization']
  }
}
