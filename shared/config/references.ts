import { nearest } from './nearest.ts'

/**
 * Checks that every destination that a source names exists: one line per name that does not.
 *
 * @param sources as far as they could be read; `parameter` is what the line names
 * @param destinations the ids that exist, whether or not their configuration is valid
 */
export function checkReferences(
  sources: readonly { readonly parameter: string; readonly destinations: readonly string[] }[],
  destinations: readonly string[],
): string[] {
  return sources.flatMap(({ parameter, destinations: named }) =>
    named.flatMap((id) => (destinations.includes(id) ? [] : [missing(parameter, id, destinations)])),
  )
}

function missing(parameter: string, id: string, known: readonly string[]): string {
  const near = nearest(id, known)
  const listed = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`
  const advice = near === undefined ? listed : `did you mean "${near}"?`
  return `Cannot use ${parameter} as destinations names "${id}", which does not exist: ${advice}`
}
