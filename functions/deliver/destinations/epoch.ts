import type { Timestamp } from '../../../shared/contracts/event.ts'
import { toMs } from '../../../shared/contracts/time.ts'

/** Seconds since 1970 with the instant's own fraction digits, three at least: `1777630542.479123`. Text, since a double would round. */
export function epochSeconds(instant: Timestamp): string {
  const seconds = Math.floor(toMs(instant) / 1000)
  return `${seconds}.${fractionOf(instant).padEnd(3, '0')}`
}

/** Nanoseconds since 1970: `1777630542479123000`. Text, since a double would round; digits beyond the nanosecond are cut off. */
export function epochNanos(instant: Timestamp): string {
  const seconds = Math.floor(toMs(instant) / 1000)
  return `${seconds}${fractionOf(instant).padEnd(9, '0').slice(0, 9)}`
}

function fractionOf(instant: Timestamp): string {
  return /\.(\d+)/.exec(instant)?.[1] ?? ''
}
