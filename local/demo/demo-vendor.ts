import { setTimeout as sleep } from 'node:timers/promises'
import { eventId } from '../../shared/event-id.ts'
import { type ServedVendor, serveVendor } from '../vendors/serve.ts'
import type { SimulatedVendor, VendorLog } from '../vendors/vendor.ts'
import { Journal } from './journal.ts'

/** Somebody does something at the vendor every few seconds. */
const PAUSE_MS = { least: 2_000, most: 5_000 }

/** Something happened at the vendor. */
export interface Appeared {
  readonly vendorId: string
  /** The id that its webhook will carry. */
  readonly id: string
  readonly at: Date
}

/**
 * A simulated vendor that goes on where it was. The same seed gives the same records, so the times at which they were written are
 * all that has to be kept.
 */
export class DemoVendor {
  readonly sourceId: string
  readonly vendor: SimulatedVendor
  /** What had happened before this start. */
  readonly past: readonly Appeared[]
  readonly #log: VendorLog
  readonly #journal: Journal

  constructor(vendor: SimulatedVendor, file: string, seed: number) {
    this.sourceId = `demo-${vendor.type}`
    this.vendor = vendor
    this.#log = vendor.open(seed)
    this.#journal = new Journal(file)
    this.past = this.#journal.lines.map((line) => this.#emit(new Date(line)))
  }

  /** @param port 0 for any free one */
  serve(port: number): Promise<ServedVendor> {
    return serveVendor(this.#log, { port })
  }

  /** Lets things happen until `signal` is aborted. */
  async live(onEvent: (event: Appeared) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const at = new Date()
      // First on disk: what a reader has seen must be there again after a restart.
      this.#journal.append(at.toISOString())
      onEvent(this.#emit(at))
      const pauseMs = PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least)
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  #emit(at: Date): Appeared {
    const { id } = this.#log.emit(at)
    return { vendorId: id, id: eventId(this.sourceId, id), at }
  }
}
