import { constants, type KeyObject, sign } from 'node:crypto'

/** RS256 and PS256 need an RSA key, ES256 one on the curve P-256 (RFC 7518, section 3.1). */
export type JwtAlgorithm = 'RS256' | 'PS256' | 'ES256'

/** A JSON Web Token (RFC 7519) in its compact form. */
export function signedJwt(
  algorithm: JwtAlgorithm,
  key: KeyObject,
  header: Readonly<Record<string, string>>,
  claims: Readonly<Record<string, string | number>>,
): string {
  const signed = `${encoded({ alg: algorithm, typ: 'JWT', ...header })}.${encoded(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...OPTIONS[algorithm] }).toString('base64url')}`
}

/** https://www.rfc-editor.org/rfc/rfc7518#section-3.3 to 3.5: the salt is as long as the hash, an ECDSA signature is R and S. */
const OPTIONS = {
  RS256: { padding: constants.RSA_PKCS1_PADDING },
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  ES256: { dsaEncoding: 'ieee-p1363' },
} as const

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
