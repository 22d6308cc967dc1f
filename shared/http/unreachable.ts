import { Fault } from '../contracts/fault.ts'

/** Node's codes for a name that gives no address (https://nodejs.org/api/dns.html#error-codes). */
const NAME_CODES = /^(ENOTFOUND|ENODATA|EAI_[A-Z]+)$/

/** OpenSSL's and Node's codes for a handshake that failed (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH)/

/** Why no answer came; the `cause` of a Fault `unreachable` from the client. Holds nothing of the request or the answer. */
class NoAnswer extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.name = 'NoAnswer'
    this.code = code
  }
}

/**
 * A Fault `unreachable` that names the host and the code of the failure, and nothing else of the request.
 *
 * @param status of an answer that came, but whose body cannot be decompressed
 */
export function unreachable(host: string, code: string, status?: number): Fault {
  const text = `Cannot reach ${host}: found no complete answer (${code}), wanted one`
  return new Fault('unreachable', text, { cause: new NoAnswer(code), ...(status !== undefined && { status }) })
}

/** True when the name or the certificate was at fault: the endpoint itself is wrong, and if it lasts, somebody must act. */
export function isEndpointFault(fault: Fault): boolean {
  const { cause } = fault
  return cause instanceof NoAnswer && (NAME_CODES.test(cause.code) || TLS_CODES.test(cause.code))
}
