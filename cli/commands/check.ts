import { statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { durationText } from '../../shared/config/duration-text.ts'
import { type Checked, checkFolder } from '../check-folder.ts'
import { type Warning, warningsOf } from '../check-warnings.ts'
import { type Call, type Command, type Result, UsageError } from '../command.ts'
import { type ConfigFolder, readConfigFolder } from '../config-folder.ts'
import { count, table } from '../table.ts'

export const command: Command = {
  usage: 'check [DIR | FILE] [--local] [--live]',
  help: [
    'Checks every file of a configuration folder (default: this one), or one file of it, without changing anything:',
    'fields and values, destinations that sources name, secrets that files refer to. Warns of what can be used and is hardly meant,',
    'such as a filter that takes nothing of its sources. Exit code 1 when something cannot be used.',
    '',
    '  --local  allow what only a local run allows: `every` below 1m, receivers at http://127.0.0.1',
    '  --live   also ask each source for one page, with the secrets of the folder; nothing is kept or sent on',
  ],
  options: { local: { type: 'boolean' }, live: { type: 'boolean' } },
  words: { least: 0, most: 1 },
  run,
}

async function run(call: Call): Promise<Result> {
  const path = call.words[0] ?? '.'
  const { folder, only, isMeant } = target(path)
  const local = call.options.local === true
  const whole = checkFolder(folder, local)
  const checked = only(whole)
  const warnings = warningsOf(whole, call.now(), local)
    .filter(isMeant)
    .map(({ side, id, text }) => `Warning: ${side}/${id}.json: ${text}`)
  const live = call.options.live === true ? await askSources(folder, checked, call) : []
  const problems = [...checked.problems, ...live.flatMap(({ problem }) => problem ?? [])]
  return {
    outcome: problems.length === 0 ? 'ok' : 'problem',
    lines: [
      ...overview(checked),
      ...live.flatMap(({ line }) => line ?? []),
      ...warnings,
      ...problems,
      summary(checked, problems.length, warnings.length),
    ],
    json: {
      ok: problems.length === 0,
      problems,
      warnings,
      sources: checked.sources.map(({ id, type, destinations }) => ({ id, type, destinations })),
      destinations: checked.destinations.map(({ id, type }) => ({ id, type })),
      ...(call.options.live === true && { live }),
    },
  }
}

async function askSources(folder: ConfigFolder, checked: Checked, call: Call) {
  const { askSource } = await import('../ask-source.ts')
  return Promise.all(checked.sources.map((config) => askSource(config, folder, call)))
}

interface Target {
  readonly folder: ConfigFolder
  readonly only: (checked: Checked) => Checked
  readonly isMeant: (warning: Warning) => boolean
}

/** A folder, or one file of it with the rest of the folder behind it. */
function target(path: string): Target {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`Cannot check ${path}, which does not exist`)
  if (found.isDirectory()) return { folder: readConfigFolder(path), only: (checked) => checked, isMeant: () => true }
  const side = basename(dirname(resolve(path)))
  if (side !== 'sources' && side !== 'destinations') {
    throw new UsageError(
      `Cannot check ${path}, which is neither in a folder named sources nor in one named destinations`,
    )
  }
  const above = dirname(dirname(path))
  const dir = dirname(path) === '.' ? '..' : above
  const id = basename(path, '.json')
  return {
    folder: readConfigFolder(dir),
    only: (checked) => onlyFile(checked, side, id, `${dir}/${side}/${id}.json`),
    isMeant: (warning) => warning.side === side && warning.id === id,
  }
}

function onlyFile(checked: Checked, side: 'sources' | 'destinations', id: string, file: string): Checked {
  return {
    sources: side === 'sources' ? checked.sources.filter((config) => config.id === id) : [],
    destinations: side === 'destinations' ? checked.destinations.filter((config) => config.id === id) : [],
    problems: checked.problems.filter((line) => line.startsWith(`Cannot use ${file} `)),
  }
}

function overview({ sources, destinations }: Checked): string[] {
  return [
    ...table(
      sources.map(({ id, type, everyMs, destinations, enabled }) => [
        `sources/${id}`,
        type,
        enabled ? `every ${durationText(everyMs)}` : 'not enabled',
        `to ${destinations.join(', ')}`,
      ]),
    ),
    // A URL's path may be a credential, so the host is all that is shown.
    ...table(
      destinations.map(({ id, type, url }) => [`destinations/${id}`, type, url === undefined ? '' : new URL(url).host]),
    ),
  ]
}

function summary({ sources, destinations }: Checked, problems: number, warnings: number): string {
  const found = `${count(sources.length, 'source')} and ${count(destinations.length, 'destination')} can be used`
  const warned = warnings === 0 ? '' : `, ${count(warnings, 'warning')}`
  return `${found}, ${problems === 0 ? 'no problems' : count(problems, 'problem')}${warned}`
}
