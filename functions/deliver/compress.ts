import { gzipSync } from 'node:zlib'
import type { HttpRequest } from '../../shared/contracts/http.ts'

/** A shorter body fits into one packet with its headers, compressed or not. */
const LEAST_LENGTH = 1_024

/** Of the default's gain all but a hundredth of the body, at 60 % of its time (docs/decisions/050-compressed-bodies.md). */
const LEVEL = 3

/**
 * The request with its body as gzip and a `content-encoding` that says so. A short body stays as it is, and so does one that the
 * destination has compressed itself.
 */
export function compressed(request: HttpRequest): HttpRequest {
  const { headers, body } = request
  const isCompressed = headers['content-encoding'] !== undefined || headers['content-type'] === 'application/gzip'
  if (body === undefined || body.length < LEAST_LENGTH || isCompressed) return request
  // Not in the background: handing a body over costs as much CPU time as compressing 50 kB, and a function has less than one CPU.
  return { ...request, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body, { level: LEVEL }) }
}
