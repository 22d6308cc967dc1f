import { Fault } from '../../shared/contracts/fault.ts'
import type { SecretRef, SecretStore, Secrets } from '../../shared/contracts/http.ts'
import { effect, type Interrupt } from './interrupt.ts'

/** Secrets in memory, by name. Reading is an effect too: `secrets`. */
export class MemorySecretStore implements SecretStore {
  readonly values: Map<string, string>
  /** Whether each read so far was a fresh one. */
  readonly reads: boolean[] = []
  readonly #interrupt: Interrupt | undefined

  constructor(values: Readonly<Record<string, string>> = {}, interrupt?: Interrupt) {
    this.values = new Map(Object.entries(values))
    this.#interrupt = interrupt
  }

  async read(references: readonly SecretRef[], fresh: boolean): Promise<Secrets> {
    return effect(this.#interrupt, 'secrets', () => {
      this.reads.push(fresh)
      const names = references.map(({ secret }) => secret)
      const missing = names.filter((name) => !this.values.has(name))
      if (missing.length > 0) {
        const parameters = missing.map((name) => `/pollhook/secrets/${name}`)
        throw new Fault(
          'secret-missing',
          `Cannot read ${parameters.join(', ')}: found no such parameter, wanted a secret`,
        )
      }
      const values = new Map(names.map((name) => [name, this.values.get(name) ?? '']))
      return ({ secret }) => {
        const value = values.get(secret)
        if (value === undefined) throw new TypeError(`The secret ${secret} was not asked for`)
        return value
      }
    })
  }
}
