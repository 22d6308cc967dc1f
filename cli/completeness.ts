import { KEY_BYTES } from '../functions/poll/key-set.ts'
import { gapStore } from '../shared/aws/gap-store.ts'
import { ledgerStore } from '../shared/aws/ledger-store.ts'
import { sourceStates } from '../shared/aws/source-state.ts'
import { walkStore } from '../shared/aws/walk-store.ts'
import { type Completeness, completeness } from '../shared/completeness.ts'
import type { Timestamp } from '../shared/contracts/event.ts'
import { floorTo } from '../shared/contracts/time.ts'
import { type Hour, hoursOf } from '../shared/hours.ts'
import type { Result } from './command.ts'
import type { Deployment } from './deployment.ts'
import { sourceOf } from './source-of.ts'
import { count, table } from './table.ts'

const HOUR_MS = 3_600_000

/**
 * Says whether a source's events of an interval are all there, and why not; and for each hour how many events were read and
 * enqueued, whether it is closed, and when it was last swept.
 */
export async function completenessOf(
  sourceId: string,
  from: Timestamp,
  to: Timestamp,
  deployment: Deployment,
): Promise<Result> {
  const { dynamoDb, table: name } = deployment
  const { id } = await sourceOf(sourceId, deployment)
  const { states, unreadable } = await sourceStates(dynamoDb, name).read([id])
  const fault = unreadable.get(id)
  if (fault !== undefined) throw fault
  const lanes = states.get(id)?.lanes ?? {}
  const walks = (await walkStore(dynamoDb, name).endingAfter(id, from)).filter(
    ({ fingerprint }) => fingerprint === lanes.live?.fingerprint,
  )
  const found = completeness(lanes, await gapStore(dynamoDb, name).list(id), from, to, walks)
  const chunks = await ledgerStore(dynamoDb, name).load(id, floorTo(from, HOUR_MS), to)
  const hours = hoursOf({ from, to }, chunks, found.missing, walks, KEY_BYTES)
  return {
    outcome: found.complete ? 'ok' : 'problem',
    lines: linesOf(found, hours, from, to),
    json: { ok: found.complete, source: id, from, to, ...found, hours },
  }
}

function linesOf(
  { complete, missing, sweptTo }: Completeness,
  hours: readonly Hour[],
  from: Timestamp,
  to: Timestamp,
): string[] {
  const sum = (of: 'read' | 'enqueued') => hours.reduce((total, hour) => total + hour[of], 0)
  const state = complete ? 'complete' : 'not complete'
  return [
    `${from} to ${to}: ${state}; in these hours ${count(sum('read'), 'event')} read, ${sum('enqueued')} enqueued`,
    sweptTo === undefined
      ? 'Late events have not been looked for yet'
      : `Late events have been looked for up to ${sweptTo}`,
    ...table(missing.map((part) => [`  ${part.from}`, part.to, part.why])),
    ...hourLines(hours),
  ]
}

function hourLines(hours: readonly Hour[]): string[] {
  const rows = hours.map(({ hour, read, enqueued, closed, sweptAt }) => [
    hour,
    String(read),
    String(enqueued),
    closed ? 'yes' : 'no',
    sweptAt ?? '-',
  ])
  return table([['HOUR', 'READ', 'ENQUEUED', 'CLOSED', 'LAST SWEPT'], ...rows])
}
