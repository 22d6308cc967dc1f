import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { signatureProblem } from './aws-signature.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const REGION = 'eu-west-1'
const BUCKET = 'audit-archive'
const OWNER = '123456789012'

/** Of an `x-amz-` header, the error for a value that is not among the documented ones (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). */
const VALUES: Readonly<Record<string, { readonly allowed: RegExp; readonly error: string }>> = {
  'x-amz-server-side-encryption': {
    allowed: /^(AES256|aws:kms|aws:kms:dsse)$/,
    error: 'InvalidEncryptionAlgorithmError',
  },
  'x-amz-server-side-encryption-aws-kms-key-id': { allowed: /^[\w:/-]+$/, error: 'KMS.NotFoundException' },
  'x-amz-storage-class': {
    allowed: /^(STANDARD|STANDARD_IA|ONEZONE_IA|INTELLIGENT_TIERING|GLACIER|DEEP_ARCHIVE|GLACIER_IR)$/,
    error: 'InvalidStorageClass',
  },
}

const line = z.looseObject({ id: z.string() })

/** Amazon S3: one bucket, addressed by path, and PutObject alone. */
export const createS3: CreateReceiver = () => {
  const objects = new Map<string, Buffer>()
  return {
    type: 's3',
    settings: (url) => ({ url, region: REGION, bucket: BUCKET, bucketOwner: OWNER }),
    secrets: () => ({}),
    answer(request) {
      if (request.method !== 'PUT') return error(405, 'MethodNotAllowed')
      const [, bucket = '', key = ''] = /^\/([^/]+)\/(.+)$/.exec(decodeURIComponent(request.path)) ?? []
      const problem = problemOf(request, bucket) ?? conditionOf(request, objects.has(key))
      if (problem !== undefined) return problem
      objects.set(key, request.body)
      return { status: 200, headers: { etag: `"${createHash('md5').update(request.body).digest('hex')}"` } }
    },
    stored: () => [...objects.values()].flatMap(eventsOf),
  }
}

function problemOf(request: ReceivedRequest, bucket: string): ReceiverAnswer | undefined {
  const { headers, body } = request
  const signature = signatureProblem(request, { service: 's3', region: REGION })
  if (signature === 'InvalidSignatureException') return error(403, 'SignatureDoesNotMatch')
  if (signature !== undefined) return error(403, 'AccessDenied')
  if (bucket !== BUCKET) return error(404, 'NoSuchBucket')
  if ((headers['x-amz-expected-bucket-owner'] ?? OWNER) !== OWNER) return error(403, 'AccessDenied')
  for (const [name, { allowed, error: code }] of Object.entries(VALUES)) {
    if (headers[name] !== undefined && !allowed.test(headers[name])) return error(400, code)
  }
  const isKms = headers['x-amz-server-side-encryption']?.startsWith('aws:kms') === true
  if (!isKms && headers['x-amz-server-side-encryption-aws-kms-key-id'] !== undefined)
    return error(400, 'InvalidArgument')
  const md5 = createHash('md5').update(body).digest('base64')
  return (headers['content-md5'] ?? md5) === md5 ? undefined : error(400, 'BadDigest')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function conditionOf({ headers }: ReceivedRequest, isThere: boolean): ReceiverAnswer | undefined {
  if (headers['if-none-match'] === undefined) return undefined
  if (headers['if-none-match'] !== '*') return error(501, 'NotImplemented')
  return isThere ? error(412, 'PreconditionFailed') : undefined
}

/** What a reader of the bucket would find: lines of JSON under gzip, each ended by a line feed. */
function eventsOf(object: Buffer): StoredEvent[] {
  const lines = gunzipSync(object).toString().split('\n')
  if (lines.pop() !== '') throw new Error('The last line of an object has no end')
  return lines.map((text) => ({ id: line.parse(JSON.parse(text)).id, raw: rawValue(text, ['data']) ?? '' }))
}

function error(status: number, code: string): ReceiverAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Not taken.</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml' }, body }
}
