import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import type { DestinationConfigs } from './ports.ts'

/** How long a configuration is used before it is read again: less than the two minutes of the shortest hold. */
const CACHE_MS = 60_000

export interface ConfigurationParts {
  /** The text of a parameter; undefined when there is none. @throws Fault `store-unavailable` */
  readonly text: (parameter: string) => Promise<string | undefined>
  /** @throws Fault `configuration-invalid` */
  readonly parse: (parameter: string, text: string) => DestinationConfig
  /** Such as `/pollhook`. */
  readonly prefix: string
  readonly now: () => Date
}

interface Cached {
  readonly readAtMs: number
  readonly config: Promise<DestinationConfig>
}

interface Parsed {
  readonly text: string
  readonly config: DestinationConfig
}

/** The configurations of all destinations. The same text is parsed once and gives the same object. */
export class Configurations implements DestinationConfigs {
  readonly #parts: ConfigurationParts
  readonly #cache = new Map<string, Cached>()
  readonly #parsed = new Map<string, Parsed>()

  constructor(parts: ConfigurationParts) {
    this.#parts = parts
  }

  read(id: string): Promise<DestinationConfig> {
    const nowMs = this.#parts.now().getTime()
    const cached = this.#cache.get(id)
    if (cached !== undefined && nowMs - cached.readAtMs <= CACHE_MS) return cached.config
    const config = this.#load(id)
    this.#cache.set(id, { readAtMs: nowMs, config })
    // What is wrong or missing is not kept, so that it is seen as soon as it is put right.
    config.catch(() => {
      if (this.#cache.get(id)?.config === config) this.#cache.delete(id)
    })
    return config
  }

  async #load(id: string): Promise<DestinationConfig> {
    const parameter = `${this.#parts.prefix}/destinations/${id}`
    const text = await this.#parts.text(parameter)
    if (text === undefined) {
      const problem = `Cannot deliver to ${id}: found no parameter ${parameter}, wanted its configuration`
      throw new Fault('configuration-invalid', problem)
    }
    const parsed = this.#parsed.get(id)
    if (parsed?.text === text) return parsed.config
    const config = this.#parts.parse(parameter, text)
    this.#parsed.set(id, { text, config })
    return config
  }
}
