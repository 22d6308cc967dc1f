import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signatureProblem } from '../../../local/receivers/aws-signature.ts'
import type { ReceivedRequest } from '../../../local/receivers/receiver.ts'
import { type ServedReceiver, serveReceiver } from '../../../local/receivers/serve.ts'
import { requestSigner } from '../../../shared/aws/sign-request.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'local' }
const FIREHOSE = { service: 'firehose', region: 'eu-west-1' }
const NOW = new Date('2026-05-01T10:15:42Z')

async function signedRequest(): Promise<ReceivedRequest> {
  const sign = requestSigner(new SQSClient({ region: 'eu-west-1', credentials }), () => NOW)
  const url = 'https://firehose.eu-west-1.amazonaws.com/a%20b?x=1&y=a%20b'
  const plain = { method: 'POST', url, headers: { 'x-amz-target': 't' }, body: 'text' } as const
  const { headers } = await sign(plain, { kind: 'aws', service: 'firehose', region: 'eu-west-1' })
  const { pathname: path, searchParams: query, host } = new URL(url)
  const body = Buffer.from('text')
  return { method: 'POST', path, query, headers: { ...headers, host }, body, wireBytes: body.length }
}

describe('signatureProblem()', () => {
  it('finds nothing in what the SDK has signed', async () => {
    expect(signatureProblem(await signedRequest(), FIREHOSE)).toBeUndefined()
  })

  it('finds whatever was changed afterwards', async () => {
    const request = await signedRequest()
    const changes: Partial<ReceivedRequest>[] = [
      { body: Buffer.from('test') },
      { method: 'PUT' },
      { path: '/a' },
      { query: new URLSearchParams('x=2') },
      { headers: { ...request.headers, 'x-amz-target': 'u' } },
      { headers: { ...request.headers, host: 'firehose.eu-west-1.example.com' } },
    ]
    const found = changes.map((change) => signatureProblem({ ...request, ...change }, FIREHOSE))
    expect(found).toEqual(changes.map(() => 'InvalidSignatureException'))
  })

  it('finds what the signature does not cover, or is not for', async () => {
    const request = await signedRequest()
    const more = { ...request, headers: { ...request.headers, 'x-amz-acl': 'private' } }
    expect(signatureProblem(more, FIREHOSE)).toBe('IncompleteSignatureException')
    expect(signatureProblem(request, { ...FIREHOSE, service: 'events' })).toBe('IncompleteSignatureException')
    expect(signatureProblem(request, { ...FIREHOSE, region: 'us-east-1' })).toBe('IncompleteSignatureException')
    const { authorization: _, ...headers } = request.headers
    expect(signatureProblem({ ...request, headers }, FIREHOSE)).toBe('MissingAuthenticationTokenException')
  })
})

describe("what AWS's own client for S3 sends", () => {
  const seen: (string | undefined)[] = []
  let served: ServedReceiver
  beforeAll(async () => {
    const receiver = {
      type: 's3',
      settings: () => ({}),
      secrets: () => ({}),
      stored: () => [],
      answer(request: ReceivedRequest) {
        seen.push(signatureProblem(request, { service: 's3', region: 'eu-west-1' }))
        return { status: 200 }
      },
    }
    served = await serveReceiver(receiver, { port: 0 })
  })
  afterAll(() => served.close())

  it.each([
    ['local', undefined],
    ['another', 'InvalidSignatureException'],
  ])('with the secret key %s is judged as %s', async (secretAccessKey, problem) => {
    const client = new S3Client({
      region: 'eu-west-1',
      endpoint: served.url,
      forcePathStyle: true,
      credentials: { ...credentials, secretAccessKey },
    })
    const input = { Bucket: 'audit', Key: "a=b/it's (1)*!é.gz", Body: 'text', ServerSideEncryption: 'AES256' } as const
    await client.send(new PutObjectCommand(input))
    client.destroy()
    expect(seen.at(-1)).toBe(problem)
  })
})
