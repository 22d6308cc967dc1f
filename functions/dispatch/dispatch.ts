import type { Assignment } from '../../shared/assignment.ts'
import type { Circuit } from '../../shared/circuit.ts'
import { fingerprint } from '../../shared/config/fingerprint.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import type { Fault } from '../../shared/contracts/fault.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { isHeldBack } from './back-pressure.ts'
import { isDue, isStale, lagMs } from './due.ts'
import { type FleetSource, readFleet, type Trees } from './fleet.ts'

export interface DispatchPorts {
  /** The parameters under `<prefix>/sources` and `<prefix>/destinations`, by id. */
  readonly trees: () => Promise<Trees>
  /** What is remembered of the sources; a source whose state cannot be read is in `unreadable`. */
  readonly states: (sourceIds: readonly string[]) => Promise<{
    readonly states: ReadonlyMap<string, SourceState>
    readonly unreadable: ReadonlyMap<string, Fault>
  }>
  readonly circuits: (destinationIds: readonly string[]) => Promise<ReadonlyMap<string, Circuit>>
  /** Messages in the delivery queue. Asked for only while a destination is on hold. */
  readonly queueDepth: () => Promise<number>
  /** Hands a source to a run of its own, and does not wait for it. */
  readonly invoke: (assignment: Assignment) => Promise<void>
  readonly now: () => Date
  readonly local: boolean
}

/** What the tick saw and did. */
export interface Tick {
  readonly sources: number
  readonly due: readonly string[]
  /** Sources that are not polled while one of their destinations is on hold, because the queue is deep. */
  readonly waiting: readonly string[]
  readonly stale: readonly string[]
  readonly suspended: readonly {
    readonly id: string
    readonly kind: string
    readonly message: string
    readonly since: Timestamp
  }[]
  readonly held: readonly { readonly id: string; readonly reason: string; readonly since: Timestamp }[]
  readonly maxLagMs: number
  /** One line for each parameter, and each stored state, that cannot be used. */
  readonly problems: readonly string[]
  /** Sources whose run could not be started; the next tick tries again. */
  readonly failed: readonly string[]
}

/** Decides which sources are due, and hands each to a run of its own. Whatever is broken concerns its own source alone. */
export async function dispatch(tickAt: Timestamp, ports: DispatchPorts): Promise<Tick> {
  const fleet = readFleet(await ports.trees(), ports.local)
  const { states, unreadable } = await ports.states(fleet.sources.map(({ config }) => config.id))
  const circuits = await ports.circuits(fleet.destinationIds)
  const held = [...circuits].flatMap(([id, { open }]) => (open === undefined ? [] : [{ id, ...open }]))
  const heldIds = new Set(held.map(({ id }) => id))
  const depth = held.length === 0 ? 0 : await ports.queueDepth()
  const now = ports.now()
  const readable = fleet.sources
    .filter(({ config }) => !unreadable.has(config.id))
    .map((source) => ({ ...source, state: states.get(source.config.id) ?? NEW_STATE }))
  const waiting = readable.filter(({ config, state }) => isHeldBack(config, state, heldIds, depth, now))
  const active = readable.filter((source) => !waiting.includes(source))

  const due = active.filter(({ config, text, state }) => isDue(config, fingerprint(text), state, now))
  const started = await Promise.allSettled(due.map((source) => ports.invoke(assignmentOf(source, tickAt))))
  return {
    sources: fleet.sources.length,
    due: due.map(({ config }) => config.id),
    waiting: waiting.map(({ config }) => config.id),
    stale: [
      ...active.filter(({ config, state }) => isStale(config, state, now)).map(({ config }) => config.id),
      ...unreadable.keys(),
    ],
    suspended: readable.flatMap(({ config, state: { health } }) =>
      health.fault?.suspended === true ? [{ id: config.id, ...health.fault }] : [],
    ),
    held,
    maxLagMs: Math.max(0, ...readable.map(({ config, state }) => lagMs(config, state, now))),
    problems: [...fleet.problems, ...[...unreadable.values()].map(({ message }) => message)],
    failed: due.flatMap(({ config }, index) => (started[index]?.status === 'rejected' ? [config.id] : [])),
  }
}

function assignmentOf({ config, text, routes, sharedBy }: FleetSource, tickAt: Timestamp): Assignment {
  return { sourceId: config.id, source: text, routes: [...routes], sharedBy, tickAt }
}
