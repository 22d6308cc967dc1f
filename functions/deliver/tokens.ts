import type { OAuth2 } from '../../shared/contracts/auth.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { Secrets, Send, SendOptions } from '../../shared/contracts/http.ts'
import { readToken, type Token, tokenWanted } from './token-answer.ts'
import { proofOf, tokenRequest } from './token-request.ts'

/** How long the request for a token may take. An attempt may take that much longer than its destination's time-out. */
export const TOKEN_TIMEOUT_MS = 10_000

/** An answer is a few kilobytes at most; a token of Entra with many roles is the longest known. */
const MAX_ANSWER_BYTES = 256 * 1024

/** What the connection to a destination needs, and the one for its token too. */
export type Connection = Pick<SendOptions, 'allowPrivateNetworks' | 'tls'>

export interface TokenPorts {
  readonly send: Send
  readonly now: () => Date
  /** Unlike any other, on every call. */
  readonly uuid: () => string
}

interface Kept {
  /** The secrets that it was asked for with: with others, it is asked for anew. */
  readonly proof: string
  readonly token: Promise<Token>
  /** Known once the answer is there. */
  value: string | undefined
  usableUntilMs: number
}

/** The access tokens of all destinations, kept in memory as long as they may be used. They are in no log and no error. */
export class Tokens {
  readonly #ports: TokenPorts
  /** A configuration stays the same object, and so does its `auth`, until it is changed. */
  readonly #kept = new WeakMap<OAuth2, Kept>()

  constructor(ports: TokenPorts) {
    this.#ports = ports
  }

  /**
   * The token for a destination. All that ask at the same time share one request.
   *
   * @throws Fault as `send` and `readToken` do, and `configuration-invalid`. One that names a time is thrown again until then
   */
  async get(auth: OAuth2, secrets: Secrets, connection: Connection): Promise<string> {
    const proof = proofOf(auth.client, secrets)
    const kept = this.#kept.get(auth)
    const isUsable = kept?.proof === proof && this.#ports.now().getTime() < kept.usableUntilMs
    const { value } = await (isUsable ? kept : this.#fetch(auth, proof, secrets, connection)).token
    return value
  }

  /** The receiver has rejected the token: it is not used again. Another one, fetched meanwhile, is kept. */
  reject(auth: OAuth2, token: string): void {
    if (this.#kept.get(auth)?.value === token) this.#kept.delete(auth)
  }

  /** The next request gets a token that is new. */
  forget(auth: OAuth2): void {
    this.#kept.delete(auth)
  }

  #fetch(auth: OAuth2, proof: string, secrets: Secrets, connection: Connection): Kept {
    const token = this.#request(auth, secrets, connection)
    const kept: Kept = { proof, token, value: undefined, usableUntilMs: Number.POSITIVE_INFINITY }
    this.#kept.set(auth, kept)
    token.then(
      ({ value, usableMs }) => {
        kept.value = value
        kept.usableUntilMs = this.#ports.now().getTime() + usableMs
      },
      (error: unknown) => {
        const notBefore = error instanceof Fault ? error.notBefore : undefined
        kept.usableUntilMs = notBefore?.getTime() ?? 0
      },
    )
    return kept
  }

  async #request(auth: OAuth2, secrets: Secrets, connection: Connection): Promise<Token> {
    const { host } = new URL(auth.tokenUrl)
    const request = tokenRequest(auth, secrets, this.#ports.now(), this.#ports.uuid())
    const options = { timeoutMs: TOKEN_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, ...connection }
    const answer = await this.#ports.send(request, options).catch((error: unknown) => {
      // With the status of the token's answer, it would be read as the receiver's.
      if (!(error instanceof Fault) || error.status === undefined) throw error
      const found = error.kind === 'too-large' ? 'an answer too long to be one' : 'an answer that cannot be read'
      throw new Fault('unexpected-answer', `${tokenWanted(host)}: found ${found}, wanted a token`)
    })
    return readToken(answer, host, this.#ports.now())
  }
}
