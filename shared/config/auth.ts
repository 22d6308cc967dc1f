import { z } from 'zod'
import type { Auth, OAuth2Client } from '../contracts/auth.ts'
import type { SecretRef } from '../contracts/http.ts'
import { httpsUrl, secretRef, textOrSecret } from '../contracts/settings.ts'

const basic = z.strictObject({
  username: textOrSecret.describe('plain or a reference'),
  password: secretRef.describe('a reference'),
})

const oauth2 = z
  .strictObject({
    tokenUrl: httpsUrl.describe('where the token is fetched'),
    clientId: textOrSecret.describe('plain or a reference'),
    clientSecret: secretRef.optional().describe('a reference; or a certificate'),
    certificate: secretRef.optional().describe('the certificate, PEM, that the client is known by instead of a secret'),
    key: secretRef.optional().describe('its private key, PEM'),
    sendSecretIn: z.enum(['header', 'body']).default('header').describe('how the client id and secret are sent'),
    scope: z.string().min(1).optional().describe('what the token is asked for'),
    parameters: z
      .record(z.string(), z.string())
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

function clientOf({
  clientId,
  clientSecret,
  certificate,
  key,
  sendSecretIn,
}: z.output<typeof oauth2>): OAuth2Client | undefined {
  if (clientSecret !== undefined) {
    return {
      kind: sendSecretIn === 'header' ? 'secret-in-header' : 'secret-in-body',
      id: clientId,
      secret: clientSecret,
    }
  }
  if (certificate === undefined || key === undefined) return undefined
  return { kind: 'certificate', id: clientId, certificate, key }
}
