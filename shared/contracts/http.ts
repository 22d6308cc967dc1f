/** A request, complete but for its credential. `url` is absolute and final: a signature covers its very characters. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** An answer, whatever its status. Header names are lower case; `body` is decompressed and decoded as UTF-8. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Names a secret kept under `<prefix>/secrets/`; a configuration never holds the value itself. */
export interface SecretRef {
  readonly secret: string
}

/** Looks up the value of a secret that the configuration refers to. All of them were fetched before the first request. */
export type Secrets = (reference: SecretRef) => string

export interface SecretStore {
  /** @param fresh past any cache @throws Fault `secret-missing`, naming the parameter; `store-unavailable` */
  read(references: readonly SecretRef[], fresh: boolean): Promise<Secrets>
}

export interface SendOptions {
  /** From the first byte sent to the last byte read. */
  readonly timeoutMs: number
  /** A decompressed body above this is the fault `too-large`. */
  readonly maxBytes: number
  /** CIDR ranges that may be reached although they are not public. */
  readonly allowPrivateNetworks?: readonly string[]
  readonly tls?: TlsOptions
}

/** How a connection is secured besides the usual. PEM texts. */
export interface TlsOptions {
  /** The certificate that the server knows us by, its chain behind it; together with `key`. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  /** Certificate authorities that are trusted besides the public ones. */
  readonly ca?: string | undefined
}

/**
 * Makes one request and returns its answer, whatever its status; follows no redirect.
 *
 * @throws Fault `unreachable` (no answer), `timed-out`, `too-large`, `blocked-address`; `configuration-invalid` where a header or
 *   `tls` cannot be used
 */
export type Send = (request: HttpRequest, options: SendOptions) => Promise<HttpResponse>
