import type { Assignment } from '../../shared/assignment.ts'
import { type Circuit, isFailing, isProbed } from '../../shared/circuit.ts'
import { fingerprint } from '../../shared/config/fingerprint.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import type { Fault } from '../../shared/contracts/fault.ts'
import { NEW_STATE, type SourceState } from '../../shared/source-state.ts'
import { choked, holdBack } from './back-pressure.ts'
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
  /** What is remembered of these destinations, and of all others that were ever on hold. */
  readonly circuits: (destinationIds: readonly string[]) => Promise<ReadonlyMap<string, Circuit>>
  /** Messages in the delivery queue, those that wait for another attempt included. */
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
  readonly queueDepth: number
  /** Sources that are not polled, because the queue is deep and one of their destinations takes nothing. */
  readonly waiting: readonly string[]
  /** How much of the time is used up for which a source may wait: the most of any. 100 and above: it is polled again. */
  readonly holdBackPercent: number
  readonly stale: readonly string[]
  readonly suspended: readonly {
    readonly id: string
    readonly kind: string
    readonly message: string
    readonly since: Timestamp
  }[]
  /** Destinations on hold; one that cannot be used, or is not configured any more, only while messages for it are in the queue. */
  readonly held: readonly { readonly id: string; readonly reason: string; readonly since: Timestamp }[]
  /** Destinations that answer with errors, or not at all, whatever they are sent. */
  readonly failing: readonly { readonly id: string; readonly since: Timestamp }[]
  readonly maxLagMs: number
  /** One line for each parameter, and each stored state, that cannot be used. */
  readonly problems: readonly string[]
  /** Sources whose run could not be started; the next tick tries again. */
  readonly failed: readonly string[]
}

/** Decides which sources are due, and hands each to a run of its own. Whatever is broken concerns its own source alone. */
export async function dispatch(tickAt: Timestamp, ports: DispatchPorts): Promise<Tick> {
  const trees = await ports.trees()
  const fleet = readFleet(trees, ports.local)
  const [{ states, unreadable }, circuits, queueDepth] = await Promise.all([
    ports.states(fleet.sources.map(({ config }) => config.id)),
    ports.circuits([...trees.destinations.keys()]),
    ports.queueDepth(),
  ])
  const now = ports.now()
  const full = choked(circuits, queueDepth, now)
  const readable = fleet.sources
    .filter(({ config }) => !unreadable.has(config.id))
    .map((source) => {
      const state = states.get(source.config.id) ?? NEW_STATE
      return { ...source, state, holdBack: holdBack(source.config, state, full, now) }
    })
  const waiting = readable.filter((source) => source.holdBack !== undefined && source.holdBack < 1)
  const active = readable.filter((source) => !waiting.includes(source))

  const due = active.filter(({ config, text, state }) => isDue(config, fingerprint(text), state, now))
  const started = await Promise.allSettled(due.map((source) => ports.invoke(assignmentOf(source, tickAt))))
  return {
    sources: fleet.sources.length,
    due: due.map(({ config }) => config.id),
    queueDepth,
    waiting: waiting.map(({ config }) => config.id),
    holdBackPercent: 100 * Math.max(0, ...readable.map((source) => source.holdBack ?? 0)),
    stale: [
      ...active
        .filter(({ config, state, changedAt }) => isStale(config, state, changedAt, now))
        .map(({ config }) => config.id),
      ...unreadable.keys(),
    ],
    suspended: readable.flatMap(({ config, state: { health } }) =>
      health.fault?.suspended === true ? [{ id: config.id, ...health.fault }] : [],
    ),
    ...troubled(circuits, new Set(fleet.destinationIds), now),
    maxLagMs: Math.max(0, ...readable.map(({ config, state }) => lagMs(config, state, now))),
    problems: [...fleet.problems, ...[...unreadable.values()].map(({ message }) => message)],
    failed: due.flatMap(({ config }, index) => (started[index]?.status === 'rejected' ? [config.id] : [])),
  }
}

/** A circuit may stay open when its last message is gone; of a destination that cannot be used either, that concerns nobody. */
function troubled(
  circuits: ReadonlyMap<string, Circuit>,
  usable: ReadonlySet<string>,
  now: Date,
): Pick<Tick, 'held' | 'failing'> {
  const all = [...circuits].map(([id, circuit]) => ({ id, circuit }))
  return {
    held: all.flatMap(({ id, circuit }) =>
      circuit.open !== undefined && (usable.has(id) || isProbed(circuit, now)) ? [{ id, ...circuit.open }] : [],
    ),
    failing: all.flatMap(({ id, circuit }) => {
      const { open, overdue } = circuit
      if (open !== undefined || overdue === undefined || !usable.has(id) || !isFailing(circuit, now)) return []
      return [{ id, since: overdue.takenAt ?? overdue.since }]
    }),
  }
}

function assignmentOf({ config, text, routes, sharedBy }: FleetSource, tickAt: Timestamp): Assignment {
  return { sourceId: config.id, source: text, routes: [...routes], sharedBy, tickAt }
}
