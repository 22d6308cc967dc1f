import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import { SOURCES } from '../functions/poll/sources/registry.ts'
import { type DestinationConfig, parseDestination } from '../shared/config/destination-config.ts'
import { nearest } from '../shared/config/nearest.ts'
import { parseSource, type SourceConfig } from '../shared/config/source-config.ts'
import { Fault } from '../shared/contracts/fault.ts'
import type { Place } from './deployment.ts'

/**
 * The configuration of a source as it is deployed.
 *
 * @throws Fault `configuration-invalid` when there is none of that id, or it cannot be used
 */
export async function sourceOf(id: string, { parameters, prefix, local }: Place): Promise<SourceConfig> {
  const known = await parameters.below(`${prefix}/sources`)
  const text = known.get(id)
  if (text !== undefined) return parseSource(`${prefix}/sources/${id}`, text, SOURCES, { local })
  const near = nearest(id, [...known.keys()])
  const listed = known.size === 0 ? 'there are none' : `known are ${[...known.keys()].join(', ')}`
  const advice = near === undefined ? listed : `did you mean "${near}"?`
  throw new Fault('configuration-invalid', `Cannot find source ${id} under ${prefix}/sources: ${advice}`)
}

/** The destinations of a source as they are deployed; one that is missing or cannot be used is left out. */
export async function destinationsOf(
  { destinations }: SourceConfig,
  { parameters, prefix }: Place,
): Promise<DestinationConfig[]> {
  const known = await parameters.below(`${prefix}/destinations`)
  return destinations.flatMap((id) => {
    try {
      return [parseDestination(`${prefix}/destinations/${id}`, known.get(id) ?? '', DESTINATIONS)]
    } catch (error) {
      if (error instanceof Fault) return []
      throw error
    }
  })
}
