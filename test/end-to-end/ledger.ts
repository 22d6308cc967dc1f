import { createHash } from 'node:crypto'
import type { Taken } from './receiver.ts'

interface Written {
  readonly source: string
  readonly vendorId: string
  readonly raw: string
}

/** What the vendors wrote, by the id under which it has to arrive. */
export class Ledger {
  readonly #written = new Map<string, Written>()

  get size(): number {
    return this.#written.size
  }

  add(source: string, { id, raw }: { readonly id: string; readonly raw: string }): void {
    this.#written.set(webhookId(source, id), { source, vendorId: id, raw })
  }

  /** The ids of the events of a source, in the order in which they were written. */
  idsOf(source: string): string[] {
    return [...this.#written].flatMap(([id, written]) => (written.source === source ? [id] : []))
  }

  /** The events that have not arrived, as `source vendorId`. */
  missing(taken: readonly Pick<Taken, 'id'>[]): string[] {
    const arrived = new Set(taken.map(({ id }) => id))
    return [...this.#written]
      .filter(([id]) => !arrived.has(id))
      .map(([, { source, vendorId }]) => `${source} ${vendorId}`)
  }

  /** The ids of deliveries that no vendor wrote, or not, character for character, like this. */
  altered(taken: readonly Taken[]): string[] {
    return taken.filter((delivery) => !this.#isAsWritten(delivery)).map(({ id }) => id)
  }

  #isAsWritten({ id, source, body }: Taken): boolean {
    const written = this.#written.get(id)
    return written !== undefined && source === written.source && body.endsWith(`"data":${written.raw}}`)
  }
}

/** As the documentation has it: the first 27 characters of the base64url SHA-256 of source id, slash, vendor id. */
function webhookId(source: string, vendorId: string): string {
  return `evt_${createHash('sha256').update(`${source}/${vendorId}`).digest('base64url').slice(0, 27)}`
}
