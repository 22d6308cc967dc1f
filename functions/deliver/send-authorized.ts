import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { HttpRequest, HttpResponse, Secrets, Send } from '../../shared/contracts/http.ts'
import { configuredHeaders } from './authorize.ts'
import { compressed } from './compress.ts'
import type { SignRequest } from './ports.ts'
import { tlsOptions } from './tls-options.ts'
import { TOKEN_TIMEOUT_MS, type Tokens } from './tokens.ts'

/** A reply is read up to here. The bulk interfaces of SIEMs answer with a line for each event. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024

export interface SendPorts {
  readonly send: Send
  readonly tokens: Tokens
  readonly sign: SignRequest
}

/** How long `sendAuthorized` may take. */
export function longestMs({ timeoutMs, auth }: Pick<DestinationConfig, 'timeoutMs' | 'auth'>): number {
  return auth?.kind === 'oauth2' ? timeoutMs + TOKEN_TIMEOUT_MS : timeoutMs
}

/**
 * A destination's request as it goes out: with the headers of the configuration, and compressed where that is asked for. What is
 * signed for the receiver's own check was signed before: it sees the body decompressed.
 *
 * @throws Fault `configuration-invalid`
 */
export function outgoing(request: HttpRequest, config: DestinationConfig, secrets: Secrets): HttpRequest {
  // What the destination sets comes last: a signature or an id must not be replaced.
  const whole = { ...request, headers: { ...configuredHeaders(config, secrets), ...request.headers } }
  return config.compression === 'gzip' ? compressed(whole) : whole
}

/**
 * Sends an outgoing request, with an access token or a signature where the destination wants one.
 *
 * @throws Fault as `send`; of an access token as `Tokens.get`; of a signature as `SignRequest`
 */
export function sendAuthorized(
  request: HttpRequest,
  config: DestinationConfig,
  secrets: Secrets,
  ports: SendPorts,
): Promise<HttpResponse> {
  const { auth, timeoutMs, allowPrivateNetworks } = config
  const tls = tlsOptions(config.tls, secrets)
  const connection = { allowPrivateNetworks, ...(tls !== undefined && { tls }) }
  const options = { timeoutMs, maxBytes: MAX_REPLY_BYTES, ...connection }
  const send = (final: HttpRequest) => ports.send(final, options)

  if (auth?.kind === 'aws') return ports.sign(request, auth).then(send)
  if (auth?.kind !== 'oauth2') return send(request)
  return ports.tokens.get(auth, secrets, connection).then(async (token) => {
    const response = await send({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } })
    // The rights of a token are those of the time it was made, so a 403 may be cured by a new one as well, once they are granted.
    if (response.status === 401 || response.status === 403) ports.tokens.reject(auth, token)
    return response
  })
}
