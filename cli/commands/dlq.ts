import { type Call, type Command, type Result, textOption, UsageError } from '../command.ts'
import { DeadLetters } from '../dead-letters.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import type { Letter } from '../letter.ts'
import { ACTIONS, type Action } from '../letter-actions.ts'
import { CHOICE_HELP, CHOICE_OPTIONS, choiceOf, isChoosing } from '../letter-choice.ts'
import { wantsOrder } from '../wants-order.ts'

/** How many letters are looked through unless `--most` says otherwise: by one who only looks, and by one who does something. */
const MOST_SHOWN = 1_000
const MOST_TAKEN = 100_000

/** How often somebody at a terminal is told how far it is. */
const TELL_EVERY = 500

export const command: Command = {
  usage: 'dlq list | show ID… | replay [ID…] | drop [ID…] [--all] [--destination ID] [--prefix PATH | --local]',
  help: [
    'Dead letters: what a receiver refused, what was tried for too long, records that are no events.',
    '',
    '  dlq list             what is there, and why; nothing is taken out',
    '  dlq show ID          everything about one; with --body the events, too',
    '  dlq replay ID…       send to its destination again, with the same event ids, and take it out',
    '  dlq drop ID…         delete, for ever',
    '',
    '  --all                all of them instead of ids, as far as the options below allow; to replay, one of those is enough',
    ...CHOICE_HELP,
    `  --most N             look through at most N letters; unless given ${MOST_SHOWN}, to replay and to drop ${MOST_TAKEN}`,
    ...PLACE_HELP,
  ],
  options: {
    all: { type: 'boolean' },
    body: { type: 'boolean' },
    most: { type: 'string' },
    ...CHOICE_OPTIONS,
    ...PLACE_OPTIONS,
  },
  words: { least: 1, most: 1_000 },
  run,
}

async function run(call: Call): Promise<Result> {
  const [name = '', ...ids] = call.words
  const open = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (open === undefined) throw new UsageError(`Cannot run pollhook dlq ${name}: wanted list, show, replay or drop`)
  checkChoice(name, ids, call)
  const [most, isChosen] = [mostOf(name, call), choiceOf(call)]

  const deployment = await deploymentOf(call)
  const queue = new DeadLetters(deployment, wantsOrder(deployment))
  try {
    const action = open(queue, call)
    await (ids.length > 0 ? onNamed(ids, isChosen, queue, most, action) : onAll(isChosen, queue, most, action, call))
    return action.result()
  } finally {
    await queue.putBack()
  }
}

/** What cannot be undone is done to all only when that is said. */
function checkChoice(name: string, ids: readonly string[], call: Call): void {
  if (name === 'list' || ids.length > 0 || call.options.all === true) return
  if (name !== 'replay') throw new UsageError(`Cannot ${name} dead letters without ids: wanted some, or --all`)
  if (isChoosing(call)) return
  throw new UsageError('Cannot replay dead letters without ids: wanted some, a choice such as --destination, or --all')
}

function mostOf(name: string, call: Call): number {
  const usual = name === 'replay' || name === 'drop' ? MOST_TAKEN : MOST_SHOWN
  const most = Number(textOption(call, 'most') ?? usual)
  if (!Number.isInteger(most) || most < 1) throw new UsageError('Cannot use --most: wanted a whole number above 0')
  return most
}

/** Nothing is done before all of them are found. */
async function onNamed(
  ids: readonly string[],
  isChosen: (letter: Letter) => boolean,
  queue: DeadLetters,
  most: number,
  action: Action,
): Promise<void> {
  const found = new Map<string, Letter>()
  for await (const letters of queue.take(most)) {
    for (const letter of letters) if (ids.includes(letter.id)) found.set(letter.id, letter)
    if (ids.every((id) => found.has(id))) break
  }
  const unknown = ids.filter((id) => !found.has(id))
  if (unknown.length > 0) {
    throw new UsageError(`Cannot find the dead letter ${unknown.join(', ')}: see pollhook dlq list`)
  }
  await action.act([...found.values()].filter(isChosen))
}

/** Some at a time, so that what was done is done, whatever happens to the rest. */
async function onAll(
  isChosen: (letter: Letter) => boolean,
  queue: DeadLetters,
  most: number,
  action: Action,
  { terminal, options }: Call,
): Promise<void> {
  let looked = 0
  for await (const letters of queue.take(most)) {
    const chosen = letters.filter(isChosen)
    if (chosen.length > 0) await action.act(chosen)
    const isMilestone = Math.floor(looked / TELL_EVERY) < Math.floor((looked + letters.length) / TELL_EVERY)
    looked += letters.length
    if (isMilestone && terminal.interactive && options.json !== true) {
      terminal.complain(`${looked} dead letters looked through, ${action.sofar()}`)
    }
  }
}
