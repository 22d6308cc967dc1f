import type { SecretRef } from './http.ts'

/**
 * How a request proves who sends it. A configuration's `auth` and the destinations that have a way of their own speak the same
 * language; the core alone turns it into headers, so that no destination handles a credential.
 */
export type Auth =
  | { readonly kind: 'bearer'; readonly token: SecretRef }
  | { readonly kind: 'basic'; readonly username: string | SecretRef; readonly password: SecretRef }
  | HeaderAuth
  | OAuth2
  | AwsAuth

/** A header that holds a key. */
export interface HeaderAuth {
  readonly kind: 'header'
  /** In lower case. */
  readonly name: string
  /** What stands before the key, such as `ApiKey `; empty where nothing does. */
  readonly prefix: string
  readonly key: SecretRef
  /** Where a receiver wants a second key, the header that holds it. */
  readonly second?: { readonly name: string; readonly key: SecretRef }
}

/**
 * An access token of OAuth 2.0, sent as `authorization: Bearer …`. It is fetched when it is needed, kept until it ends, and
 * fetched anew once when a receiver rejects it.
 */
export interface OAuth2 {
  readonly kind: 'oauth2'
  readonly tokenUrl: string
  /** Parameters of the request besides those of the grant, such as `scope`, `audience` or `resource`. */
  readonly parameters: Readonly<Record<string, string>>
  readonly client: OAuth2Client
}

/**
 * - `secret-in-header`, `secret-in-body`: client credentials (RFC 6749, section 4.4), the client's id and secret as basic
 *   authentication or as `client_id` and `client_secret`
 * - `certificate`: client credentials, the client known by a JWT that its certificate's key signs (RFC 7523, section 2.2; `x5t#S256`
 *   names the certificate, as Entra wants it)
 * - `service-account`: a JWT that a Google service account's key signs, as the grant itself (RFC 7523, section 2.1). The secret is the
 *   key file, JSON
 */
export type OAuth2Client =
  | {
      readonly kind: 'secret-in-header' | 'secret-in-body'
      readonly id: string | SecretRef
      readonly secret: SecretRef
    }
  | {
      readonly kind: 'certificate'
      readonly id: string | SecretRef
      /** PEM, the certificate itself first. */
      readonly certificate: SecretRef
      /** PEM, PKCS #8: RSA, or the curve P-256, which signs as ES256. */
      readonly key: SecretRef
      /** How an RSA key signs; default PS256, which Entra wants. */
      readonly algorithm?: 'PS256' | 'RS256' | undefined
    }
  | { readonly kind: 'service-account'; readonly key: SecretRef; readonly scope: string }

/** A signature with the function's own AWS credentials (Signature Version 4). No secret is configured; its role needs the right. */
export interface AwsAuth {
  readonly kind: 'aws'
  /** As in the scope of the signature, such as `es`, `s3`, `firehose`, `events`. */
  readonly service: string
  readonly region: string
}
