import type { Assignment } from '../../shared/assignment.ts'
import { fingerprint } from '../../shared/config/fingerprint.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { isDue, isStale, lagMs } from './due.ts'
import { type FleetSource, readFleet, type Trees } from './fleet.ts'

export interface DispatchPorts {
  /** The parameters under `<prefix>/sources` and `<prefix>/destinations`, by id. */
  readonly trees: () => Promise<Trees>
  readonly states: (sourceIds: readonly string[]) => Promise<ReadonlyMap<string, SourceState>>
  /** The destinations whose circuit is open. */
  readonly held: (destinationIds: readonly string[]) => Promise<readonly string[]>
  /** Hands a source to a run of its own, and does not wait for it. */
  readonly invoke: (assignment: Assignment) => Promise<void>
  readonly now: () => Date
  readonly local: boolean
}

/** What the tick saw and did. */
export interface Tick {
  readonly sources: number
  readonly due: readonly string[]
  readonly stale: readonly string[]
  readonly suspended: readonly string[]
  readonly held: readonly string[]
  readonly maxLagMs: number
  /** One line for each parameter that cannot be used. */
  readonly problems: readonly string[]
  /** Sources whose run could not be started; the next tick tries again. */
  readonly failed: readonly string[]
}

/** Decides which sources are due, and hands each to a run of its own. A broken parameter concerns its own source alone. */
export async function dispatch(tickAt: string, ports: DispatchPorts): Promise<Tick> {
  const fleet = readFleet(await ports.trees(), ports.local)
  const now = ports.now()
  const states = await ports.states(fleet.sources.map(({ config }) => config.id))
  const stateOf = (config: SourceConfig): SourceState => states.get(config.id) ?? NEW_STATE

  const due = fleet.sources.filter(({ config, text }) => isDue(config, fingerprint(text), stateOf(config), now))
  const results = await Promise.allSettled(due.map((entry) => ports.invoke(assignmentOf(entry, tickAt))))
  const ids = (wanted: (config: SourceConfig) => boolean) =>
    fleet.sources.flatMap(({ config }) => (wanted(config) ? [config.id] : []))
  return {
    sources: fleet.sources.length,
    due: due.map(({ config }) => config.id),
    stale: ids((config) => isStale(config, stateOf(config), now)),
    suspended: ids((config) => stateOf(config).health.fault?.suspended === true),
    held: await ports.held(fleet.destinationIds),
    maxLagMs: Math.max(0, ...fleet.sources.map(({ config }) => lagMs(config, stateOf(config), now))),
    problems: fleet.problems,
    failed: due.flatMap(({ config }, index) => (results[index]?.status === 'rejected' ? [config.id] : [])),
  }
}

function assignmentOf({ config, text, routes }: FleetSource, tickAt: string): Assignment {
  return { sourceId: config.id, source: text, routes: [...routes], tickAt }
}
