import { sourceStates } from '../../shared/aws/source-state.ts'
import { type Call, type Command, type Result, word } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { sourceOf } from '../source-of.ts'

export const pause: Command = {
  usage: 'pause SOURCE [--prefix PATH | --local]',
  help: [
    'Stops polling a source, from its next run on. Its position is kept, what is in the queue is still delivered, and it raises no',
    'alarm for being late. Mind how long the vendor keeps its events: what it drops meanwhile is a gap.',
    ...PLACE_HELP,
  ],
  options: PLACE_OPTIONS,
  words: { least: 1, most: 1 },
  run: (call) => setPaused(call, true),
}

export const resume: Command = {
  usage: 'resume SOURCE [--prefix PATH | --local]',
  help: ['Goes on polling a paused source where it stopped, with the next tick.', ...PLACE_HELP],
  options: PLACE_OPTIONS,
  words: { least: 1, most: 1 },
  run: (call) => setPaused(call, false),
}

async function setPaused(call: Call, paused: boolean): Promise<Result> {
  const deployment = await deploymentOf(call)
  const { id } = await sourceOf(word(call, 0), deployment)
  await sourceStates(deployment.dynamoDb, deployment.table).setPaused(id, paused)
  return {
    outcome: 'ok',
    lines: [paused ? `Source ${id} is paused` : `Source ${id} is polled again with the next tick`],
    json: { ok: true, source: id, paused },
  }
}
