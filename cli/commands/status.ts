import { roughDuration } from '../../shared/config/duration-text.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { type Call, type Command, type Result, textOption, UsageError } from '../command.ts'
import { completenessOf } from '../completeness.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { type DestinationStatus, type Overview, overview } from '../overview.ts'
import type { SourceStatus } from '../source-status.ts'
import { count, table } from '../table.ts'
import { instant } from '../time.ts'

export const command: Command = {
  usage: 'status [--source ID --completeness [--from TIME] [--to TIME]] [--prefix PATH | --local]',
  help: [
    'Shows every source and destination: how far behind the clock it is read, when it last succeeded and when it is next polled,',
    'faults, gaps, receivers that are held, and what is in the queues. Exit code 1 when something needs a person.',
    'With --completeness: whether everything of one source between two times (the last 24 h unless given) has been taken, and why',
    'not. Times are RFC 3339, or durations ago such as 48h. Exit code 1 when something is missing. For each hour of events, by their',
    'own time: READ, distinct events that the vendor showed; ENQUEUED, those of them that a destination wants; CLOSED, whether',
    'all of it has been read; LAST SWEPT, since when all of it has been read once more for late events. Counts go back 90 days.',
    ...PLACE_HELP,
  ],
  options: {
    source: { type: 'string' },
    completeness: { type: 'boolean' },
    from: { type: 'string' },
    to: { type: 'string' },
    ...PLACE_OPTIONS,
  },
  words: { least: 0, most: 0 },
  run,
}

async function run(call: Call): Promise<Result> {
  if (call.options.completeness === true) return completenessResult(call)
  for (const option of ['source', 'from', 'to']) {
    if (textOption(call, option) !== undefined) throw new UsageError(`Cannot use --${option} without --completeness`)
  }
  const found = await overview(await deploymentOf(call), call.now())
  const ok = isWell(found)
  return { outcome: ok ? 'ok' : 'problem', lines: linesOf(found, call.now()), json: { ok, ...found } }
}

async function completenessResult(call: Call): Promise<Result> {
  const source = textOption(call, 'source')
  if (source === undefined) throw new UsageError('Cannot tell the completeness without a source: wanted --source ID')
  const read = (option: string, otherwise: string) =>
    instant(`--${option}`, textOption(call, option) ?? otherwise, call.now())
  const [from, to] = [read('from', '24h'), read('to', '0s')]
  if (toMs(from) >= toMs(to)) throw new UsageError(`Cannot use ${from} to ${to}: wanted an end after the beginning`)
  return completenessOf(source, from, to, await deploymentOf(call))
}

const TROUBLED: readonly SourceStatus['condition'][] = ['failing', 'suspended', 'stale', 'unreadable']

function isWell({ sources, destinations, problems, deadLetters }: Overview): boolean {
  const troubled = sources.some(({ condition }) => TROUBLED.includes(condition))
  const served = destinations.every(({ held, failingSince }) => held === undefined && failingSince === undefined)
  return !troubled && served && problems.length === 0 && deadLetters === 0
}

function linesOf(found: Overview, now: Date): string[] {
  return [
    ...sourceLines(found.sources, now),
    ...(found.sources.length > 0 && found.destinations.length > 0 ? [''] : []),
    ...destinationLines(found.destinations, now),
    ...(found.problems.length > 0 ? ['', ...found.problems] : []),
    ...(found.sources.length + found.destinations.length + found.problems.length > 0 ? [''] : []),
    queueLine(found),
    ...orderedLines(found),
  ]
}

function sourceLines(sources: readonly SourceStatus[], now: Date): string[] {
  if (sources.length === 0) return []
  const [header = '', ...rows] = table([
    ['SOURCE', 'TYPE', 'CONDITION', 'BEHIND', 'LAST SUCCESS', 'NEXT POLL', 'GAPS'],
    ...sources.map((source) => [
      source.id,
      source.type,
      source.condition,
      source.lagMs === undefined ? '-' : roughDuration(source.lagMs),
      source.lastSuccessAt === undefined ? 'never' : `${ago(source.lastSuccessAt, now)} ago`,
      nextPoll(source, now),
      String(source.gaps),
    ]),
  ])
  return [header, ...sources.flatMap((source, index) => [rows[index] ?? '', ...detailLines(source, now)])]
}

function detailLines({ fault, lanes }: SourceStatus, now: Date): string[] {
  const since = fault?.since === undefined ? '' : ` (for ${ago(fault.since, now)})`
  return [
    ...(fault === undefined ? [] : [`  ${fault.kind}${since}: ${fault.message}`]),
    ...lanes.map(
      ({ name, from, to, reached, pages, found, enqueued }) =>
        `  ${name.split('-')[0]} of ${from} to ${to}: has reached ${reached}, ${count(pages, 'page')}, ${count(found, 'event')}, ${enqueued} new`,
    ),
  ]
}

function nextPoll({ nextPollAt }: SourceStatus, now: Date): string {
  if (nextPollAt === undefined) return '-'
  const inMs = toMs(nextPollAt) - now.getTime()
  return inMs <= 0 ? 'next tick' : `in ${roughDuration(inMs)}`
}

function destinationLines(destinations: readonly DestinationStatus[], now: Date): string[] {
  if (destinations.length === 0) return []
  const [header = '', ...rows] = table([
    ['DESTINATION', 'CONDITION'],
    ...destinations.map((destination) => [destination.id, conditionOf(destination, now)]),
  ])
  const details = ({ held }: DestinationStatus) =>
    held === undefined ? [] : [`  for ${ago(held.since, now)}: ${held.reason}; next probe ${held.nextProbeAt}`]
  return [header, ...destinations.flatMap((destination, index) => [rows[index] ?? '', ...details(destination)])]
}

function conditionOf({ held, failingSince, throttledUntil }: DestinationStatus, now: Date): string {
  if (held !== undefined) return 'held'
  if (failingSince !== undefined) return `failing, takes nothing for ${ago(failingSince, now)}`
  return throttledUntil !== undefined ? `throttled until ${throttledUntil}` : 'ok'
}

function queueLine({ queue, deadLetters }: Overview): string {
  return `Queue: ${count(queue.waiting, 'message')} waiting, ${queue.inFlight} in flight; ${count(deadLetters, 'dead letter')}`
}

/** Nothing while it is empty, as most deployments have no use for it. */
function orderedLines({ orderedQueue = { waiting: 0, inFlight: 0 } }: Overview): string[] {
  const { waiting, inFlight } = orderedQueue
  if (waiting + inFlight === 0) return []
  return [`Ordered queue: ${count(waiting, 'message')} waiting, ${inFlight} in flight`]
}

function ago(instant: string, now: Date): string {
  return roughDuration(now.getTime() - toMs(instant))
}
