import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ReceivedRequest } from './receiver.ts'

/** The secret half of the credentials that a local run signs with; the other half may be any. */
const SECRET_ACCESS_KEY = 'local'

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<date>\d{8})\/(?<region>[a-z0-9-]+)\/(?<service>[a-z0-9-]+)\/aws4_request, ?SignedHeaders=(?<names>[a-z0-9;-]+), ?Signature=(?<signature>[0-9a-f]{64})$/

/** What AWS says to a request whose signature it does not accept. */
export type SignatureProblem =
  | 'MissingAuthenticationTokenException'
  | 'IncompleteSignatureException'
  | 'InvalidSignatureException'

/**
 * Checks a Signature Version 4 in the `authorization` header
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html): its form, that it covers the host, the time,
 * every `x-amz-` header and the body, and that it is the right one for the service in its Region.
 */
export function signatureProblem(
  request: ReceivedRequest,
  { service, region }: { readonly service: string; readonly region: string },
): SignatureProblem | undefined {
  const { headers, body } = request
  if (headers.authorization === undefined) return 'MissingAuthenticationTokenException'
  const claims = HEADER.exec(headers.authorization)?.groups
  const time = headers['x-amz-date'] ?? ''
  const names = (claims?.names ?? '').split(';')
  const mustBeSigned = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  if (
    claims?.service !== service ||
    claims.region !== region ||
    !/^\d{8}T\d{6}Z$/.test(time) ||
    !time.startsWith(`${claims.date}T`)
  ) {
    return 'IncompleteSignatureException'
  }
  if (mustBeSigned.some((name) => !names.includes(name))) return 'IncompleteSignatureException'

  const bodyHash = createHash('sha256').update(body).digest('hex')
  const stated = headers['x-amz-content-sha256']
  if ((service === 's3' && stated === undefined) || (stated ?? bodyHash) !== bodyHash)
    return 'InvalidSignatureException'
  const canonical = [
    request.method,
    service === 's3' ? encodedPath(decodeURIComponent(request.path)) : encodedPath(request.path),
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n')
  const scope = `${claims.date}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = [`${claims.date}`, region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${SECRET_ACCESS_KEY}`,
  )
  const isRight = timingSafeEqual(hmac(key, text), Buffer.from(`${claims.signature}`, 'hex'))
  return isRight ? undefined : 'InvalidSignatureException'
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
}

function encodedPath(path: string): string {
  return path.split('/').map(encoded).join('/')
}

function encoded(text: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, hex)
}
