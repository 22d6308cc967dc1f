import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../shared/contracts/fault.ts'

/** A folder of configuration files as it is on disk: nothing is checked yet. All texts by id or name. */
export interface ConfigFolder {
  readonly dir: string
  readonly sources: ReadonlyMap<string, string>
  readonly destinations: ReadonlyMap<string, string>
  /** The names of secrets, with `/` between folders. Their values are read one by one, when they are needed. */
  readonly secrets: readonly string[]
}

/**
 * Reads `sources/*.json`, `destinations/*.json` and the names below `secrets/`. Hidden files are passed over.
 *
 * @throws Fault `configuration-invalid` when there is no such folder, or neither sources nor destinations in it
 */
export function readConfigFolder(dir: string): ConfigFolder {
  const [sources, destinations] = [jsonFiles(join(dir, 'sources')), jsonFiles(join(dir, 'destinations'))]
  if (sources.size + destinations.size === 0) {
    const wanted = 'wanted files in sources/ or destinations/'
    throw new Fault('configuration-invalid', `Cannot read configuration in ${dir}: found none, ${wanted}`)
  }
  return { dir, sources, destinations, secrets: names(join(dir, 'secrets')).sort() }
}

/** The value of a secret of the folder, without the line break that editors put at the end. */
export function readSecret(folder: ConfigFolder, name: string): string {
  return withoutLineBreak(readFileSync(join(folder.dir, 'secrets', name), 'utf8'))
}

export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}

function jsonFiles(dir: string): ReadonlyMap<string, string> {
  const files = entries(dir).filter((name) => name.endsWith('.json'))
  return new Map(files.sort().map((name) => [name.slice(0, -'.json'.length), readFileSync(join(dir, name), 'utf8')]))
}

function names(dir: string): string[] {
  return entries(dir).flatMap((name) => {
    const below = join(dir, name)
    return statSync(below).isDirectory() ? names(below).map((inner) => `${name}/${inner}`) : [name]
  })
}

/** What is in a folder; nothing when there is no such folder. */
function entries(dir: string): string[] {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(dir).filter((name) => !name.startsWith('.'))
}
