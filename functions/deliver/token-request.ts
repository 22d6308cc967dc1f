import { createHash, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { OAuth2, OAuth2Client } from '../../shared/contracts/auth.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { HttpRequest, SecretRef, Secrets } from '../../shared/contracts/http.ts'
import { type JwtAlgorithm, signedJwt } from './jwt.ts'
import { keyPairIn, privateKeyIn, secretNamed } from './pem.ts'

/** Entra asks for 5 to 10 minutes at most: https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
const CLIENT_JWT_SECONDS = 300

/** Google wants an hour at most: https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
const GRANT_JWT_SECONDS = 3_600

/** The parts of Google's key file that are needed. Its `token_uri` is not: a secret does not decide where a request goes. */
const keyFile = z.object({
  client_email: z.string().min(1),
  private_key: z.string(),
  private_key_id: z.string().min(1).optional(),
})

/**
 * The request for an access token.
 *
 * @param id makes a signed request unlike any other (`jti`)
 * @throws Fault `configuration-invalid`, naming the secret that cannot be used
 */
export function tokenRequest(auth: OAuth2, secrets: Secrets, now: Date, id: string): HttpRequest {
  const { parameters, headers = {} } = grantOf(auth, secrets, Math.floor(now.getTime() / 1_000), id)
  return {
    method: 'POST',
    url: auth.tokenUrl,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    // What the grant says comes last: it must not be replaced.
    body: new URLSearchParams({ ...auth.parameters, ...parameters }).toString(),
  }
}

/** The secrets that the token is asked for with. */
export function proofOf(client: OAuth2Client, secrets: Secrets): string {
  const parts = 'id' in client ? [text(client.id, secrets)] : []
  if (client.kind === 'certificate') parts.push(secrets(client.certificate))
  parts.push(secrets('secret' in client ? client.secret : client.key))
  return parts.join('\n')
}

interface Grant {
  readonly parameters: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

function grantOf({ client, tokenUrl }: OAuth2, secrets: Secrets, nowSeconds: number, jti: string): Grant {
  const grant = { grant_type: 'client_credentials' }
  switch (client.kind) {
    case 'secret-in-header': {
      // Both halves are encoded as in a form before they are joined: RFC 6749, section 2.3.1.
      const pair = [text(client.id, secrets), text(client.secret, secrets)].map(formEncoded).join(':')
      return { parameters: grant, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
    }
    case 'secret-in-body': {
      const [id, secret] = [text(client.id, secrets), text(client.secret, secrets)]
      return { parameters: { ...grant, client_id: id, client_secret: secret } }
    }
    case 'certificate': {
      const id = text(client.id, secrets)
      const times = { iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + CLIENT_JWT_SECONDS }
      const client_assertion = clientJwt(client, secrets, { aud: tokenUrl, iss: id, sub: id, jti, ...times })
      const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      return { parameters: { ...grant, client_id: id, client_assertion_type, client_assertion } }
    }
    case 'service-account': {
      const assertion = serviceAccountJwt(client.key, secrets, { aud: tokenUrl, scope: client.scope }, nowSeconds)
      return { parameters: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion } }
    }
  }
}

type ByCertificate = Extract<OAuth2Client, { kind: 'certificate' }>

function clientJwt(client: ByCertificate, secrets: Secrets, claims: Readonly<Record<string, string | number>>): string {
  const { certificate, key } = keyPairIn(
    { pem: secrets(client.certificate), reference: client.certificate },
    { pem: secrets(client.key), reference: client.key },
  )
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url')
  return signedJwt(algorithmOf(key, client), key, { 'x5t#S256': thumbprint }, claims)
}

function algorithmOf(key: KeyObject, { algorithm = 'PS256', key: reference }: ByCertificate): JwtAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return algorithm
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  const text = `Cannot use ${secretNamed(reference)}: found a key of another kind, wanted RSA or the curve P-256`
  throw new Fault('configuration-invalid', text)
}

function serviceAccountJwt(
  reference: SecretRef,
  secrets: Secrets,
  claims: { readonly aud: string; readonly scope: string },
  nowSeconds: number,
): string {
  const { client_email: iss, private_key, private_key_id: kid } = keyFileIn(secrets(reference), reference)
  const key = privateKeyIn(private_key, `private_key of ${secretNamed(reference)}`)
  const times = { iat: nowSeconds, exp: nowSeconds + GRANT_JWT_SECONDS }
  return signedJwt('RS256', key, kid === undefined ? {} : { kid }, { iss, ...claims, ...times })
}

function keyFileIn(content: string, reference: SecretRef): z.output<typeof keyFile> {
  try {
    return keyFile.parse(JSON.parse(content))
  } catch {
    // What zod and JSON.parse say may quote the file.
    const wanted = 'the key file of a service account, JSON with client_email and private_key'
    const text = `Cannot use ${secretNamed(reference)}: found something else, wanted ${wanted}`
    throw new Fault('configuration-invalid', text)
  }
}

/** White space around a secret is dropped, as in headers. */
function text(value: string | SecretRef, secrets: Secrets): string {
  return typeof value === 'string' ? value : secrets(value).trim()
}

/** https://www.rfc-editor.org/rfc/rfc6749#appendix-B */
function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1)
}
