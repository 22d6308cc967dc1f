import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import { parseDestination } from '../shared/config/destination-config.ts'
import { Fault } from '../shared/contracts/fault.ts'
import type { Deployment } from './deployment.ts'

/**
 * Tells of each destination whether it wants its events in order, and the deployment has a queue for that. The configurations are
 * read once, when first asked. One that is gone or cannot be used wants nothing.
 */
export function wantsOrder({
  orderedQueueUrl,
  parameters,
  prefix,
}: Pick<Deployment, 'orderedQueueUrl' | 'parameters' | 'prefix'>): (destinationId: string) => Promise<boolean> {
  if (orderedQueueUrl === undefined) return async () => false
  const path = `${prefix}/destinations`
  let texts: Promise<ReadonlyMap<string, string>> | undefined
  return async (destinationId) => {
    texts ??= parameters.below(path)
    const text = (await texts).get(destinationId)
    return text !== undefined && saysOrdered(`${path}/${destinationId}`, text)
  }
}

function saysOrdered(parameter: string, text: string): boolean {
  try {
    return parseDestination(parameter, text, DESTINATIONS).ordered
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}
