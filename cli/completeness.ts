import { KEY_BYTES } from '../functions/poll/ledger.ts'
import { gapStore } from '../shared/aws/gap-store.ts'
import { ledgerStore } from '../shared/aws/ledger-store.ts'
import { sourceStates } from '../shared/aws/source-state.ts'
import { type Completeness, completeness } from '../shared/completeness.ts'
import type { Timestamp } from '../shared/contracts/event.ts'
import { floorTo, toMs } from '../shared/contracts/time.ts'
import type { Result } from './command.ts'
import type { Deployment } from './deployment.ts'
import { sourceOf } from './source-of.ts'
import { count, table } from './table.ts'

const HOUR_MS = 3_600_000

/** Events of one hour, by their own time, that were put into the queue; remembered for 90 days. */
interface Hour {
  readonly hour: Timestamp
  readonly events: number
}

/** Says whether a source's events of an interval are all there, and why not, with the number of events in each hour. */
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
  const found = completeness(states.get(id)?.lanes ?? {}, await gapStore(dynamoDb, name).list(id), from, to)
  const chunks = await ledgerStore(dynamoDb, name).load(id, floorTo(from, HOUR_MS), to)
  const hours = hoursOf(chunks.filter(({ bucket }) => toMs(bucket) < toMs(to)))
  return {
    outcome: found.complete ? 'ok' : 'problem',
    lines: linesOf(found, hours, from, to),
    json: { ok: found.complete, source: id, from, to, ...found, hours },
  }
}

/** An id may have been written twice, after a crash. */
function hoursOf(chunks: readonly { readonly bucket: Timestamp; readonly ids: Uint8Array }[]): Hour[] {
  return [...Map.groupBy(chunks, ({ bucket }) => bucket)].map(([hour, of]) => {
    const bytes = Buffer.concat(of.map(({ ids }) => ids))
    const keys = Array.from({ length: bytes.length / KEY_BYTES }, (_, n) =>
      bytes.toString('hex', n * KEY_BYTES, (n + 1) * KEY_BYTES),
    )
    return { hour, events: new Set(keys).size }
  })
}

function linesOf(
  { complete, missing, sweptTo }: Completeness,
  hours: readonly Hour[],
  from: Timestamp,
  to: Timestamp,
): string[] {
  const events = hours.reduce((sum, hour) => sum + hour.events, 0)
  return [
    `${from} to ${to}: ${complete ? 'complete' : 'not complete'}, ${count(events, 'event')} of these hours taken`,
    sweptTo === undefined
      ? 'Late events have not been looked for yet'
      : `Late events have been looked for up to ${sweptTo}`,
    ...table(missing.map((part) => [`  ${part.from}`, part.to, part.why])),
    ...table(hours.map(({ hour, events }) => [`  ${hour}`, count(events, 'event')])),
  ]
}
