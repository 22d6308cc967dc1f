import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { Fault } from '../../shared/contracts/fault.ts'
import type { SecretRef } from '../../shared/contracts/http.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The private key of a PEM text.
 *
 * @param where names the text in an error, such as `the secret hook/key`
 * @throws Fault `configuration-invalid`, which holds nothing of the text
 */
export function privateKeyIn(pem: string, where: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // Also OpenSSL's words are left out: they may tell something of the key.
    throw unusable(where, 'no private key', 'one as PEM, without a passphrase')
  }
}

/**
 * The certificates of a PEM text, at least one, in their order.
 *
 * @param where as in `privateKeyIn`
 * @throws Fault `configuration-invalid`
 */
export function certificatesIn(pem: string, where: string): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first, ...more] = [...pem.matchAll(CERTIFICATE)].map(([block]) => new X509Certificate(block))
    if (first !== undefined) return [first, ...more]
  } catch {
    // as below
  }
  throw unusable(where, 'no certificate that can be read', 'one or more as PEM')
}

/**
 * The first certificate of one text and the key of another, which belong together.
 *
 * @throws Fault `configuration-invalid`, naming the secret that is wrong
 */
export function keyPairIn(
  certificate: { readonly pem: string; readonly reference: SecretRef },
  key: { readonly pem: string; readonly reference: SecretRef },
): { readonly certificate: X509Certificate; readonly key: KeyObject } {
  const [first] = certificatesIn(certificate.pem, secretNamed(certificate.reference))
  const privateKey = privateKeyIn(key.pem, secretNamed(key.reference))
  if (first.checkPrivateKey(privateKey)) return { certificate: first, key: privateKey }
  const wanted = `that of the first certificate in ${secretNamed(certificate.reference)}`
  throw unusable(secretNamed(key.reference), 'the key of another certificate', wanted)
}

export function secretNamed({ secret }: SecretRef): string {
  return `the secret ${secret}`
}

function unusable(where: string, found: string, wanted: string): Fault {
  return new Fault('configuration-invalid', `Cannot use ${where}: found ${found}, wanted ${wanted}`)
}
