import { count } from '../said.ts'
import type { Appeared } from './demo-vendor.ts'

/** Which events appeared at the vendors, and which of them have arrived at the receiver. */
export class Score {
  readonly #appearedAt = new Map<string, Date>()
  readonly #arrivals = new Map<string, number>()

  appeared({ id, at }: Appeared): void {
    this.#appearedAt.set(id, at)
  }

  /** @returns how often it has arrived, and when it had appeared, if that is known */
  arrived(id: string): { readonly times: number; readonly appearedAt: Date | undefined } {
    const times = (this.#arrivals.get(id) ?? 0) + 1
    this.#arrivals.set(id, times)
    return { times, appearedAt: this.#appearedAt.get(id) }
  }

  /** Such as `42 events appeared, 41 delivered, 1 on its way, 0 repeated`. */
  summary(): string {
    const ids = [...this.#appearedAt.keys()]
    const delivered = ids.filter((id) => this.#arrivals.has(id)).length
    const repeated = [...this.#arrivals.values()].filter((times) => times > 1).length
    const appeared = `${count(ids.length, 'event')} appeared`
    return `${appeared}, ${delivered} delivered, ${ids.length - delivered} on the way, ${repeated} repeated`
  }
}
