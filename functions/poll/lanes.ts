import { retentionOf } from '../../shared/config/retention.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Gap, Timestamp } from '../../shared/contracts/event.ts'
import type { Span } from '../../shared/contracts/source.ts'
import { earlier, fromMs, later, shift, toMs } from '../../shared/contracts/time.ts'
import type { Lane, SourceState } from '../../shared/source-state.ts'

/** Where "earliest" begins with a vendor whose retention is not documented: before any of these logs existed. */
const EARLIEST: Timestamp = '2010-01-01T00:00:00.000Z'

const HOUR_MS = 3_600_000

/** A lane with the name under which it is saved. */
export interface NamedLane {
  readonly name: string
  readonly lane: Lane
}

/** The lanes that a run walks, in order: the live lane always goes first. A lane that is not due is absent. */
export interface Plan {
  readonly walks: readonly NamedLane[]
  /** Backfills that end because what is read has changed. */
  readonly ended: readonly NamedLane[]
  /** What the change means for completeness: the new log was not read before, and an ended backfill not to its end. */
  readonly gaps: readonly Gap[]
}

/** By how much the clock of a person's machine may be ahead of the scheduler's. */
const ASKED_MARGIN_MS = 5 * 60_000

/**
 * Decides which lanes to walk now, and opens those that begin.
 *
 * @param tickAt when the configuration was read
 */
export function plan(config: SourceConfig, state: SourceState, now: Date, tickAt: Timestamp): Plan {
  const identity = config.fingerprint
  const saved = state.lanes.live
  const changed = saved !== undefined && saved.fingerprint !== identity
  const live = saved === undefined ? firstLane(config, state, now) : changed ? nextLane(saved, config) : saved
  const backfills = unfinishedBackfills(state)
  const mine = backfills.filter(({ lane }) => lane.fingerprint === identity)
  // A backfill may have been asked for with a configuration that is yet to come; it waits.
  const isReplaced = ({ askedAt }: Lane) => askedAt !== undefined && toMs(askedAt) + ASKED_MARGIN_MS < toMs(tickAt)
  const ended = backfills.filter(({ lane }) => lane.fingerprint !== identity && (changed || isReplaced(lane)))
  const lastSweep = state.lanes.sweep?.fingerprint === identity ? state.lanes.sweep : undefined
  const sweep = dueSweep(config, lastSweep, live, now)
  const unread = ended.map(({ lane }) => ({ from: lane.reached ?? lane.from, to: lane.to ?? lane.from }))
  return {
    walks: [{ name: 'live', lane: live }, ...sweep, ...mine],
    ended,
    gaps: [...(changed ? [{ from: saved.from, to: live.from }] : []), ...unread]
      .filter(({ from, to }) => toMs(from) < toMs(to))
      .map((interval) => ({ ...interval, reason: 'configuration-changed' })),
  }
}

function unfinishedBackfills({ lanes }: SourceState): NamedLane[] {
  return Object.entries(lanes)
    .filter(([name, lane]) => name !== 'live' && name !== 'sweep' && !lane.done)
    .map(([name, lane]) => ({ name, lane }))
}

/** What a lane may read now; undefined when there is nothing yet. */
export function spanOf(named: NamedLane, config: SourceConfig, now: Date): Span | undefined {
  const { lane, name } = named
  const settled = fromMs(now.getTime() - config.settleMs)
  const to = lane.to === undefined ? settled : earlier(lane.to, settled)
  if (toMs(lane.reached ?? lane.from) >= toMs(to)) return undefined
  return { from: lane.from, to, overlapMs: name === 'live' ? config.overlapMs : 0, bounded: name !== 'live' }
}

/** The interval that the vendor no longer keeps although the lane has not read it; undefined when there is none. */
export function expired(named: NamedLane, config: SourceConfig, now: Date): Gap | undefined {
  const retentionMs = retentionOf(config)
  const { lane, name } = named
  const reached = lane.reached ?? lane.from
  if (retentionMs === undefined || name !== 'live') return undefined
  const kept = fromMs(now.getTime() - retentionMs)
  // The first window of such a lane lies at the very edge of what is kept, and falls behind it while it is read. A source that
  // could not be read at all meanwhile, as its credential was wrong, has lost what fell behind.
  const isFirst = lane.earliest && toMs(reached) === toMs(lane.from)
  if (isFirst && (lane.reached !== undefined || toMs(kept) - toMs(reached) <= HOUR_MS)) return undefined
  // By the hour, so that a gap that grows while its window is read is the same one for an hour.
  const to = fromMs(Math.ceil(toMs(kept) / HOUR_MS) * HOUR_MS)
  return toMs(reached) < toMs(kept) ? { from: reached, to, reason: 'retention' } : undefined
}

/** "Now" is when the source was taken up for the first time: the run that did so may have died before it could save anything. */
function firstLane(config: SourceConfig, { beganAt, health }: SourceState, now: Date): Lane {
  const { startFrom, fingerprint } = config
  const retentionMs = retentionOf(config)
  if (startFrom === 'now') {
    const began = beganAt === undefined ? now.toISOString() : shift(beganAt, health.clockSkewMs ?? 0)
    return { ...newLane(began, undefined, fingerprint), unconfirmed: true }
  }
  if (startFrom !== 'earliest') return newLane(fromMs(toMs(startFrom)), undefined, fingerprint)
  if (retentionMs === undefined) return { ...newLane(EARLIEST, undefined, fingerprint), earliest: true }
  const kept = shift(now.toISOString(), -retentionMs)
  return { ...newLane(kept, undefined, fingerprint), earliest: true, unconfirmed: true }
}

/**
 * A lane of which no page was read, once it turns out by how much the vendor's clock differs from what was assumed when it
 * began. It moves back, never on: a beginning that was too early loses nothing.
 */
export function corrected(lane: Lane, byMs: number): Lane {
  return lane.unconfirmed === true && byMs < 0 ? { ...lane, from: shift(lane.from, byMs) } : lane
}

/**
 * A position belongs to what was being read. When that changed, the new lane begins where the old one had arrived, less what a walk
 * of the old one would have looked back: what is committed late just now is looked for as ever.
 */
function nextLane(old: Lane, { fingerprint, overlapMs, settleMs }: SourceConfig): Lane {
  const lane = newLane(later(old.from, shift(old.reached ?? old.from, -overlapMs - settleMs)), undefined, fingerprint)
  return old.unconfirmed === true ? { ...lane, unconfirmed: true } : lane
}

/** The sweep under way, or a new one when the last is long enough ago. It never reaches behind the live lane's start. */
function dueSweep(config: SourceConfig, saved: Lane | undefined, live: Lane, now: Date): NamedLane[] {
  if (config.sweep === false || live.reached === undefined) return []
  if (saved !== undefined && !saved.done) return [{ name: 'sweep', lane: saved }]
  const last = saved?.to ?? live.from
  if (now.getTime() < toMs(last) + config.sweep.everyMs) return []
  const from = later(live.from, fromMs(now.getTime() - config.sweep.backMs))
  const lane = newLane(from, live.reached, live.fingerprint)
  return toMs(from) < toMs(live.reached) ? [{ name: 'sweep', lane }] : []
}

/** A lane that has not been read yet. */
export function newLane(from: Timestamp, to: Timestamp | undefined, identity: string): Lane {
  const empty = { done: false, pages: 0, found: 0, enqueued: 0 }
  return { from, ...(to !== undefined && { to }), fingerprint: identity, ...empty }
}
