import { z } from 'zod'
import { timestamp } from './contracts/time.ts'

/** One way through a source's log, with its own checkpoint. `live` never ends; a sweep or a backfill ends at `to`. */
export const lane = z.strictObject({
  /** Where the lane begins: events before it are not its business. */
  from: timestamp,
  to: timestamp.optional(),
  /** When a backfill was asked for: a later tick with another configuration has replaced the one it was asked for with. */
  askedAt: timestamp.optional(),
  /** True where our own clock said where the lane begins, and no page was read yet: the vendor's may turn out to be behind it. */
  unconfirmed: z.literal(true).optional(),
  /** True where the lane began with what the vendor still had: what it drops meanwhile is no gap. */
  earliest: z.literal(true).optional(),
  /** The source's position; absent before the first page. Its schema belongs to the source. */
  position: z.unknown().optional(),
  /** What was being read when the position was made: a hash of the source's `identity`. */
  fingerprint: z.string(),
  /** The position's time, for readers that do not know the source; absent before the first page. */
  reached: timestamp.optional(),
  /** Records per page, where a page was too big; absent for the source's own size. */
  pageSize: z.number().optional(),
  /** True once a bounded lane has come to its end. */
  done: z.boolean(),
  pages: z.number(),
  /** Events read, and how many of them were new. */
  found: z.number(),
  enqueued: z.number(),
})

export const health = z.strictObject({
  /** When the source was polled for the first time. */
  createdAt: timestamp.optional(),
  lastPollAt: timestamp.optional(),
  /** The end of the last run without a fault. */
  lastSuccessAt: timestamp.optional(),
  /** No request before this. */
  notBefore: timestamp.optional(),
  /** The last run stopped with more to read: the source is due at once. */
  unfinished: z.boolean(),
  /** Runs in a row that ended in a fault. */
  failures: z.number(),
  fault: z.strictObject({ kind: z.string(), message: z.string(), since: timestamp, suspended: z.boolean() }).optional(),
  /** A hash of the configuration that the fault belongs to: another configuration is tried at once. */
  configuration: z.string().optional(),
  /** The vendor's clock minus ours, where they differ by more than half of what reading stays behind the clock. */
  clockSkewMs: z.number().optional(),
  /** The latest tick that a run of this source belonged to. */
  tickAt: timestamp.optional(),
  /** Requests made in the minute that began at `minute`. */
  budget: z.strictObject({ minute: timestamp, used: z.number() }).optional(),
})

/** A bounded lane that has come to its end, as it is remembered after the lane is gone. */
export const finishedWalk = z.strictObject({
  /** The lane's name: `sweep`, or that of a backfill. */
  lane: z.string(),
  /** What was read, `[from, to)`. */
  from: timestamp,
  to: timestamp,
  fingerprint: z.string(),
  /** When it came to its end. */
  at: timestamp,
  /** Events read, and how many of them were new: those had appeared late, or were not read before. */
  found: z.number(),
  enqueued: z.number(),
})

export type Lane = z.infer<typeof lane>
export type FinishedWalk = z.infer<typeof finishedWalk>
export type Health = z.infer<typeof health>

/** Everything that is remembered of a source, in one item, so that one condition guards it all. */
export interface SourceState {
  /** When a run took the source up for the first time, by our clock, whatever became of that run. */
  readonly beganAt: string | undefined
  readonly leaseUntil: string | undefined
  readonly paused: boolean
  readonly lanes: Readonly<Record<string, Lane>>
  readonly health: Health
}

export const NEW_STATE: SourceState = {
  beganAt: undefined,
  leaseUntil: undefined,
  paused: false,
  lanes: {},
  health: { unfinished: false, failures: 0 },
}
