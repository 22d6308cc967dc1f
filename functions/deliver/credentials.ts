import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import { secretRefs } from '../../shared/config/secret-refs.ts'
import type { SecretRef, SecretStore, Secrets } from '../../shared/contracts/http.ts'
import type { Job } from './job.ts'

/** Finding them means a walk through the configuration, which stays the same object from message to message. */
const referencesOf = new WeakMap<DestinationConfig, readonly SecretRef[]>()

/** The secrets that the requests of one message are made with. The messages of an invocation share what is not read anew. */
export class Credentials {
  readonly #store: SecretStore
  readonly #references: readonly SecretRef[]
  readonly #shared: Map<DestinationConfig, Promise<Secrets>>
  readonly #config: DestinationConfig
  #fresh: boolean
  #secrets: Secrets | undefined

  /** For a probe they are read past any cache from the beginning. */
  constructor(store: SecretStore, { config, invocation, isProbe }: Pick<Job, 'config' | 'invocation' | 'isProbe'>) {
    this.#store = store
    this.#references = referencesIn(config)
    this.#shared = invocation.secrets
    this.#config = config
    this.#fresh = isProbe
  }

  /** @throws Fault `secret-missing`, `store-unavailable` */
  async read(): Promise<Secrets> {
    this.#secrets ??= await (this.#fresh ? this.#readAnew() : (this.#shared.get(this.#config) ?? this.#share()))
    return this.#secrets
  }

  /**
   * Reads them past any cache, once.
   *
   * @returns whether one of them has changed: the same credential again would only be one more failed sign-in
   * @throws Fault `secret-missing`, `store-unavailable`
   */
  async renew(): Promise<boolean> {
    if (this.#fresh || this.#references.length === 0) return false
    this.#fresh = true
    const [used, renewed] = [this.#secrets, await this.#readAnew()]
    this.#secrets = renewed
    return used === undefined || this.#references.some((reference) => used(reference) !== renewed(reference))
  }

  #share(): Promise<Secrets> {
    const secrets = this.#store.read(this.#references, false)
    this.#shared.set(this.#config, secrets)
    return secrets
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
