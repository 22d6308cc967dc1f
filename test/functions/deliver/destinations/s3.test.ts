import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { s3 } from '../../../../functions/deliver/destinations/s3.ts'
import { createS3 } from '../../../../local/receivers/s3.ts'
import { serveReceiver } from '../../../../local/receivers/serve.ts'
import type { OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { HttpRequest } from '../../../../shared/contracts/http.ts'
import { createSend } from '../../../../shared/http/client.ts'
import { deliveryOf } from '../../../../shared/message.ts'
import { destinationContract } from '../../../contracts/destination.ts'
import { clientsOf, openForTest } from '../../../local/emulators/emulators.ts'
import { temporaryFolder } from '../../../local/temporary.ts'
import { NOW, postSigned } from './post-signed.ts'
import { someEvents } from './post-to-receiver.ts'

const OWN = { region: 'eu-west-1', bucket: 'audit-archive' }
destinationContract('s3', s3, [
  { name: 'as little as possible', own: OWN, origin: 'https://audit-archive.s3.eu-west-1.amazonaws.com' },
  {
    name: 'all fields, a bucket with dots',
    own: {
      region: 'cn-north-1',
      bucket: 'audit.example.com',
      prefix: 'soc/audit',
      encryption: 'aws:kms',
      kmsKey: 'alias/audit',
      storageClass: 'STANDARD_IA',
      bucketOwner: '123456789012',
      overwrite: true,
    },
    origin: 'https://s3.cn-north-1.amazonaws.com.cn',
  },
])

const EVENT: OutgoingEvent = {
  id: 'evt_a',
  type: 'tines.event',
  time: '2026-05-01T10:15:42.479123Z',
  raw: '{ "id": 9007199254740993,\r\n "a": 1.10 }',
}
const config = (more: Readonly<Record<string, unknown>> = {}) => s3.config.parse({ ...OWN, ...more }) as never
const delivery = (events: readonly OutgoingEvent[]) =>
  deliveryOf({ v: 1, destination: 'siem', source: { id: 'prod-tines', type: 'tines' }, events })
const request = (more: Readonly<Record<string, unknown>> = {}, events: readonly OutgoingEvent[] = [EVENT]) =>
  s3.request(delivery(events), config(more), () => '', NOW)
const textOf = ({ body }: HttpRequest) => gunzipSync(Buffer.from(body ?? '')).toString()
const LINE =
  '{"id":"evt_a","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{ "id": 9007199254740993,   "a": 1.10 }}\n'

describe('the object', () => {
  it('is lines of JSON, compressed, the same bytes for the same events', () => {
    expect(textOf(request())).toBe(LINE)
    expect(textOf(request({}, [EVENT, { ...EVENT, id: 'evt_b', raw: '{}' }]))).toBe(
      `${LINE}{"id":"evt_b","type":"tines.event","timestamp":"2026-05-01T10:15:42.479123Z","source":"prod-tines","data":{}}\n`,
    )
    expect(request().body).toEqual(request().body)
  })

  it('is the vendor records alone when it is to be raw', () => {
    expect(textOf(request({ format: 'raw' }))).toBe('{ "id": 9007199254740993,   "a": 1.10 }\n')
  })

  it('has a key of source, hour and delivery, encoded as a signature wants it', () => {
    expect(request().url).toBe(
      'https://audit-archive.s3.eu-west-1.amazonaws.com/pollhook/source%3Dprod-tines/dt%3D2026-05-01/hour%3D10/evt_a.ndjson.gz',
    )
    const two = [EVENT, { ...EVENT, id: 'evt_b' }]
    expect(request({}, two).url).toMatch(/\/hour%3D10\/msg_[\w-]{27}\.ndjson\.gz$/)
    expect(request({}, two).url).toBe(request({}, two).url)
    expect(request({}, two).url).not.toBe(request({}, two.toReversed()).url)
  })

  it.each([
    ['2026-05-01T00:59:59.999Z', 'dt%3D2026-05-01/hour%3D00'],
    ['2026-05-01T00:59:59+02:00', 'dt%3D2026-04-30/hour%3D22'],
    ['2026-12-31T23:00:00.000001Z', 'dt%3D2026-12-31/hour%3D23'],
  ])('of an event at %s is in %s', (time, partition) => {
    expect(request({}, [{ ...EVENT, time }]).url).toContain(`/${partition}/`)
  })

  it('has events of one hour only: those of another hour are a group of their own', () => {
    const groups = ['10:00:00Z', '10:59:59.999Z', '11:00:00Z', '13:30:00+03:00'].map((time) =>
      s3.group?.({ ...EVENT, time: `2026-05-01T${time}` }, config()),
    )
    expect(groups).toEqual([
      'dt=2026-05-01/hour=10',
      'dt=2026-05-01/hour=10',
      'dt=2026-05-01/hour=11',
      'dt=2026-05-01/hour=10',
    ])
  })

  it.each([
    [{ prefix: '' }, 'https://audit-archive.s3.eu-west-1.amazonaws.com/source%3Dprod-tines/dt'],
    [{ prefix: "soc/it's(1)*" }, 'https://audit-archive.s3.eu-west-1.amazonaws.com/soc/it%27s%281%29%2A/source%3D'],
    [{ bucket: 'audit.example.com' }, 'https://s3.eu-west-1.amazonaws.com/audit.example.com/pollhook/source'],
    [{ region: 'cn-north-1' }, 'https://audit-archive.s3.cn-north-1.amazonaws.com.cn/pollhook/source'],
  ])('with %j stands at %s', (more, beginning) => {
    expect(request(more).url.startsWith(beginning)).toBe(true)
  })

  it.each([
    ['https://minio.example.com:9000', 'https://minio.example.com:9000/audit-archive/pollhook/'],
    ['https://gateway.example.com/s3/', 'https://gateway.example.com/s3/audit-archive/pollhook/'],
  ])('of another store at %s stands below its address', (url, beginning) => {
    const own = { ...(config() as object), url } as never
    expect(s3.request(delivery([EVENT]), own, () => '', NOW).url.startsWith(beginning)).toBe(true)
  })
})

describe('the request', () => {
  it('puts the object, unless it is there, with a checksum', () => {
    const { method, headers, body = '' } = request()
    expect(method).toBe('PUT')
    expect(headers).toEqual({
      'content-type': 'application/gzip',
      'content-md5': createHash('md5').update(body).digest('base64'),
      'if-none-match': '*',
    })
  })

  it('asks for encryption, storage class and owner as configured', () => {
    const more = {
      encryption: 'aws:kms:dsse',
      kmsKey: 'alias/audit',
      storageClass: 'GLACIER_IR',
      bucketOwner: '123456789012',
    }
    expect(request({ ...more, overwrite: true }).headers).toMatchObject({
      'x-amz-server-side-encryption': 'aws:kms:dsse',
      'x-amz-server-side-encryption-aws-kms-key-id': 'alias/audit',
      'x-amz-storage-class': 'GLACIER_IR',
      'x-amz-expected-bucket-owner': '123456789012',
    })
    expect(request({ overwrite: true }).headers['if-none-match']).toBeUndefined()
  })

  it('is signed for S3 in the Region', () => {
    expect(s3.auth?.(config())).toEqual({ kind: 'aws', service: 's3', region: 'eu-west-1' })
  })
})

it.each([
  { bucket: 'Audit' },
  { bucket: 'a' },
  { bucket: 'audit/x' },
  { prefix: '/soc' },
  { prefix: 'soc/' },
  { prefix: 'a//b' },
  { prefix: 'a b' },
  { kmsKey: 'alias/audit' },
  { kmsKey: 'alias/audit', encryption: 'AES256' },
  { bucketOwner: '12345' },
  { region: 'eu west' },
])('%j is not a configuration', (more) => {
  expect(s3.config.safeParse({ ...OWN, ...more }).success).toBe(false)
})

describe('an answer', () => {
  const xml = (code: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>m</Message></Error>`
  const outcome = (status: number, body = '', more: Readonly<Record<string, unknown>> = {}) =>
    s3.outcome({ status, headers: {}, body }, delivery([EVENT]), config(more), NOW)

  it.each([200, 201, 204])('%i is a delivery', (status) => {
    expect(outcome(status)).toEqual({ kind: 'delivered' })
  })

  it('412 says that the object is there: a delivery, if that was asked', () => {
    expect(outcome(412, xml('PreconditionFailed'))).toEqual({ kind: 'delivered' })
    expect(outcome(412, xml('PreconditionFailed'), { overwrite: true }).kind).toBe('hold')
    expect(outcome(412, '<html>').kind).toBe('hold')
  })

  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
  it.each([
    [301, 'PermanentRedirect', 'hold'],
    [307, 'TemporaryRedirect', 'hold'],
    [400, 'AuthorizationHeaderMalformed', 'hold'],
    [400, 'BadDigest', 'retry'],
    [400, 'ExpiredToken', 'retry'],
    [400, 'IncompleteBody', 'retry'],
    [400, 'InvalidArgument', 'hold'],
    [400, 'InvalidBucketName', 'hold'],
    [400, 'InvalidRequest', 'hold'],
    [400, 'InvalidStorageClass', 'hold'],
    [400, 'InvalidToken', 'hold'],
    [400, 'KeyTooLongError', 'hold'],
    [400, 'KMS.DisabledException', 'hold'],
    [400, 'KMS.NotFoundException', 'hold'],
    [400, 'RequestTimeout', 'retry'],
    [400, 'TokenRefreshRequired', 'retry'],
    [400, 'EntityTooLarge', 'refused'],
    [403, 'AccessDenied', 'hold'],
    [403, 'InvalidAccessKeyId', 'hold'],
    [403, 'RequestTimeTooSkewed', 'retry'],
    [403, 'SignatureDoesNotMatch', 'hold'],
    [404, 'NoSuchBucket', 'hold'],
    [405, 'MethodNotAllowed', 'hold'],
    [409, 'ConditionalRequestConflict', 'retry'],
    [409, 'OperationAborted', 'retry'],
    [411, 'MissingContentLength', 'hold'],
    [500, 'InternalError', 'retry'],
    [501, 'NotImplemented', 'hold'],
    [503, 'ServiceUnavailable', 'retry'],
    [503, 'SlowDown', 'retry'],
  ] as const)('%i %s is %s', (status, code, kind) => {
    expect(outcome(status, xml(code))).toEqual({ kind, reason: `the receiver answered ${status}: ${code}` })
  })

  it.each([
    [400, 'hold'],
    [403, 'hold'],
    [413, 'refused'],
    [503, 'retry'],
  ] as const)('%i without a code is %s', (status, kind) => {
    expect(outcome(status, '<html>secret</html>')).toEqual({ kind, reason: `the receiver answered ${status}` })
  })
})

describe('an S3 emulator', () => {
  it("gives the object back to AWS's own client as it was put", async () => {
    const { gateway } = await openForTest(temporaryFolder())
    const { s3: client } = clientsOf(gateway.environment)
    await client.send(new CreateBucketCommand({ Bucket: 'audit-archive' }))
    const built = request({ overwrite: true }, someEvents(3))
    const { pathname } = new URL(built.url)
    const { AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: key } = gateway.environment
    const put = {
      ...built,
      url: `${endpoint}/audit-archive${pathname}`,
      headers: {
        ...built.headers,
        authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260501/eu-west-1/s3/aws4_request`,
      },
    }
    const { status } = await createSend({ local: true })(put, { timeoutMs: 5_000, maxBytes: 10_000 })
    expect(status).toBe(200)

    const listed = await client.send(
      new ListObjectsV2Command({ Bucket: 'audit-archive', Prefix: 'pollhook/source=prod-tines/' }),
    )
    const [object] = listed.Contents ?? []
    expect(object?.Key).toMatch(/^pollhook\/source=prod-tines\/dt=2026-05-01\/hour=09\/msg_[\w-]{27}\.ndjson\.gz$/)
    const read = await client.send(new GetObjectCommand({ Bucket: 'audit-archive', Key: object?.Key }))
    expect(read.ContentType).toBe('application/gzip')
    expect(gunzipSync((await read.Body?.transformToByteArray()) ?? '').toString()).toBe(textOf(built))
  })
})

