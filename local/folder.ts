import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { id } from '../shared/contracts/settings.ts'
import type { Parameter, Parameters } from './emulators/parameters.ts'

/** Marks the parameters that came from a folder, so that those put in another way are left alone. */
const MARK = 'From the folder of the local run'
/** The most that Parameter Store takes (in its advanced tier), in characters. */
const MAX_CHARACTERS = 8192
const SECRET_NAME = /^[A-Za-z0-9_.\-/]+$/

/** What a look at the folder found. Names are relative to it. */
export interface FolderChanges {
  /** Such as `sources/prod-tines`. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** One line for each file that was left out. */
  readonly problems: readonly string[]
}

interface Found {
  readonly parameters: ReadonlyMap<string, Pick<Parameter, 'type' | 'value'>>
  /** Names of files that are there and cannot be taken, perhaps because an editor is about to write them. */
  readonly unusable: ReadonlySet<string>
  readonly problems: readonly string[]
}

/**
 * Brings Parameter Store in line with a configuration folder: `sources/<id>.json` and `destinations/<id>.json` as they are,
 * `secrets/<name>` without the newline at the end. What is in the files is judged by the functions, as in a deployment.
 *
 * @param dir the folder
 * @param prefix where the parameters go, such as `/pollhook`
 * @throws Error when the folder cannot be read; nothing is removed then
 */
export function loadFolder(dir: string, prefix: string, parameters: Parameters, now: Date): FolderChanges {
  const found = read(dir)
  const added: string[] = []
  const changed: string[] = []
  for (const [name, { type, value }] of found.parameters) {
    const existing = parameters.get(`${prefix}/${name}`)
    if (existing?.value === value && existing.type === type && existing.description === MARK) continue
    parameters.put({ name: `${prefix}/${name}`, type, value, description: MARK }, now)
    if (existing === undefined) added.push(name)
    else if (existing.value !== value) changed.push(name)
  }
  const removed = parameters
    .all()
    .filter(({ name, description }) => description === MARK && name.startsWith(`${prefix}/`))
    .map(({ name }) => name.slice(prefix.length + 1))
    .filter((name) => !found.parameters.has(name) && !found.unusable.has(name))
  for (const name of removed) parameters.delete(`${prefix}/${name}`)
  return { added, changed, removed, problems: found.problems }
}

function read(dir: string): Found {
  const parameters = new Map<string, Pick<Parameter, 'type' | 'value'>>()
  const unusable = new Set<string>()
  const problems: string[] = []
  const add = (file: string, name: string, type: Parameter['type'], value: string) => {
    if (value !== '' && value.length <= MAX_CHARACTERS) {
      parameters.set(name, { type, value })
    } else {
      unusable.add(name)
      problems.push(`Cannot load ${file}: found ${value.length} characters, wanted 1 to ${MAX_CHARACTERS}`)
    }
  }

  // Read first, so that a folder that is gone is an error and not an empty one.
  const present = new Set(readdirSync(dir))
  for (const tree of ['sources', 'destinations'].filter((name) => present.has(name))) {
    for (const file of filesBelow(join(dir, tree))) {
      const path = `${tree}/${file}`
      const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : ''
      if (id.safeParse(name).success) add(path, `${tree}/${name}`, 'String', readFileSync(join(dir, path), 'utf8'))
      else problems.push(`Cannot load ${path}: found that name, wanted <id>.json with an id of a-z, 0-9 and -`)
    }
  }
  for (const file of present.has('secrets') ? filesBelow(join(dir, 'secrets')) : []) {
    const path = `secrets/${file}`
    if (SECRET_NAME.test(file)) add(path, path, 'SecureString', withoutNewline(readFileSync(join(dir, path), 'utf8')))
    else problems.push(`Cannot load ${path}: found that name, wanted letters, digits and the characters _.-/`)
  }
  return { parameters, unusable, problems }
}

/** The files of a folder and of those in it, as relative paths; not hidden ones, nor an editor's copies. */
function filesBelow(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below))
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort()
    .flatMap((name) => {
      const path = below === '' ? name : `${below}/${name}`
      return statSync(join(dir, path)).isDirectory() ? filesBelow(dir, path) : [path]
    })
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}
