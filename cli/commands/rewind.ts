import { newLane } from '../../functions/poll/lanes.ts'
import { gapStore } from '../../shared/aws/gap-store.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { type Call, type Command, type Result, textOption, UsageError, word } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { sourceOf } from '../source-of.ts'
import { instant } from '../time.ts'

export const command: Command = {
  usage: 'rewind SOURCE --to TIME [--prefix PATH | --local]',
  help: [
    'Forgets how far a source has been read and reads it again from TIME on: RFC 3339, or a duration ago such as 24h. Events that',
    'are still in the ledger are not sent again. Also the way out when a saved position cannot be used any more. What lies between a',
    'saved position and a later TIME is recorded as a gap.',
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
  const states = sourceStates(deployment.dynamoDb, deployment.table)
  const { live } = (await states.read([id])).states.get(id)?.lanes ?? {}
  const changed = await states.edit(id, { lanes }, now)
  if (!changed) {
    const text = `Cannot rewind source ${id}: found a run under way, which ends within minutes; pause the source and try again`
    throw new Fault('lease-lost', text)
  }
  const reached = live?.reached ?? live?.from
  if (reached !== undefined && toMs(reached) < toMs(to)) {
    await gapStore(deployment.dynamoDb, deployment.table).record(id, { from: reached, to, reason: 'skipped' }, now)
  }
  return { outcome: 'ok', lines: [`Source ${id} is read again from ${to} on`], json: { ok: true, source: id, to } }
}