describe('the simulated S3', () => {
  const oneLine = ({ id, raw }: OutgoingEvent) => ({ id, raw: raw.replaceAll('\n', ' ') })

  it('takes what is sent, signed by the role, and has the records as they were', async () => {
    const receiver = createS3()
    const more = { encryption: 'aws:kms', kmsKey: 'alias/audit', storageClass: 'STANDARD_IA' }
    expect((await postSigned(receiver, s3, someEvents(5), more)).answer.status).toBe(200)
    expect(receiver.stored()).toEqual(someEvents(5).map(oneLine))
  })

  it('has each event once when it is sent again', async () => {
    const receiver = createS3()
    const attempts = []
    for (const overwrite of [false, false, true]) {
      const { answer, outcome } = await postSigned(receiver, s3, someEvents(3), { overwrite })
      attempts.push([answer.status, outcome.kind])
    }
    expect(attempts).toEqual([
      [200, 'delivered'],
      [412, 'delivered'],
      [200, 'delivered'],
    ])
    expect(receiver.stored()).toEqual(someEvents(3).map(oneLine))
  })

  it.each([
    ['another bucket', { bucket: 'other-archive' }, 404],
    ["a bucket of somebody else's", { bucketOwner: '210987654321' }, 403],
  ])('does not take an object for %s', async (_, change, status) => {
    const receiver = createS3()
    const { answer, outcome } = await postSigned(receiver, s3, someEvents(1), change)
    expect([answer.status, outcome.kind]).toEqual([status, 'hold'])
    expect(receiver.stored()).toEqual([])
  })

  it("takes what AWS's own client puts, and refuses it what S3 refuses", async () => {
    const receiver = createS3()
    const served = await serveReceiver(receiver, { port: 0 })
    const client = clientsOf({
      AWS_ENDPOINT_URL_SQS: served.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'local',
    }).s3
    const input = { Bucket: 'audit-archive', Key: 'a=b/c.ndjson.gz', Body: Buffer.from(request().body ?? '') }
    const put = (more: Omit<PutObjectCommandInput, 'Bucket' | 'Key'> & { Bucket?: string; Key?: string } = {}) =>
      client.send(new PutObjectCommand({ ...input, IfNoneMatch: '*', ...more }))
    await put({ ServerSideEncryption: 'AES256', ExpectedBucketOwner: '123456789012', StorageClass: 'STANDARD' })
    await expect(put()).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await expect(put({ Bucket: 'other' })).rejects.toMatchObject({ name: 'NoSuchBucket' })
    await expect(put({ Key: 'd', SSEKMSKeyId: 'k' })).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(put({ Key: 'd', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' })
    await served.close()
    expect(receiver.stored()).toEqual([oneLine({ ...EVENT, raw: EVENT.raw.replace('\r', ' ') })])
  })
})
