import { newLane } from '../../functions/poll/lanes.ts'
import { gapStore } from '../../shared/aws/gap-store.ts'
import { type SourceStates, sourceStates } from '../../shared/aws/source-state.ts'
import { ageWarnings } from '../../shared/config/age-warnings.ts'
import { retentionOf } from '../../shared/config/retention.ts'
import type { SourceConfig } from '../../shared/config/source-config.ts'
import type { Gap, Timestamp } from '../../shared/contracts/event.ts'
import { Fault } from '../../shared/contracts/fault.ts'
import { earlier, fromMs, toMs } from '../../shared/contracts/time.ts'
import type { Lane } from '../../shared/source-state.ts'
import { type Call, type Command, type Result, textOption, UsageError, word } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { destinationsOf, sourceOf } from '../source-of.ts'
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
  const config = await sourceOf(word(call, 0), deployment)
  const { id, fingerprint } = config
  const states = sourceStates(deployment.dynamoDb, deployment.table)
  await addBackfill(states, id, { ...newLane(from, to, fingerprint), askedAt: now.toISOString() }, now)
  const warnings = ageWarnings(from, await destinationsOf(config, deployment), now)
  const lost = droppedBefore(config, from, to, now)
  if (lost !== undefined) await gapStore(deployment.dynamoDb, deployment.table).record(id, lost, now)
  return {
    outcome: 'ok',
    lines: [
      `Source ${id} is read from ${from} to ${to}; pollhook status shows how far it is`,
      ...(lost === undefined ? [] : [`The vendor no longer keeps what was before ${lost.to}: recorded as a gap`]),
      ...warnings.map((text) => `Warning: ${text}`),
    ],
    json: { ok: true, source: id, from, to, ...(lost !== undefined && { gap: lost }), warnings },
  }
}

/** A backfill that has ended, well or not, may be asked for once more: then it has another name. */
async function addBackfill(states: SourceStates, id: string, lane: Lane, now: Date): Promise<void> {
  const { from, to } = lane
  const name = `backfill-${from}-${to}`
  if (await states.addLane(id, name, lane)) return
  const before = (await states.read([id])).states.get(id)?.lanes[name]
  if (before?.done === true && (await states.addLane(id, `${name}-${now.toISOString()}`, lane))) return
  const text = `Cannot backfill source ${id} from ${from} to ${to}: found that backfill there already`
  throw new Fault('configuration-invalid', text)
}

/** The part of the interval that the vendor no longer keeps: reading it finds nothing, and that must not pass for complete. */
function droppedBefore(config: SourceConfig, from: Timestamp, to: Timestamp, now: Date): Gap | undefined {
  const retentionMs = retentionOf(config)
  if (retentionMs === undefined) return undefined
  const kept = fromMs(now.getTime() - retentionMs)
  return toMs(from) < toMs(kept) ? { from, to: earlier(kept, to), reason: 'retention' } : undefined
}
