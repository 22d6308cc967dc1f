import { FAULTS, type Fault } from '../../shared/contracts/fault.ts'
import type { Health } from '../../shared/source-state.ts'

/** The first delay after a failed run; it doubles with every further failure. */
const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 15 * 60_000

/** Where a vendor says "too many requests" and not until when. Smartsheet's advice is 60 s; the others give none. */
const THROTTLE_DELAY_MS = 60_000

/** How often a suspended source is tried. Merge blocks an address after 20 failing requests within 10 s. */
const PROBE_DELAY_MS = 15 * 60_000

/**
 * The health of a source after a run that ended in a fault.
 *
 * @param random in [0, 1): spreads sources that failed together
 * @param configuration the hash of the configuration that was tried: with another one, the delay does not hold
 */
export function afterFault(before: Health, fault: Fault, configuration: string, now: Date, random: number): Health {
  const failures = before.failures + 1
  const { action } = FAULTS[fault.kind]
  const same = before.fault?.kind === fault.kind
  return {
    ...before,
    failures,
    unfinished: false,
    configuration,
    notBefore: new Date(now.getTime() + delayMs(fault, failures, now, random)).toISOString(),
    fault: {
      kind: fault.kind,
      message: fault.message,
      since: same && before.fault !== undefined ? before.fault.since : now.toISOString(),
      suspended: action === 'suspend',
    },
  }
}

function delayMs(fault: Fault, failures: number, now: Date, random: number): number {
  switch (FAULTS[fault.kind].action) {
    case 'wait':
      return fault.notBefore === undefined ? THROTTLE_DELAY_MS : Math.max(0, fault.notBefore.getTime() - now.getTime())
    case 'suspend':
    case 'stop':
    case 'rewind':
      return PROBE_DELAY_MS
    default: {
      const backOffMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20))
      const askedMs = fault.notBefore === undefined ? 0 : fault.notBefore.getTime() - now.getTime()
      return Math.max(askedMs, backOffMs * (0.75 + random / 2))
    }
  }
}
