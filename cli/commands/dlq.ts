import { type Call, type Command, type Result, textOption, UsageError } from '../command.ts'
import { DeadLetters } from '../dead-letters.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import type { Letter } from '../letter.ts'
import { count, table } from '../table.ts'

/** How many letters a look goes through unless `--most` says otherwise. */
const MOST = 1_000

export const command: Command = {
  usage:
    'dlq list | show ID | replay ID… | drop ID… [--all] [--source ID] [--destination ID] [--prefix PATH | --local]',
  help: [
    'Dead letters: what a receiver refused, what was tried for too long, records that are no events.',
    '',
    '  dlq list             what is there, and why',
    '  dlq show ID          everything about one; with --body the events, too',
    '  dlq replay ID…       send to its destination again, and take it out',
    '  dlq drop ID…         delete, for ever',
    '',
    '  --all                all of them instead of ids, as far as --source and --destination allow',
    '  --source ID, --destination ID   only those of one source or destination',
    '  --most N             look through at most N letters; 1000 unless given',
    ...PLACE_HELP,
  ],
  options: {
    all: { type: 'boolean' },
    body: { type: 'boolean' },
    source: { type: 'string' },
    destination: { type: 'string' },
    most: { type: 'string' },
    ...PLACE_OPTIONS,
  },
  words: { least: 1, most: 1_000 },
  run,
}

/** What is done with the letters that were named; the ones it returns are put back. */
type Action = (chosen: readonly Letter[], call: Call, queue: DeadLetters) => Promise<{ result: Result; back: Letter[] }>

const ACTIONS: Readonly<Record<string, Action>> = { list, show, replay, drop }

async function run(call: Call): Promise<Result> {
  const [name = '', ...ids] = call.words
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined) throw new UsageError(`Cannot run pollhook dlq ${name}: wanted list, show, replay or drop`)
  if (name !== 'list' && ids.length === 0 && call.options.all !== true) {
    throw new UsageError(`Cannot ${name} dead letters without ids: wanted some, or --all`)
  }
  const most = Number(textOption(call, 'most') ?? MOST)
  if (!Number.isInteger(most) || most < 1) throw new UsageError('Cannot use --most: wanted a whole number above 0')

  const queue = new DeadLetters(await deploymentOf(call))
  const letters = await queue.take(most)
  const chosen = letters.filter((letter) => isChosen(letter, ids, call))
  let back = letters
  try {
    const unknown = ids.filter((id) => !letters.some((letter) => letter.id === id))
    if (unknown.length > 0)
      throw new UsageError(`Cannot find the dead letter ${unknown.join(', ')}: see pollhook dlq list`)
    const done = await action(chosen, call, queue)
    back = [...letters.filter((letter) => !chosen.includes(letter)), ...done.back]
    return done.result
  } finally {
    await queue.putBack(back)
  }
}

function isChosen({ id, source, destination }: Letter, ids: readonly string[], call: Call): boolean {
  const [ofSource, ofDestination] = [textOption(call, 'source'), textOption(call, 'destination')]
  return (
    (ids.length === 0 || ids.includes(id)) &&
    (ofSource === undefined || ofSource === source) &&
    (ofDestination === undefined || ofDestination === destination)
  )
}

async function list(chosen: readonly Letter[]) {
  const rows = chosen.map(({ id, sentAt, source = '-', destination = '-', kind, events, reason }) => [
    id,
    sentAt.slice(0, 19),
    `${source} → ${destination}`,
    kind,
    count(events.length, 'event'),
    reason,
  ])
  const lines = [...table(rows), chosen.length === 0 ? 'No dead letters' : count(chosen.length, 'dead letter')]
  const json = { ok: chosen.length === 0, letters: chosen.map(({ body: _, receiptHandle: __, ...letter }) => letter) }
  const outcome = chosen.length === 0 ? 'ok' : 'problem'
  return { result: { outcome, lines, json } as const, back: [...chosen] }
}

async function show(chosen: readonly Letter[], { options }: Call) {
  const shown = chosen.map(({ receiptHandle: _, body, ...letter }) =>
    options.body === true ? { ...letter, body } : letter,
  )
  const lines = shown.map((letter) => JSON.stringify(letter, null, 2))
  return { result: { outcome: 'ok', lines, json: { ok: true, letters: shown } } as const, back: [...chosen] }
}

async function replay(chosen: readonly Letter[], _: Call, queue: DeadLetters) {
  const back: Letter[] = []
  for (const letter of chosen) if (!(await queue.replay(letter))) back.push(letter)
  const replayed = chosen.length - back.length
  const lines = [
    ...back.map(({ id, kind }) => `Cannot replay ${id}: found a letter of kind ${kind}, which holds no message`),
    `Sent ${count(replayed, 'message')} again`,
  ]
  const outcome = back.length === 0 ? 'ok' : 'problem'
  const json = { ok: back.length === 0, replayed, left: back.map(({ id }) => id) }
  return { result: { outcome, lines, json } as const, back }
}

async function drop(chosen: readonly Letter[], _: Call, queue: DeadLetters) {
  for (const letter of chosen) await queue.remove(letter)
  const json = { ok: true, dropped: chosen.length }
  return {
    result: { outcome: 'ok', lines: [`Dropped ${count(chosen.length, 'dead letter')}`], json } as const,
    back: [],
  }
}
