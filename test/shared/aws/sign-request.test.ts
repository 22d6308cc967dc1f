import { createHash, createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { requestSigner } from '../../../shared/aws/sign-request.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'

/** Of https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4 */
const SUITE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const SUITE_TIME = new Date('2015-08-30T12:36:00Z')

/** Of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const S3 = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const S3_TIME = new Date('2013-05-24T00:00:00Z')
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

function signer(credentials: Keys, now: Date, service: string) {
  const sign = requestSigner(new SQSClient({ region: 'us-east-1', credentials }), () => now)
  return (request: HttpRequest) => sign(request, { kind: 'aws', service, region: 'us-east-1' })
}

const scope = 'Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
const s3Scope = 'Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'

function vector(
  method: HttpRequest['method'],
  target: string,
  headers: Record<string, string> = {},
  body?: string,
): HttpRequest {
  const url = `https://example.amazonaws.com${target}`
  return { method, url, headers, ...(body !== undefined && { body }) }
}

describe('the signing test suite of AWS', () => {
  it.each<[name: string, request: HttpRequest, signed: string, signature: string]>([
    [
      'get-vanilla-query-order-key-case',
      vector('GET', '/?Param2=value2&Param1=value1'),
      'host;x-amz-date',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-unreserved',
      vector(
        'GET',
        '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      ),
      'host;x-amz-date',
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    ],
    [
      'get-vanilla-utf8-query',
      vector('GET', '/?%E1%88%B4=bar'),
      'host;x-amz-date',
      '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
    ],
    [
      'get-slashes-normalized',
      vector('GET', '//example//'),
      'host;x-amz-date',
      '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
    ],
    [
      'post-vanilla-query',
      vector('POST', '/?Param1=value1'),
      'host;x-amz-date',
      '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
    ],
    [
      'post-header-key-sort',
      vector('POST', '/', { 'my-header1': 'value1' }),
      'host;my-header1;x-amz-date',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-x-www-form-urlencoded',
      vector(
        'POST',
        '/',
        {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': '13',
          'x-amz-content-sha256': '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e',
        },
        'Param1=value1',
      ),
      'content-length;content-type;host;x-amz-content-sha256;x-amz-date',
      'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
    ],
  ])('%s', async (_, request, signed, signature) => {
    const { headers, ...rest } = await signer(SUITE, SUITE_TIME, 'service')(request)
    expect(headers).toEqual({
      ...request.headers,
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    })
    const { headers: _headers, ...unchanged } = request
    expect(rest).toEqual(unchanged)
  })

  it('get-vanilla-with-session-token', async () => {
    const sessionToken = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267'
    const { headers } = await signer({ ...SUITE, sessionToken }, SUITE_TIME, 'service')(vector('GET', '/'))
    const signature = '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8'
    expect(headers).toEqual({
      'x-amz-date': '20150830T123600Z',
      'x-amz-security-token': sessionToken,
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=${signature}`,
    })
  })
})

describe('the examples of S3', () => {
  const get = (target: string, headers = {}): HttpRequest => ({
    method: 'GET',
    url: `https://examplebucket.s3.amazonaws.com${target}`,
    headers,
  })
  it.each([
    [
      'GET Object',
      get('/test.txt', { range: 'bytes=0-9' }),
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'GET Bucket Lifecycle',
      get('/?lifecycle'),
      'host;x-amz-content-sha256;x-amz-date',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'Get Bucket (List Objects)',
      get('/?max-keys=2&prefix=J'),
      'host;x-amz-content-sha256;x-amz-date',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', async (_, request, signed, signature) => {
    const { headers } = await signer(S3, S3_TIME, 's3')(request)
    expect(headers).toMatchObject({
      'x-amz-content-sha256': EMPTY,
      authorization: `AWS4-HMAC-SHA256 ${s3Scope}, SignedHeaders=${signed}, Signature=${signature}`,
    })
  })
})

describe('what no published vector covers', () => {
  const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

  /** As https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html describes it, step by step. */
  function signatureOf(canonicalRequest: string, service: string): string {
    const signed = `AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/${service}/aws4_request\n${hash(canonicalRequest)}`
    const key = ['20150830', 'us-east-1', service, 'aws4_request'].reduce<string | Buffer>(
      hmac,
      `AWS4${SUITE.secretAccessKey}`,
    )
    return hmac(key, signed).toString('hex')
  }
  const bytes = Buffer.from([0x1f, 0x8b, 0, 255])
  const put: HttpRequest = {
    method: 'PUT',
    url: 'https://host.example.com:8443/a%20b/%C3%A9.gz?x=1&x=%2B',
    headers: { 'content-type': 'application/gzip' },
    body: bytes,
  }

  it('S3 gets the path as it is, and the hash of the bytes', async () => {
    const { headers } = await signer(SUITE, SUITE_TIME, 's3')(put)
    const canonical = [
      'PUT',
      '/a%20b/%C3%A9.gz',
      'x=%2B&x=1',
      'content-type:application/gzip',
      'host:host.example.com:8443',
      `x-amz-content-sha256:${hash(bytes)}`,
      'x-amz-date:20150830T123600Z',
      '',
      'content-type;host;x-amz-content-sha256;x-amz-date',
      hash(bytes),
    ].join('\n')
    expect(headers['x-amz-content-sha256']).toBe(hash(bytes))
    expect(headers.authorization?.split('Signature=')[1]).toBe(signatureOf(canonical, 's3'))
  })

  it('all others get the path encoded once more, and no hash in a header', async () => {
    const { headers } = await signer(SUITE, SUITE_TIME, 'es')(put)
    const canonical = [
      'PUT',
      '/a%2520b/%25C3%25A9.gz',
      'x=%2B&x=1',
      'content-type:application/gzip',
      'host:host.example.com:8443',
      'x-amz-date:20150830T123600Z',
      '',
      'content-type;host;x-amz-date',
      hash(bytes),
    ].join('\n')
    expect(headers['x-amz-content-sha256']).toBeUndefined()
    expect(headers.authorization?.split('Signature=')[1]).toBe(signatureOf(canonical, 'es'))
  })

  it('a serverless collection of OpenSearch gets the hash in a header', async () => {
    const { headers } = await signer(SUITE, SUITE_TIME, 'aoss')(put)
    expect(headers['x-amz-content-sha256']).toBe(hash(bytes))
  })
})

it('no credentials are the fault of our own side, and are not quoted', async () => {
  const client = new SQSClient({
    region: 'us-east-1',
    credentials: async () => {
      throw new Error('hunter2')
    },
  })
  const sign = requestSigner(client, () => SUITE_TIME)
  const error: unknown = await sign(vector('GET', '/'), { kind: 'aws', service: 'es', region: 'us-east-1' }).catch(
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ kind: 'store-unavailable' })
  expect(String(error)).toContain('Cannot sign a request for example.amazonaws.com')
  expect(inspect(error)).not.toContain('hunter2')
})
