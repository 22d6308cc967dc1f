import type { SimulatedVendor, VendorLog } from '../../local/vendors/vendor.ts'
import { Fault } from '../../shared/contracts/fault.ts'

/** A log in which some records are larger than pollhook can read. */
export interface LargeLog extends VendorLog {
  /** The vendor's ids of those records. */
  readonly large: ReadonlySet<string>
  /** When every record was written, by its id. */
  readonly times: ReadonlyMap<string, Date>
}

/**
 * Makes every `nth` record of a vendor's log too large: an answer that has one ends the way the client ends it, with a fault in the
 * middle of a 200.
 */
export function withLargeRecords(vendor: SimulatedVendor, seed: number, nth: number): LargeLog {
  const log = vendor.open(seed)
  const large = new Set<string>()
  const times = new Map<string, Date>()
  const raws: string[] = []
  let count = 0
  return {
    large,
    times,
    emit(at, visibleAt) {
      const written = log.emit(at, visibleAt)
      times.set(written.id, at)
      if (++count % nth !== 0) return written
      large.add(written.id)
      raws.push(written.raw)
      return written
    },
    answer(request, now) {
      const response = log.answer(request, now)
      if (!raws.some((raw) => response.body.includes(raw))) return response
      const date = now.toUTCString()
      throw new Fault('too-large', 'Cannot read the answer: found more than it may have', { status: 200, date })
    },
  }
}
