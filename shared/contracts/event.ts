/**
 * An instant as an RFC 3339 UTC string. Bounds that pollhook makes end in milliseconds and `Z`; times read from a vendor
 * keep the vendor's own digits, because a JavaScript Date drops microseconds.
 */
export type Timestamp = string

/** One record of a vendor's log, as a source read it. */
export interface SourceEvent {
  /** The vendor's own id, as text: integers above 2^53 are not rounded. Unique within the source. */
  readonly id: string
  /** The vendor's name for what happened, such as `sync.completed`; `event` where the vendor has no such name. */
  readonly type: string
  /** The event's own time, in the vendor's digits. */
  readonly time: Timestamp
  /** The record exactly as the vendor wrote it: JSON text, never re-serialised. */
  readonly raw: string
}

/** A record that cannot be an event, for example because it has no id. It is quarantined; its page goes on. */
export interface MalformedRecord {
  readonly raw: string
  /** What was found and what was wanted; never the content. */
  readonly problem: string
}

/** An interval whose events may be missing and cannot be fetched any more, and why. `[from, to)`. */
export interface Gap {
  readonly from: Timestamp
  readonly to: Timestamp
  readonly reason: GapReason
  /** The vendor's id of the one record that is missing, where that is known. */
  readonly record?: string | undefined
}

/**
 * Why events may be missing:
 *
 * - `retention`: the vendor had dropped them before they were read
 * - `saturated`: more of them share one instant than the vendor has a way to show
 * - `too-large`: a record is larger than pollhook can read
 * - `position-rejected`: the vendor refuses the position, and there is no way back by time. It is tried on
 * - `configuration-changed`: what was being read before did not include them
 * - `skipped`: an operator had reading go on from a later time
 */
export const GAP_REASONS = [
  'retention',
  'saturated',
  'too-large',
  'position-rejected',
  'configuration-changed',
  'skipped',
] as const

export type GapReason = (typeof GAP_REASONS)[number]
