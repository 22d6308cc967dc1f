import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import type { Delivery, Destination, Outcome, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../shared/contracts/outcome.ts'
import { fromMs, toMs } from '../../../shared/contracts/time.ts'
import { awsDomain } from './aws-json.ts'
import { lineFormat, recordLines } from './record-line.ts'

const fields = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z0-9-]{2,40}$/, 'must be a Region, such as eu-west-1')
    .describe('the Region, such as eu-west-1; other stores have their own words for it, such as `auto`'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .describe('the name of the bucket'),
  prefix: z
    .string()
    .regex(
      /^([A-Za-z0-9!_.*'()=-]+(\/[A-Za-z0-9!_.*'()=-]+)*)?$/,
      "must be parts of letters, digits and !_.*'()=- between single slashes",
    )
    .max(300, 'must have at most 300 characters')
    .default('pollhook')
    .describe('what every key begins with, without a slash at its end; may be empty'),
  format: lineFormat('envelope'),
  encryption: z
    .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
    .optional()
    .describe('how S3 encrypts the objects; default as the bucket says'),
  kmsKey: z
    .string()
    .regex(/^[A-Za-z0-9:/_-]{1,2048}$/, 'must be the id, the ARN or the alias of a key')
    .optional()
    .describe("the key of KMS, with `encryption` `aws:kms` or `aws:kms:dsse`; default the account's key for S3"),
  storageClass: z
    .enum(['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'])
    .optional()
    .describe('the storage class of the objects; default `STANDARD`'),
  bucketOwner: z
    .string()
    .regex(/^\d{12}$/, 'must be an account of 12 digits')
    .optional()
    .describe('the account that must own the bucket, or nothing is written'),
  overwrite: z
    .boolean()
    .default(false)
    .describe('whether an object that is there already is written again; for stores without conditional writes'),
})

const config = fields.refine(({ encryption, kmsKey }) => kmsKey === undefined || encryption?.startsWith('aws:kms'), {
  message: 'needs `encryption` to be aws:kms or aws:kms:dsse',
  path: ['kmsKey'],
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/** S3 takes 5 GB (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); this is what fits into a message of the queue. */
const BATCH = { maxEvents: 5_000, maxBytes: 900_000 }

/**
 * Amazon S3, or a store with its interface: an object for each request, of lines of JSON, compressed. Its key is made of what is in it,
 * so a repeat finds the object there.
 */
export const s3: Destination<Config> = {
  type: 's3',
  config,
  batch: BATCH,
  auth: ({ region }) => ({ kind: 'aws', service: 's3', region }),
  storesOnce: true,
  group: ({ time }) => partitionOf(time),
  request,
  outcome,
}

function request(delivery: Delivery, config: Config): HttpRequest {
  const body = gzipSync(recordLines(config.format, delivery))
  const headers: Record<string, string> = {
    'content-type': 'application/gzip',
    // Buckets with Object Lock take nothing without it, and damage on the way is noticed.
    'content-md5': createHash('md5').update(body).digest('base64'),
    ...(!config.overwrite && { 'if-none-match': '*' }),
    ...(config.encryption && { 'x-amz-server-side-encryption': config.encryption }),
    ...(config.kmsKey && { 'x-amz-server-side-encryption-aws-kms-key-id': config.kmsKey }),
    ...(config.storageClass && { 'x-amz-storage-class': config.storageClass }),
    ...(config.bucketOwner && { 'x-amz-expected-bucket-owner': config.bucketOwner }),
  }
  return { method: 'PUT', url: `${bucketUrl(config)}/${pathOf(keyOf(delivery, config))}`, headers, body }
}

/** `<prefix>/source=<id>/dt=2026-05-01/hour=10/<id of the delivery>.ndjson.gz`: partitions as Athena, Glue and Spark find them. */
function keyOf({ id, source, events }: Delivery, { prefix }: Config): string {
  const [first] = events
  const parts = [prefix, `source=${source.id}`, partitionOf(first?.time ?? ''), `${id}.ndjson.gz`]
  return parts.filter((part) => part !== '').join('/')
}

/** The hour of an instant, in UTC. The events of an object all lie in its hour. */
function partitionOf(time: OutgoingEvent['time']): string {
  const [, date, hour] = /^(.*)T(\d\d)/.exec(fromMs(toMs(time))) ?? []
  return `dt=${date}/hour=${hour}`
}

/**
 * A dot in the name of a bucket does not go with the certificate of `*.s3.<region>.amazonaws.com`
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html); other stores have all buckets under one host.
 */
function bucketUrl({ bucket, region, url }: Config): string {
  if (url !== undefined) {
    const { origin, pathname } = new URL(url)
    return `${origin}${pathname.replace(/\/$/, '')}/${bucket}`
  }
  const host = `s3.${awsDomain(region)}`
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`
}

/** Encoded as the signature wants it: all but letters, digits and `-._~` (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). */
function pathOf(key: string): string {
  return key.split('/').map(encoded).join('/')
}

function encoded(part: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(part).replaceAll(/[!'()*]/g, hex)
}

/**
 * Errors that pass (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). Every other 4xx is about the bucket, the key
 * or the credentials: what is in a compressed object is nothing to S3, so no event is refused but for its size.
 */
const PASSING = [
  'BadDigest',
  'ConditionalRequestConflict',
  'ExpiredToken',
  'IncompleteBody',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'ServiceUnavailable',
  'SlowDown',
  'TokenRefreshRequired',
]

function outcome({ status, body }: HttpResponse, _: Delivery, { overwrite }: Config): Outcome {
  const code = /<Code>([A-Za-z.]{1,60})<\/Code>/.exec(body)?.[1]
  // If-None-Match: the object is there, and its key says what is in it.
  if (status === 412 && code === 'PreconditionFailed' && !overwrite) return { kind: 'delivered' }
  const reason = `the receiver answered ${status}${code === undefined ? '' : `: ${code}`}`
  if (code !== undefined && status > 299 && PASSING.includes(code)) return { kind: 'retry', reason }
  if (status === 413 || code === 'EntityTooLarge') return { kind: 'refused', reason }
  const general = outcomeOf(status)
  if (general.kind === 'refused' || status === 501) return { kind: 'hold', reason }
  return general.kind === 'delivered' ? general : { ...general, reason }
}
