import { gapStore, type RecordedGap } from '../../shared/aws/gap-store.ts'
import { roughDuration } from '../../shared/config/duration-text.ts'
import { toMs } from '../../shared/contracts/time.ts'
import type { Call, Command, Result } from '../command.ts'
import { deploymentOf, PLACE_HELP, PLACE_OPTIONS } from '../deployment.ts'
import { sourceOf } from '../source-of.ts'
import { count, table } from '../table.ts'

export const command: Command = {
  usage: 'gaps [SOURCE] [--prefix PATH | --local]',
  help: [
    'Lists the intervals whose events may be missing and cannot be fetched any more, and why, of one source or of all. An interval',
    'that is not listed and lies before the source’s lag is complete.',
    ...PLACE_HELP,
  ],
  options: PLACE_OPTIONS,
  words: { least: 0, most: 1 },
  run,
}

const REASONS: Readonly<Record<RecordedGap['reason'], string>> = {
  skipped: 'pollhook rewind had reading go on from a later time',
  retention: 'the vendor had dropped them before they were read',
  saturated: 'more events at one instant than the vendor shows',
  'too-large': 'a record is larger than pollhook can read',
  'position-rejected': 'the vendor refuses the position; tried every 15 minutes, or pollhook rewind',
  'configuration-changed': 'the configuration was changed to another log',
}

async function run(call: Call): Promise<Result> {
  const deployment = await deploymentOf(call)
  const [wanted] = call.words
  const { prefix, parameters, dynamoDb } = deployment
  const ids =
    wanted === undefined
      ? [...(await parameters.below(`${prefix}/sources`)).keys()]
      : [(await sourceOf(wanted, deployment)).id]
  const store = gapStore(dynamoDb, deployment.table)
  const gaps: (RecordedGap & { source: string })[] = []
  for (const source of ids) gaps.push(...(await store.list(source)).map((gap) => ({ source, ...gap })))

  const rows = gaps.map(({ source, from, to, reason, record }) => [
    source,
    `${from} to ${to}`,
    roughDuration(toMs(to) - toMs(from)),
    record === undefined ? REASONS[reason] : `${REASONS[reason]}: id ${record}`,
  ])
  const summary = gaps.length === 0 ? 'No gaps' : count(gaps.length, 'gap')
  return {
    outcome: gaps.length === 0 ? 'ok' : 'problem',
    lines: [...table(rows), summary],
    json: { ok: gaps.length === 0, gaps },
  }
}
