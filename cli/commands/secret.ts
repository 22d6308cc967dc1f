import { secretRef } from '../../shared/contracts/settings.ts'
import { type Call, type Command, type Result, UsageError, word } from '../command.ts'
import { withoutLineBreak } from '../config-folder.ts'
import { PLACE_HELP, PLACE_OPTIONS, placeOf } from '../deployment.ts'
import { tierOf } from '../parameter-size.ts'

export const command: Command = {
  usage: 'secret set NAME [--advanced] [--prefix PATH | --local]',
  help: [
    'Stores a secret, read from standard input, as the SecureString <prefix>/secrets/NAME. On a terminal it is asked for and',
    'not shown. One line break at the end is not part of it. pollhook uses a new value within five minutes, or at once when the',
    'old one is refused.',
    '',
    '  --advanced  allow a secret above 4 KB, which AWS charges for',
    ...PLACE_HELP,
  ],
  options: { advanced: { type: 'boolean' }, ...PLACE_OPTIONS },
  words: { least: 2, most: 2 },
  run,
}

async function run(call: Call): Promise<Result> {
  const name = word(call, 1)
  if (word(call, 0) !== 'set')
    throw new UsageError(`Cannot run pollhook secret ${word(call, 0)}: wanted pollhook secret set NAME`)
  if (!secretRef.safeParse({ secret: name }).success || name.startsWith('aws:')) {
    throw new UsageError(
      `Cannot store a secret under that name: found "${name}", wanted letters, digits and any of . _ - /`,
    )
  }
  const { prefix, parameters } = placeOf(call)
  const value = withoutLineBreak(await call.terminal.secret(`Value of ${prefix}/secrets/${name} (not shown): `))
  if (value === '') throw new UsageError('Cannot store an empty secret: wanted it on standard input')
  const parameter = `${prefix}/secrets/${name}`
  await parameters.put({
    name: parameter,
    value,
    type: 'SecureString',
    tier: tierOf(parameter, value, call.options.advanced === true),
  })
  return { outcome: 'ok', lines: [`Stored ${parameter}`], json: { ok: true, parameter } }
}
