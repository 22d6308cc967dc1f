import { z } from 'zod'
import type { Delivery, Outcome } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'
import { toMs } from '../../../../shared/contracts/time.ts'
import { allRefused } from '../all-refused.ts'
import { jsonReply } from '../json-reply.ts'

/** IngestStatus of https://axiom.co/docs/restapi/endpoints/ingestToDataset; the fields that decide. */
const ingestStatus = z.object({
  ingested: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  failures: z
    .array(z.object({ timestamp: z.string().catch('') }))
    .nullish()
    .transform((failures) => failures ?? []),
})

/** "The query and/or ingest limit has been reached" (axiom/limit.go of https://github.com/axiomhq/axiom-go). */
const LIMIT_REACHED = 430

/** What an answer of Axiom means. A 2xx tells how many events failed, and with which timestamps, but not which ones. */
export function outcome({ status, body }: HttpResponse, delivery: Delivery): Outcome {
  if (status === LIMIT_REACHED) return { kind: 'hold', reason: 'Axiom answered 430: the limit of the plan is reached' }
  const byStatus = outcomeOf(status)
  if (byStatus.kind !== 'delivered') return byStatus
  const reply = jsonReply(body, ingestStatus)
  if (reply === undefined) return { kind: 'retry', reason: `Axiom answered ${status} without a status of the ingest` }
  const { failed, failures } = reply
  // What is neither ingested nor failed is not known to be safe.
  const all = [...delivery.events.keys()]
  const missing = Math.min(Math.max(failed, all.length - reply.ingested), all.length)
  if (missing === 0) return { kind: 'delivered' }
  const suspects = failures.length === missing ? withTimeOf(failures, delivery) : undefined
  const among = suspects ?? all
  const which = among.length === missing ? '' : ' and does not say which'
  return allRefused(delivery, `Axiom did not ingest ${missing} of ${all.length} events${which}`, among)
}

/** The events that have a failure's timestamp; undefined when one of the timestamps is no event's. */
function withTimeOf(failures: readonly { readonly timestamp: string }[], { events }: Delivery): number[] | undefined {
  const failedAt = new Set(failures.map(({ timestamp }) => toMs(timestamp)))
  const times = events.map(({ time }) => toMs(time))
  const isKnown = [...failedAt].every((ms) => times.includes(ms))
  return isKnown ? [...events.keys()].filter((index) => failedAt.has(times[index] ?? Number.NaN)) : undefined
}
