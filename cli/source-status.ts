import { holdBack } from '../functions/dispatch/back-pressure.ts'
import { isDue, isStale, lagMs } from '../functions/dispatch/due.ts'
import type { FleetSource } from '../functions/dispatch/fleet.ts'
import { fingerprint } from '../shared/config/fingerprint.ts'
import type { SourceConfig } from '../shared/config/source-config.ts'
import type { Fault } from '../shared/contracts/fault.ts'
import { fromMs, later, toMs } from '../shared/contracts/time.ts'
import { type Lane, NEW_STATE, type SourceState } from '../shared/source-state.ts'

/** How a source is doing, in one word. */
type SourceCondition =
  | 'ok'
  /** Deployed, and not polled yet. */
  | 'new'
  | 'paused'
  /** `enabled` is false. */
  | 'disabled'
  /** The last runs ended in a fault; the next one tries again by itself. */
  | 'failing'
  /** The credential is refused, or something else needs a person: tried every 15 minutes. */
  | 'suspended'
  /** Not polled for now: one of its destinations takes nothing, and the queue is deep. */
  | 'held-back'
  /** No success for three intervals, and no fault that says why. */
  | 'stale'
  /** What is stored of it cannot be read. */
  | 'unreadable'

export interface SourceStatus {
  readonly id: string
  readonly type: string
  readonly condition: SourceCondition
  readonly destinations: readonly string[]
  /** How far reading is behind the clock; undefined before the first page. */
  readonly lagMs: number | undefined
  readonly lastSuccessAt: string | undefined
  /** Undefined when it is not to be polled. A time that is past means: with the next tick. */
  readonly nextPollAt: string | undefined
  readonly fault: { readonly kind: string; readonly message: string; readonly since?: string } | undefined
  /** Sweeps and backfills that are under way. */
  readonly lanes: readonly LaneStatus[]
  readonly gaps: number
}

interface LaneStatus {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly reached: string
  readonly pages: number
  /** Events read, and how many of them had not been taken before. */
  readonly found: number
  readonly enqueued: number
}

/** What is known besides the source's own state. */
export interface Surroundings {
  readonly gaps: number
  /** The destinations whose sources wait. */
  readonly choked: ReadonlySet<string>
  readonly now: Date
}

/** @param state what is stored, or why it cannot be read */
export function sourceStatus(
  source: Pick<FleetSource, 'config' | 'text' | 'changedAt'>,
  state: SourceState | Fault | undefined,
  { gaps, choked, now }: Surroundings,
): SourceStatus {
  const { config, text } = source
  const { id, type, destinations } = config
  if (state instanceof Error) {
    const { kind, message } = state
    const unknown = { lagMs: undefined, lastSuccessAt: undefined, nextPollAt: undefined, lanes: [] }
    return { id, type, destinations, condition: 'unreadable', ...unknown, fault: { kind, message }, gaps }
  }
  const known = state ?? NEW_STATE
  const { fault, lastSuccessAt } = known.health
  const isHeldBack = (holdBack(config, known, choked, now) ?? 1) < 1
  return {
    id,
    type,
    destinations,
    condition: conditionOf(source, known, isHeldBack, now),
    lagMs: known.lanes.live === undefined ? undefined : lagMs(config, known, now),
    lastSuccessAt,
    nextPollAt: isHeldBack ? undefined : nextPollAt(config, fingerprint(text), known, now),
    fault: fault && { kind: fault.kind, message: fault.message, since: fault.since },
    lanes: Object.entries(known.lanes).flatMap(([name, lane]) => laneStatus(name, lane)),
    gaps,
  }
}

function conditionOf(
  { config, changedAt }: Pick<FleetSource, 'config' | 'changedAt'>,
  state: SourceState,
  isHeldBack: boolean,
  now: Date,
): SourceCondition {
  const { fault, lastPollAt } = state.health
  if (!config.enabled) return 'disabled'
  if (state.paused) return 'paused'
  if (fault !== undefined) return fault.suspended ? 'suspended' : 'failing'
  if (isHeldBack) return 'held-back'
  if (isStale(config, state, changedAt, now)) return 'stale'
  return lastPollAt === undefined ? 'new' : 'ok'
}

function nextPollAt(config: SourceConfig, configuration: string, state: SourceState, now: Date): string | undefined {
  if (!config.enabled || state.paused) return undefined
  if (isDue(config, configuration, state, now)) return now.toISOString()
  const { lastPollAt, notBefore, unfinished } = state.health
  const nowText = now.toISOString()
  const next = lastPollAt === undefined || unfinished ? nowText : fromMs(toMs(lastPollAt) + config.everyMs)
  return later(later(next, notBefore ?? next), state.leaseUntil === undefined ? next : nowText)
}

function laneStatus(name: string, { from, to, reached, done, pages, found, enqueued }: Lane): LaneStatus[] {
  if (name === 'live' || done || to === undefined) return []
  return [{ name, from, to, reached: reached ?? from, pages, found, enqueued }]
}
