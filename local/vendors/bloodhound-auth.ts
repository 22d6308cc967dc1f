import { createHmac } from 'node:crypto'
import type { HttpRequest } from '../../shared/contracts/http.ts'
import { readInstant } from './timeline.ts'

/** What the server holds of its one token and its one session. */
export interface BloodhoundCredentials {
  readonly tokenId: string
  readonly tokenKey: string
  readonly jwt: string
}

/** What the server answers to a request that it does not know the sender of. */
export interface AuthProblem {
  readonly status: 400 | 401 | 404
  readonly message: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const LONGEST_SKEW_MICROS = 3_600_000_000

/** Checks the credential of a request in the server's order; undefined when it is good. */
export function authProblem(request: HttpRequest, held: BloodhoundCredentials, now: Date): AuthProblem | undefined {
  const { authorization } = request.headers
  if (authorization === undefined) return { status: 401, message: 'not authenticated' }
  const [scheme, parameter, ...rest] = authorization.split(' ')
  if (parameter === undefined || rest.length > 0) {
    return { status: 400, message: 'Expected only two components for the Authorization header.' }
  }
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      return parameter === held.jwt ? undefined : { status: 401, message: 'Token Authorization failed.' }
    case 'bhesignature':
      if (!UUID.test(parameter)) return { status: 400, message: 'Token ID is malformed.' }
      return signatureProblem(request, parameter, held, now)
    default:
      return { status: 400, message: `Unexpected authorization scheme: ${scheme}.` }
  }
}

function signatureProblem(request: HttpRequest, tokenId: string, held: BloodhoundCredentials, now: Date) {
  const fail = (status: AuthProblem['status'], message: string): AuthProblem => ({
    status,
    message: `unable to validate request signature for client: ${message}`,
  })
  const { requestdate, signature } = request.headers
  if (requestdate === undefined) return fail(400, 'no request date header')
  const micros = readInstant(requestdate)
  if (micros === undefined) return fail(400, 'malformed request date')
  if (signature === undefined) return fail(400, 'no signature header')
  if (!BASE64.test(signature)) return fail(400, 'malformed signature header')
  if (tokenId !== held.tokenId) return fail(404, 'resource not found')
  const aheadMicros = micros - now.getTime() * 1000
  if (aheadMicros > LONGEST_SKEW_MICROS) return fail(401, 'signature too far ahead')
  if (aheadMicros < -LONGEST_SKEW_MICROS) return fail(401, 'signature too far behind')
  const expected = digest(request, held.tokenKey, requestdate)
  return signature === expected ? undefined : fail(401, 'digest validation failed: signature digest mismatch')
}

/** The server knows the request as the wire brings it: the text after the host. */
function digest({ method, url, body }: HttpRequest, key: string, requestDate: string): string {
  const uri = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  const operation = createHmac('sha256', key).update(method).update(uri).digest()
  const hour = createHmac('sha256', operation).update(requestDate.slice(0, 13)).digest()
  const content = createHmac('sha256', hour)
  if (body !== undefined) content.update(body)
  return content.digest('base64')
}
