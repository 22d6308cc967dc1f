import type { Assignment, Route } from '../../shared/assignment.ts'
import { fingerprint } from '../../shared/config/fingerprint.ts'
import { parseSource, type SourceConfig } from '../../shared/config/source-config.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import type { AnySource } from '../../shared/contracts/source.ts'

/** A lease ends this long after the function was stopped from outside, so that it never ends under a run. */
const LEASE_MARGIN_MS = 30_000

/** One run's work. */
export interface Job {
  readonly config: SourceConfig
  /** A hash of the configuration as it stands in its parameter. */
  readonly configuration: string
  readonly routes: readonly Route[]
  /** Requests that the source may make in a minute: its part of what all sources with its credential may make. */
  readonly requestsPerMinute: number
  /** The tick that this run belongs to. */
  readonly tickAt: Timestamp
  /** Names this run in the lease. */
  readonly owner: string
  /** When the function is stopped from outside. */
  readonly deadline: Date
  readonly leaseUntil: Date
}

interface Circumstances {
  readonly prefix: string
  readonly local: boolean
  readonly owner: string
  readonly deadline: Date
}

/** @throws Fault `configuration-invalid`, which dispatch has ruled out unless another version is at work */
export function jobOf(
  { sourceId, source, routes, sharedBy = 1, tickAt }: Assignment,
  registry: Readonly<Record<string, AnySource>>,
  { prefix, local, owner, deadline }: Circumstances,
): Job {
  const config = parseSource(`${prefix}/sources/${sourceId}`, source, registry, { local })
  return {
    config,
    configuration: fingerprint(source),
    routes,
    requestsPerMinute: Math.max(1, Math.floor(config.source.traits.requestsPerMinute / sharedBy)),
    tickAt,
    owner,
    deadline,
    leaseUntil: new Date(deadline.getTime() + LEASE_MARGIN_MS),
  }
}
