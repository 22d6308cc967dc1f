import { z } from 'zod'
import type { Auth, OAuth2Client } from '../contracts/auth.ts'
import type { SecretRef } from '../contracts/http.ts'
import { httpsUrl, secretRef, textOrSecret } from '../contracts/settings.ts'

const basic = z.strictObject({
  username: textOrSecret.describe('plain or a reference'),
  password: secretRef.describe('a reference'),
})

/** What a request for a token says by itself. */
const SET_BY_GRANT = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'assertion',
]
const IS_CREDENTIAL = /^(secret|password|.*token)$/i

/** What is wrong with a name is said of the name, so that its value is not shown. */
const parameterName = z
  .string()
  .refine((name) => !SET_BY_GRANT.includes(name), 'is set by pollhook itself and cannot be configured')
  .refine((name) => !IS_CREDENTIAL.test(name), 'is a credential, and a configuration holds none')

const oauth2 = z
  .strictObject({
    tokenUrl: httpsUrl.describe('where the token is fetched'),
    clientId: textOrSecret.describe('plain or a reference'),
    clientSecret: secretRef.optional().describe('a reference; or a certificate'),
    certificate: secretRef.optional().describe('the certificate, PEM, that the client is known by instead of a secret'),
    key: secretRef.optional().describe('its private key, PEM'),
    algorithm: z
      .enum(['PS256', 'RS256'])
      .optional()
      .describe('how the key of the certificate signs, if it is an RSA key; default `PS256`'),
    sendSecretIn: z
      .enum(['header', 'body'])
      .optional()
      .describe('how the client id and secret are sent; default `header`'),
    scope: z.string().min(1).optional().describe('what the token is asked for'),
    parameters: z
      .record(parameterName, z.string())
      .default({})
      .describe('more parameters of the request for the token, such as `audience` or `resource`'),
  })
  .refine(
    ({ clientSecret, certificate, key }) =>
      clientSecret === undefined
        ? certificate !== undefined && key !== undefined
        : certificate === undefined && key === undefined,
    'must have either clientSecret, or certificate and key',
  )
  .refine(
    ({ clientSecret, sendSecretIn }) => clientSecret !== undefined || sendSecretIn === undefined,
    'must have sendSecretIn only with clientSecret',
  )
  .refine(
    ({ certificate, algorithm }) => certificate !== undefined || algorithm === undefined,
    'must have algorithm only with a certificate',
  )
  .refine(
    ({ scope, parameters: { scope: another } }) => scope === undefined || another === undefined,
    'must have scope once: by itself or among the parameters',
  )

/** The `auth` of a destination: exactly one way. */
export const auth = z
  .strictObject({
    bearer: secretRef.optional().describe('the token of `authorization: Bearer …`'),
    basic: basic.optional().describe('the two halves of `authorization: Basic …`'),
    oauth2: oauth2.optional().describe('an access token, fetched with client credentials'),
  })
  .refine((ways) => Object.values(ways).filter((way) => way !== undefined).length === 1, {
    message: 'must have exactly one of bearer, basic and oauth2',
  })
  .transform(authOf)

type Ways = {
  readonly bearer?: SecretRef | undefined
  readonly basic?: z.output<typeof basic> | undefined
  readonly oauth2?: z.output<typeof oauth2> | undefined
}

function authOf(ways: Ways): Auth | undefined {
  if (ways.bearer !== undefined) return { kind: 'bearer', token: ways.bearer }
  if (ways.basic !== undefined) return { kind: 'basic', ...ways.basic }
  if (ways.oauth2 === undefined) return undefined
  const { tokenUrl, scope, parameters } = ways.oauth2
  const client = clientOf(ways.oauth2)
  if (client === undefined) return undefined
  return { kind: 'oauth2', tokenUrl, parameters: { ...parameters, ...(scope !== undefined && { scope }) }, client }
}

function clientOf(read: z.output<typeof oauth2>): OAuth2Client | undefined {
  const { clientId: id, clientSecret: secret, certificate, key, algorithm, sendSecretIn = 'header' } = read
  if (secret !== undefined) return { kind: `secret-in-${sendSecretIn}`, id, secret }
  if (certificate === undefined || key === undefined) return undefined
  return { kind: 'certificate', id, certificate, key, algorithm }
}
