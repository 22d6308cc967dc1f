import { newLane } from '../../functions/poll/lanes.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { type Call, type Command, type Result, textOption, UsageError, word } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { sourceOf } from '../source-of.ts'
import { instant } from '../time.ts'

export const command: Command = {
  usage: 'rewind SOURCE --to TIME [--prefix PATH | --local]',
  help: [
    'Forgets how far a source has been read and reads it again from TIME on: RFC 3339, or a duration ago such as 24h. Events that',
    'are still in the ledger are not sent again. Also the way out when a saved position cannot be used any more.',
    ...PLACE_HELP,
  ],
  options: { to: { type: 'string' }, ...PLACE_OPTIONS },
  words: { least: 1, most: 1 },
  run,
}

async function run(call: Call): Promise<Result> {
  const text = textOption(call, 'to')
  if (text === undefined) throw new UsageError('Cannot rewind without a time: wanted --to TIME')
  const now = call.now()
  const to = instant('--to', text, now)
  const deployment = await deploymentOf(call)
  const { id, fingerprint } = await sourceOf(word(call, 0), deployment)
  const lanes = { live: newLane(to, undefined, fingerprint) }
  const changed = await sourceStates(deployment.dynamoDb, deployment.table).edit(id, { lanes }, now)
  if (!changed) {
    const text = `Cannot rewind source ${id}: found a run under way, which ends within minutes; pause the source and try again`
    throw new Fault('lease-lost', text)
  }
  return { outcome: 'ok', lines: [`Source ${id} is read again from ${to} on`], json: { ok: true, source: id, to } }
}
