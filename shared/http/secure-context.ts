import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Fault } from '../contracts/fault.ts'
import type { TlsOptions } from '../contracts/http.ts'

/** Made once for the same object: with an authority it takes 10 ms, because all public ones are read with it. */
const made = new WeakMap<TlsOptions, SecureContext>()

/**
 * What TLS needs for connections with a certificate or an authority of one's own.
 *
 * @throws Fault `configuration-invalid` when OpenSSL does not take it
 */
export function secureContextOf(tls: TlsOptions): SecureContext {
  const known = made.get(tls)
  if (known !== undefined) return known
  const context = secureContext(tls)
  made.set(tls, context)
  return context
}

function secureContext({ certificate, key, ca }: TlsOptions): SecureContext {
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
