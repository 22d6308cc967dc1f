import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { toMs } from '../../shared/contracts/time.ts'
import type { SourceState } from '../../shared/source-state.ts'

/** A source is stale when it has had no success for this many of its intervals, and for this long at least. */
const STALE_INTERVALS = 3
const STALE_MS = 15 * 60_000

/** Ticks come late by a little; without tolerance, a source polled every minute would be polled every other one. */
const MAX_TOLERANCE_MS = 30_000

/**
 * Whether a source is to be polled now.
 *
 * @param configuration the hash of its configuration: a fault of another configuration does not hold it back
 */
export function isDue(config: SourceConfig, configuration: string, state: SourceState, now: Date): boolean {
  if (!isActive(config, state)) return false
  const { health, leaseUntil } = state
  const nowMs = now.getTime()
  if (leaseUntil !== undefined && toMs(leaseUntil) > nowMs) return false
  const corrected = health.configuration !== undefined && health.configuration !== configuration
  if (!corrected && health.notBefore !== undefined && toMs(health.notBefore) > nowMs) return false
  if (corrected || health.unfinished || health.lastPollAt === undefined) return true
  const toleranceMs = Math.min(MAX_TOLERANCE_MS, config.everyMs / 2)
  return nowMs >= toMs(health.lastPollAt) + config.everyMs - toleranceMs
}

/** Whether a source is to be polled at all. */
export function isActive(config: SourceConfig, state: SourceState): boolean {
  return config.enabled && !state.paused
}

/**
 * Whether a source that should be read has not been read well for too long.
 *
 * @param changedAt when its parameter was written: a source that no run has ever got to counts from then on
 */
export function isStale(
  config: SourceConfig,
  state: SourceState,
  changedAt: Timestamp | undefined,
  now: Date,
): boolean {
  const { lastSuccessAt, createdAt } = state.health
  const since = lastSuccessAt ?? createdAt ?? changedAt
  if (!isActive(config, state) || since === undefined) return false
  return now.getTime() - toMs(since) > Math.max(STALE_INTERVALS * config.everyMs, STALE_MS)
}

/** How far the source's live lane is behind the clock; 0 before its first page. */
export function lagMs(config: SourceConfig, state: SourceState, now: Date): number {
  const reached = state.lanes.live?.reached ?? state.lanes.live?.from
  if (!isActive(config, state) || reached === undefined) return 0
  return Math.max(0, now.getTime() - toMs(reached))
}
