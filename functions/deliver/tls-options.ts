import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { SecretRef, Secrets, TlsOptions } from '../../shared/contracts/http.ts'
import { certificatesIn, keyPairIn, secretNamed } from './pem.ts'

/** What was checked last for a configuration: reading a certificate costs more than a request. */
const checked = new WeakMap<DestinationConfig['tls'], TlsOptions>()

/**
 * The certificate, key and authorities of a destination's configuration; undefined where it has none of them.
 *
 * @throws Fault `configuration-invalid`, naming the secret whose content is none, and nothing of the content
 */
export function tlsOptions(tls: DestinationConfig['tls'], secrets: Secrets): TlsOptions | undefined {
  const { clientCertificate, clientKey, ca } = tls
  if (clientCertificate === undefined && ca === undefined) return undefined
  const options = {
    certificate: clientCertificate === undefined ? undefined : secrets(clientCertificate),
    key: clientKey === undefined ? undefined : secrets(clientKey),
    ca: ca === undefined || typeof ca === 'string' ? ca : secrets(ca),
  }
  const known = checked.get(tls)
  if (known !== undefined && isSame(known, options)) return known
  check(options, tls)
  checked.set(tls, options)
  return options
}

function isSame(a: TlsOptions, b: TlsOptions): boolean {
  return a.certificate === b.certificate && a.key === b.key && a.ca === b.ca
}

function check({ certificate, key, ca }: TlsOptions, names: DestinationConfig['tls']): void {
  const { clientCertificate, clientKey } = names
  if (certificate !== undefined && key !== undefined && clientCertificate !== undefined && clientKey !== undefined) {
    keyPairIn({ pem: certificate, reference: clientCertificate }, { pem: key, reference: clientKey })
  }
  if (ca !== undefined) certificatesIn(ca, nameOf(names.ca))
}

function nameOf(ca: string | SecretRef | undefined): string {
  return typeof ca === 'object' ? secretNamed(ca) : 'tls.ca'
}
