import { z } from 'zod'
import type { Delivery, Outcome } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'
import { jsonReply } from '../json-reply.ts'

const problem = z.looseObject({ type: z.string().catch(''), reason: z.string().nullish().catch('') })
const item = z.looseObject({ status: z.int(), error: problem.optional() })
const bulkReply = z.looseObject({ errors: z.boolean(), items: z.array(z.record(z.string(), item)) })
const failure = z.looseObject({ error: problem })

type Problem = z.infer<typeof problem>
type Verdict = { readonly kind: 'delivered' | 'retry' | 'hold' | 'refused'; readonly reason: string }

/**
 * Types of errors that say that the index, its template or the cluster is wrong, although they come with 400: what is refused with
 * them would be taken once that is mended.
 */
const OF_THE_ENDPOINT = new Set(['index_closed_exception', 'invalid_index_name_exception', 'validation_exception'])

/** The same, where only the text tells. None of it is passed on. */
const OF_THE_ENDPOINT_BY_TEXT: readonly (readonly [RegExp, string])[] = [
  // A parameter that a release does not know, such as include_source_on_error before 8.18.
  [/contains unrecognized parameter/, 'this release does not know a parameter of the request'],
  // Time series and vector collections of OpenSearch Serverless (https://github.com/opensearch-project/opensearch-py/issues/792).
  [/^Document ID is not supported/, 'the collection takes no ids: set documentIds to false'],
  [/^pipeline with id \[.*\] does not exist/, 'its ingest pipeline does not exist'],
]

/**
 * What the answer of a bulk interface means: a success only says that the request was read; each document has a status of its own, in
 * the order of the request (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk).
 *
 * An answer that cannot be read, or is not about every event, is tried again: what is there already answers 409.
 */
export function bulkOutcome({ status, body }: HttpResponse, { events }: Delivery): Outcome {
  if (status < 200 || status > 299) return wholeOutcome(status, jsonReply(body, failure)?.error)
  const reply = jsonReply(body, bulkReply)
  if (reply === undefined || reply.items.length !== events.length) {
    return { kind: 'retry', reason: `the receiver answered ${status}, but not about every event` }
  }
  return together(reply.items.map((entry) => verdictOf(Object.values(entry)[0])))
}

/** Of a request that was not even read. */
function wholeOutcome(status: number, error: Problem | undefined): Outcome {
  const outcome = outcomeOf(status)
  if (error === undefined || !('reason' in outcome)) return outcome
  const reason = describe(status, error)
  return outcome.kind === 'refused' && isOfTheEndpoint(error) ? { kind: 'hold', reason } : { ...outcome, reason }
}

function verdictOf(found: z.infer<typeof item> | undefined): Verdict {
  if (found === undefined) return { kind: 'retry', reason: 'the receiver says nothing about the event' }
  const { status, error } = found
  const reason = describe(status, error)
  if (status >= 200 && status <= 299) return { kind: 'delivered', reason }
  if (status === 409) return { kind: isThereAlready(error) ? 'delivered' : 'retry', reason }
  const { kind } = outcomeOf(status)
  if (kind === 'refused') return { kind: isOfTheEndpoint(error) ? 'hold' : 'refused', reason }
  return { kind: kind === 'hold' ? 'hold' : 'retry', reason }
}

/** `create` refuses an id that is there: an earlier attempt has stored the event. */
function isThereAlready(error: Problem | undefined): boolean {
  return error === undefined || error.type === 'version_conflict_engine_exception'
}

function isOfTheEndpoint(error: Problem | undefined): boolean {
  if (error === undefined) return false
  return OF_THE_ENDPOINT.has(error.type) || explanation(error) !== undefined
}

function explanation({ reason }: Problem): string | undefined {
  return OF_THE_ENDPOINT_BY_TEXT.find(([pattern]) => pattern.test(reason ?? ''))?.[1]
}

/** The status and the type of the error; never its text, which quotes the document. */
function describe(status: number, error: Problem | undefined): string {
  const type = /^[a-z_]{1,60}$/.test(error?.type ?? '') ? `, ${error?.type}` : ''
  const why = error && explanation(error)
  return `the receiver answered ${status}${type}${why === undefined ? '' : `: ${why}`}`
}

/**
 * The endpoint is at fault only when it is so for every event: a pipeline may send a few of them to another index. Those
 * are tried again alone, and are then every one.
 */
function together(verdicts: readonly Verdict[]): Outcome {
  const [first] = verdicts
  for (const kind of ['hold', 'retry'] as const) {
    if (first !== undefined && verdicts.every((verdict) => verdict.kind === kind)) return { kind, reason: first.reason }
  }
  const left = verdicts.flatMap(({ kind }, index) => (kind === 'retry' || kind === 'hold' ? [index] : []))
  const refused = verdicts.flatMap(({ kind, reason }, index) => (kind === 'refused' ? [{ index, reason }] : []))
  return left.length === 0 && refused.length === 0 ? { kind: 'delivered' } : { kind: 'partial', retry: left, refused }
}
