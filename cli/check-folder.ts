import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import { SOURCES } from '../functions/poll/sources/registry.ts'
import { type DestinationConfig, parseDestination } from '../shared/config/destination-config.ts'
import { nearest } from '../shared/config/nearest.ts'
import { checkReferences } from '../shared/config/references.ts'
import { secretRefs } from '../shared/config/secret-refs.ts'
import { parseSource, type SourceConfig } from '../shared/config/source-config.ts'
import { Fault } from '../shared/contracts/fault.ts'
import type { ConfigFolder } from './config-folder.ts'

/** What stands in a folder, as far as it can be used, and a line for everything that cannot. */
export interface Checked {
  readonly sources: readonly SourceConfig[]
  readonly destinations: readonly DestinationConfig[]
  readonly problems: readonly string[]
}

/** @param local a local run may poll every second */
export function checkFolder(folder: ConfigFolder, local: boolean): Checked {
  const problems: string[] = []
  const sources = parseAll(folder.sources, problems, (id, text) =>
    parseSource(`${folder.dir}/sources/${id}.json`, text, SOURCES, { local }),
  )
  const destinations = parseAll(folder.destinations, problems, (id, text) =>
    parseDestination(`${folder.dir}/destinations/${id}.json`, text, DESTINATIONS),
  )
  const named = sources.map(({ id, destinations }) => ({ parameter: fileOf(folder, 'sources', id), destinations }))
  problems.push(...checkReferences(named, [...folder.destinations.keys()]))
  for (const { id, own } of sources) problems.push(...checkSecrets(folder, 'sources', id, own))
  for (const config of destinations) problems.push(...checkSecrets(folder, 'destinations', config.id, wholeOf(config)))
  return { sources, destinations, problems }
}

function parseAll<T>(
  texts: ReadonlyMap<string, string>,
  problems: string[],
  parse: (id: string, text: string) => T,
): T[] {
  return [...texts].flatMap(([id, text]) => {
    try {
      return [parse(id, text)]
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      problems.push(...error.message.split('\n'))
      return []
    }
  })
}

/** Secrets that are kept for the other side only, and secrets that the folder lacks where it has secrets at all. */
function checkSecrets(folder: ConfigFolder, side: Side, id: string, config: unknown): string[] {
  const file = fileOf(folder, side, id)
  const other = side === 'sources' ? 'destinations' : 'sources'
  return secretRefs(config).flatMap(({ secret }) => {
    if (secret.startsWith(`${other}/`)) {
      return [
        `Cannot use ${file} as it refers to the secret "${secret}", which is kept for ${other}: wanted another name`,
      ]
    }
    if (secret.startsWith('aws:') || folder.secrets.length === 0 || folder.secrets.includes(secret)) return []
    const near = nearest(secret, folder.secrets)
    const advice = near === undefined ? `wanted ${folder.dir}/secrets/${secret}` : `did you mean "${near}"?`
    return [`Cannot use ${file} as it refers to the secret "${secret}", which does not exist: ${advice}`]
  })
}

type Side = 'sources' | 'destinations'

function fileOf(folder: ConfigFolder, side: Side, id: string): string {
  return `${folder.dir}/${side}/${id}.json`
}

/** Everything in which a destination may refer to a secret. */
function wholeOf({ own, headers, auth, tls }: DestinationConfig): unknown {
  return { own, headers, auth, tls }
}
