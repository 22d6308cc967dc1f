import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Fault } from '../contracts/fault.ts'
import type { TlsOptions } from '../contracts/http.ts'

/**
 * What TLS needs for connections with a certificate or an authority of one's own. Making it is the work of some milliseconds where
 * there is an authority, because all public ones are read with it.
 *
 * @throws Fault `configuration-invalid` when OpenSSL does not take it
 */
export function secureContextOf({ certificate, key, ca }: TlsOptions): SecureContext {
  try {
    return createSecureContext({
      ...(certificate !== undefined && key !== undefined && { cert: certificate, key }),
      // `ca` replaces the public authorities, so they are named too.
      ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
    })
  } catch (error) {
    // The code alone: OpenSSL's text may tell something of the key.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const text = `Cannot use tls: found a certificate or key that OpenSSL refuses (${code}), wanted usable ones`
    throw new Fault('configuration-invalid', text)
  }
}
