import { newLane } from '../../functions/poll/lanes.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { type Call, type Command, type Result, textOption, UsageError, word } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { sourceOf } from '../source-of.ts'
import { instant } from '../time.ts'

export const command: Command = {
  usage: 'backfill SOURCE --from TIME [--to TIME] [--prefix PATH | --local]',
  help: [
    'Reads an interval of a source besides its live position, which goes first and is not disturbed. Times are RFC 3339, or',
    'durations ago such as 24h; --to is now unless it is given. Events that are still in the ledger are not sent again.',
    ...PLACE_HELP,
  ],
  options: { from: { type: 'string' }, to: { type: 'string' }, ...PLACE_OPTIONS },
  words: { least: 1, most: 1 },
  run,
}

async function run(call: Call): Promise<Result> {
  const fromText = textOption(call, 'from')
  if (fromText === undefined) throw new UsageError('Cannot backfill without a beginning: wanted --from TIME')
  const now = call.now()
  const [from, to] = [instant('--from', fromText, now), instant('--to', textOption(call, 'to') ?? '0s', now)]
  if (toMs(from) >= toMs(to))
    throw new UsageError(`Cannot backfill from ${from} to ${to}: wanted an end after the beginning`)

  const deployment = await deploymentOf(call)
  const { id, fingerprint } = await sourceOf(word(call, 0), deployment)
  const name = `backfill-${from}-${to}`
  const states = sourceStates(deployment.dynamoDb, deployment.table)
  if (!(await states.addLane(id, name, newLane(from, to, fingerprint)))) {
    throw new Fault(
      'configuration-invalid',
      `Cannot backfill source ${id} from ${from} to ${to}: found that backfill there already`,
    )
  }
  return {
    outcome: 'ok',
    lines: [`Source ${id} is read from ${from} to ${to}; pollhook status shows how far it is`],
    json: { ok: true, source: id, from, to },
  }
}
