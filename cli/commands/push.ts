import { checkFolder } from '../check-folder.ts'
import { type Call, type Command, type Result, UsageError, word } from '../command.ts'
import { type ConfigFolder, readConfigFolder, readSecret } from '../config-folder.ts'
import { PLACE_HELP, PLACE_OPTIONS, type Place, placeOf } from '../deployment.ts'
import { type Difference, differences } from '../difference.ts'
import { tierOf } from '../parameter-size.ts'
import type { NewParameter, ParameterStore } from '../parameter-store.ts'
import { count, table } from '../table.ts'

export const command: Command = {
  usage: 'push DIR [--prune] [--secrets] [--advanced] [--yes] [--prefix PATH | --local]',
  help: [
    'Checks a configuration folder, shows what differs from Parameter Store, asks, and writes the difference.',
    '',
    '  --prune     also delete sources and destinations that the folder does not have',
    '  --secrets   also write the files below secrets/, as SecureString',
    '  --advanced  allow parameters above 4 KB, which AWS charges for',
    '  --yes       do not ask',
    ...PLACE_HELP,
  ],
  options: {
    prune: { type: 'boolean' },
    secrets: { type: 'boolean' },
    advanced: { type: 'boolean' },
    yes: { type: 'boolean' },
    ...PLACE_OPTIONS,
  },
  words: { least: 1, most: 1 },
  run,
}

async function run(call: Call): Promise<Result> {
  const folder = readConfigFolder(word(call, 0))
  const { problems } = checkFolder(folder, call.options.local === true)
  if (problems.length > 0) {
    const summary = `Nothing was written: ${count(problems.length, 'problem')}`
    return { outcome: 'problem', lines: [...problems, summary], json: { ok: false, problems, written: 0, removed: 0 } }
  }
  const place = placeOf(call)
  const wanted = textsOf(folder, call.options.secrets === true)
  const changes = differences(wanted, await existing(place, wanted), call.options.prune === true)
  const written = parametersToWrite(changes, wanted, place.prefix, call.options.advanced === true)
  const removed = changes.filter(({ kind }) => kind === 'removed').map(({ name }) => `${place.prefix}/${name}`)

  const lines = changes.map(({ name, kind, fields }) => [kind, name, fields.join(', ')])
  if (written.length + removed.length === 0) return done(changes, [...table(lines), 'Nothing to write'], 0, 0)
  if (call.options.json !== true) for (const line of table(lines)) call.terminal.print(line)
  const question = `Write ${count(written.length, 'parameter')} and delete ${removed.length} under ${place.prefix}?`
  if (!(await agreed(call, question))) return done(changes, ['Nothing was written'], 0, 0)
  await write(place.parameters, written, removed)
  return done(changes, [`Wrote ${written.length}, deleted ${removed.length}`], written.length, removed.length)
}

/** Secrets first and sources last, so that no source names what is not there yet; deleting goes the other way round. */
async function write(
  store: ParameterStore,
  parameters: readonly NewParameter[],
  removed: readonly string[],
): Promise<void> {
  const order = ['secrets/', 'destinations/', 'sources/']
  const rank = (name: string) => order.findIndex((folder) => name.includes(`/${folder}`))
  const inOrder = [...parameters].sort((a, b) => rank(a.name) - rank(b.name))
  for (const parameter of inOrder) await store.put(parameter)
  await store.remove([...removed].sort((a, b) => rank(b) - rank(a)))
}

/** All texts of the folder by `sources/<id>`, `destinations/<id>` and `secrets/<name>`. */
function textsOf(folder: ConfigFolder, withSecrets: boolean): ReadonlyMap<string, string> {
  const secrets = withSecrets ? folder.secrets : []
  return new Map([
    ...[...folder.sources].map(([id, text]) => [`sources/${id}`, text.trim()] as const),
    ...[...folder.destinations].map(([id, text]) => [`destinations/${id}`, text.trim()] as const),
    ...secrets.map((name) => [`secrets/${name}`, readSecret(folder, name)] as const),
  ])
}

/** What Parameter Store has: every source and destination, and of the secrets those that are to be written. */
async function existing({ parameters, prefix }: Place, wanted: ReadonlyMap<string, string>) {
  const secrets = [...wanted.keys()].filter((name) => name.startsWith('secrets/')).map((name) => `${prefix}/${name}`)
  const found = await parameters.opened(secrets)
  const named = (folder: string, texts: ReadonlyMap<string, string>) =>
    [...texts].map(([id, text]) => [`${folder}/${id}`, text] as const)
  return new Map([
    ...named('sources', await parameters.below(`${prefix}/sources`)),
    ...named('destinations', await parameters.below(`${prefix}/destinations`)),
    ...[...found].map(([name, value]) => [name.slice(prefix.length + 1), value] as const),
  ])
}

function parametersToWrite(
  changes: readonly Difference[],
  wanted: ReadonlyMap<string, string>,
  prefix: string,
  advanced: boolean,
): NewParameter[] {
  return changes
    .filter(({ kind }) => kind === 'added' || kind === 'changed')
    .map(({ name }) => {
      const value = wanted.get(name) ?? ''
      const type = name.startsWith('secrets/') ? 'SecureString' : 'String'
      return { name: `${prefix}/${name}`, value, type, tier: tierOf(`${prefix}/${name}`, value, advanced) }
    })
}

async function agreed({ options, terminal }: Call, question: string): Promise<boolean> {
  if (options.yes === true) return true
  if (!terminal.interactive)
    throw new UsageError('Cannot push without asking, and there is nobody to ask: wanted --yes')
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim())
}

function done(changes: readonly Difference[], lines: readonly string[], written: number, removed: number): Result {
  return { outcome: 'ok', lines, json: { ok: true, changes, written, removed } }
}
