import type { SQSClient } from '@aws-sdk/client-sqs'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsAuth } from '../contracts/auth.ts'
import type { HttpRequest } from '../contracts/http.ts'
import { awsFault } from './aws-fault.ts'

/**
 * Signs a request as it is: method, URL, headers, body. What is changed afterwards breaks the signature; a header that HTTP adds by
 * itself, such as `content-length`, does not.
 *
 * @throws Fault `store-unavailable` when there are no credentials
 */
type SignRequest = (request: HttpRequest, auth: AwsAuth) => Promise<HttpRequest>

/**
 * S3 takes the path as it stands in the URL; for all others it is encoded once more
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request).
 */
const PATH_AS_IT_IS = ['s3']

/**
 * Who wants the hash of the body as a header (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html,
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing).
 */
const BODY_HASH_IN_HEADER = ['s3', 'aoss']

/**
 * Signature Version 4 with the function's own credentials.
 *
 * @param client whose credentials and hash function are used, so that they are looked up and renewed once
 */
export function requestSigner(client: Pick<SQSClient, 'config'>, now: () => Date): SignRequest {
  const { credentials, sha256 } = client.config

  return async (request, { service, region }) => {
    const signer = new SignatureV4({
      credentials,
      sha256,
      service,
      region,
      uriEscapePath: !PATH_AS_IT_IS.includes(service),
      applyChecksum: BODY_HASH_IN_HEADER.includes(service),
    })
    const { protocol, host, pathname, search } = new URL(request.url)
    const unsigned = {
      ...request,
      protocol,
      hostname: host,
      path: pathname,
      query: queryOf(search),
      headers: { ...request.headers, host },
    }
    const signed = await signer.sign(unsigned, { signingDate: now() }).catch((error: unknown) => {
      throw awsFault('store-unavailable', `sign a request for ${host}`, error)
    })
    const { host: _, ...headers } = signed.headers // the client sends it by itself
    return { ...request, headers }
  }
}

/** By name, decoded. A plus sign is one. */
function queryOf(search: string): Record<string, string | string[]> {
  const values = new Map<string, string[]>()
  for (const pair of search.slice(1).split('&').filter(Boolean)) {
    const [name = '', ...rest] = pair.split('=')
    const value = decodeURIComponent(rest.join('='))
    values.set(decodeURIComponent(name), [...(values.get(decodeURIComponent(name)) ?? []), value])
  }
  return Object.fromEntries(
    [...values].map(([name, [first = '', ...more]]) => [name, more.length > 0 ? [first, ...more] : first]),
  )
}
