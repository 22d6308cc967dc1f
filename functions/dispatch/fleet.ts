import type { Route } from '../../shared/assignment.ts'
import { type DestinationConfig, parseDestination } from '../../shared/config/destination-config.ts'
import { checkReferences } from '../../shared/config/references.ts'
import { secretRefs } from '../../shared/config/secret-refs.ts'
import { parseSource, type SourceConfig } from '../../shared/config/source-config.ts'
import type { Timestamp } from '../../shared/contracts/event.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { DESTINATIONS } from '../deliver/destinations/registry.ts'
import { SOURCES } from '../poll/sources/registry.ts'

/** The JSON texts of all configurations, by id, and the prefix that their parameters' names begin with. */
export interface Trees {
  readonly prefix: string
  readonly sources: ReadonlyMap<string, string>
  readonly destinations: ReadonlyMap<string, string>
  /** When the parameter of each source was last written, where that is known. */
  readonly changedAt: ReadonlyMap<string, Timestamp | undefined>
}

export interface FleetSource {
  readonly config: SourceConfig
  /** The parameter's text, which the run parses again. */
  readonly text: string
  /** One for each destination of the source. */
  readonly routes: readonly Route[]
  /** When the parameter was last written, where that is known. */
  readonly changedAt: Timestamp | undefined
  /** How many enabled sources use the same credential, this one included. */
  readonly sharedBy: number
}

/** What can be run, and a line for each parameter that cannot. */
export interface Fleet {
  readonly sources: readonly FleetSource[]
  readonly destinationIds: readonly string[]
  readonly problems: readonly string[]
}

/**
 * Reads all configurations. A broken one fails alone; a source of which one destination is missing or broken is not polled,
 * because its events would be marked as sent and never reach that destination. The vendor keeps them meanwhile.
 */
export function readFleet(trees: Trees, local: boolean): Fleet {
  const problems: string[] = []
  const destinations = new Map<string, DestinationConfig>()
  for (const [id, text] of trees.destinations) {
    const parameter = `${trees.prefix}/destinations/${id}`
    const config = attempt(problems, () => parseDestination(parameter, text, DESTINATIONS))
    if (config !== undefined) destinations.set(id, config)
  }
  const sources: Omit<FleetSource, 'sharedBy'>[] = []
  for (const [id, text] of trees.sources) {
    const parameter = `${trees.prefix}/sources/${id}`
    const config = attempt(problems, () => parseSource(parameter, text, SOURCES, { local }))
    if (config === undefined) continue
    const unusable = [
      ...checkReferences([{ parameter, destinations: config.destinations }], [...trees.destinations.keys()]),
      ...config.destinations
        .filter((to) => trees.destinations.has(to) && !destinations.has(to))
        .map((to) => broken(id, to)),
    ]
    if (unusable.length > 0) problems.push(...unusable)
    else {
      const routes = config.destinations.flatMap((to) => routeOf(destinations.get(to)))
      sources.push({ config, text, routes, changedAt: trees.changedAt.get(id) })
    }
  }
  return { sources: withSharing(sources), destinationIds: [...destinations.keys()], problems }
}

/** Vendors count requests by credential, so sources that have one in common share what may be asked. */
function withSharing(sources: readonly Omit<FleetSource, 'sharedBy'>[]): FleetSource[] {
  const keyOf = ({ type, own }: SourceConfig) =>
    JSON.stringify([
      type,
      ...secretRefs(own)
        .map(({ secret }) => secret)
        .sort(),
    ])
  const users = Map.groupBy(
    sources.filter(({ config }) => config.enabled),
    ({ config }) => keyOf(config),
  )
  return sources.map((source) => ({ ...source, sharedBy: users.get(keyOf(source.config))?.length ?? 1 }))
}

function broken(sourceId: string, destinationId: string): string {
  return `Cannot poll source ${sourceId} as its destination ${destinationId} cannot be used: it waits, and misses nothing`
}

function routeOf(config: DestinationConfig | undefined): Route[] {
  if (config === undefined) return []
  const { id, batch, filter, ordered } = config
  return [{ id, batch, filter, ...(ordered && { ordered }) }]
}

/** The value, or a problem and undefined. */
function attempt<T>(problems: string[], parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    problems.push(error.message)
    return undefined
  }
}
