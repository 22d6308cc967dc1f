import { z } from 'zod'
import type { Timestamp } from './event.ts'

/** A stored instant: RFC 3339 in UTC, any number of fraction digits. */
export const timestamp = z.iso.datetime({ offset: true })

const DATE_AND_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|z|UTC|GMT|[+-]\d\d:?\d\d)?$/

/**
 * A vendor's time in RFC 3339, which is what receivers read: unchanged if it is that already, else with the vendor's own digits where that
 * can be, such as for `2026-05-01 10:15:42.479123 UTC` and for `…+0000`. A time without a zone is in UTC, wherever pollhook runs.
 *
 * @returns undefined when it is no date
 */
export function asTimestamp(text: string): Timestamp | undefined {
  if (timestamp.safeParse(text).success) return text
  const [, date, clock, zone = 'Z'] = DATE_AND_TIME.exec(text) ?? []
  const known = date === undefined ? text : `${date}T${clock}${zoneOf(zone)}`
  const ms = Date.parse(known)
  if (Number.isNaN(ms)) return undefined
  return date === undefined ? fromMs(ms) : known
}

function zoneOf(zone: string): string {
  return /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z'
}

/** Milliseconds since 1970; digits beyond the millisecond are cut off, so the result is never later than the instant. */
export function toMs(instant: Timestamp): number {
  return Date.parse(instant)
}

/** The instant with millisecond digits and `Z`. */
export function fromMs(ms: number): Timestamp {
  return new Date(ms).toISOString()
}

/** Microseconds since 1970, exact in a double; digits beyond the microsecond are cut off. */
export function toMicros(instant: Timestamp): number {
  const [, beyondMs = ''] = /\.\d{3}(\d{1,3})/.exec(instant) ?? []
  return toMs(instant) * 1000 + Number(beyondMs.padEnd(3, '0'))
}

/** The instant with microsecond digits and `Z`. */
export function fromMicros(micros: number): Timestamp {
  const ms = Math.floor(micros / 1000)
  return `${fromMs(ms).slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}Z`
}

/** The instant moved by `ms`, which may be negative. */
export function shift(instant: Timestamp, ms: number): Timestamp {
  return fromMs(toMs(instant) + ms)
}

/** The last multiple of `unitMs` at or before the instant, such as the hour it lies in. */
export function floorTo(instant: Timestamp, unitMs: number): Timestamp {
  return fromMs(Math.floor(toMs(instant) / unitMs) * unitMs)
}

/** The instant in whole seconds, `2026-05-01T10:15:42Z`, rounded down: for vendors that take no fraction. */
export function wholeSeconds(instant: Timestamp): Timestamp {
  return `${floorTo(instant, 1000).slice(0, 19)}Z`
}

export function earlier(a: Timestamp, b: Timestamp): Timestamp {
  return toMs(a) <= toMs(b) ? a : b
}

export function later(a: Timestamp, b: Timestamp): Timestamp {
  return toMs(a) >= toMs(b) ? a : b
}
