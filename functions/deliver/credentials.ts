import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import { secretRefs } from '../../shared/config/secret-refs.ts'
import type { SecretRef, SecretStore, Secrets } from '../../shared/contracts/http.ts'
import type { Job } from './job.ts'
import type { DeliverPorts } from './ports.ts'

/** Finding them means a walk through the configuration, which stays the same object from message to message. */
const referencesOf = new WeakMap<DestinationConfig, readonly SecretRef[]>()

/** The secrets and access tokens that the requests of one message are made with. The messages of an invocation share what is not read anew. */
export class Credentials {
  readonly #store: SecretStore
  readonly #references: readonly SecretRef[]
  readonly #shared: Map<DestinationConfig, Promise<Secrets>>
  readonly #config: DestinationConfig
  readonly #tokens: DeliverPorts['tokens']
  #fresh: boolean
  #secrets: Secrets | undefined

  /** For a probe they are read past any cache from the beginning. */
  constructor(
    { secrets, tokens }: Pick<DeliverPorts, 'secrets' | 'tokens'>,
    { config, invocation, isProbe }: Pick<Job, 'config' | 'invocation' | 'isProbe'>,
  ) {
    this.#store = secrets
    this.#tokens = tokens
    this.#references = referencesIn(config)
    this.#shared = invocation.secrets
    this.#config = config
    this.#fresh = isProbe
  }

  /** @throws Fault `secret-missing`, `store-unavailable` */
  async read(): Promise<Secrets> {
    this.#secrets ??= await (this.#fresh ? this.#readAll() : (this.#shared.get(this.#config) ?? this.#share()))
    return this.#secrets
  }

  /**
   * Reads the secrets past any cache, once.
   *
   * @returns whether another request is worth while. With the same credential it would only be one more failed sign-in; in the place
   *   of a rejected access token there will be another one
   * @throws Fault `secret-missing`, `store-unavailable`
   */
  async renew(rejected: 'credential' | 'token'): Promise<boolean> {
    if (this.#fresh || this.#references.length === 0) return false
    this.#fresh = true
    const [used, renewed] = [this.#secrets, await this.#readAnew()]
    this.#secrets = renewed
    if (rejected === 'token' || used === undefined) return true
    return this.#references.some((reference) => used(reference) !== renewed(reference))
  }

  #share(): Promise<Secrets> {
    const secrets = this.#store.read(this.#references, false)
    this.#shared.set(this.#config, secrets)
    return secrets
  }

  /** The access token too: what it may do was settled when it was made, which may be what is wrong. */
  #readAll(): Promise<Secrets> {
    const { auth } = this.#config
    if (auth?.kind === 'oauth2') this.#tokens.forget(auth)
    return this.#readAnew()
  }

  #readAnew(): Promise<Secrets> {
    return this.#store.read(this.#references, true)
  }
}

function referencesIn(config: DestinationConfig): readonly SecretRef[] {
  const known = referencesOf.get(config)
  if (known !== undefined) return known
  const found = secretRefs([config.own, config.headers, config.auth, config.tls])
  referencesOf.set(config, found)
  return found
}
