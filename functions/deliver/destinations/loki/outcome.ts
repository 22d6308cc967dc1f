import type { Outcome } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'

/** `block_ingestion_status_code`: by default, "ingestion blocked". Nothing was stored. */
const BLOCKED = 260
/** The connection ended while Loki, or a proxy before it, was at work. */
const CLIENT_CLOSED_REQUEST = 499

/**
 * What Loki says of a request that it refuses in whole or in part, in its own words
 * (https://github.com/grafana/loki/blob/main/pkg/validation/validate.go). The entries that it does not name are stored;
 * sending them again does no harm, because Loki recognises them. So a batch is halved until the bad entry stands alone.
 */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/timestamp too old/, 'the timestamp is too old: wanted a maxAge as small as reject_old_samples_max_age'],
  [/timestamp too new/, 'the timestamp is too far ahead'],
  [/entry too far behind/, 'the entry is too far behind the newest one of its stream: wanted a stream for each hour'],
  [/entry out of order/, 'the entry is behind the newest one of its stream: wanted unordered_writes'],
  [/Max entry size/, 'the line is too long: wanted a maxLineBytes as small as max_line_size'],
]

/** What no entry can do anything about (ibid.): the configuration here and that of Loki do not fit. */
const MISFITS: readonly (readonly [RegExp, string])[] = [
  [/structured metadata, but this feature is disallowed/, 'Loki does not take structured metadata'],
  [/structured metadata too large|too many structured metadata/, 'Loki takes less structured metadata'],
  [/missing required labels/, 'Loki wants labels that are not there'],
  [
    /label names; limit|label (name|value) too long|duplicate label name|at least one label pair|Error parsing labels/,
    'Loki does not take these labels',
  ],
]

/** What an answer of Loki means. */
export function outcome({ status, body }: HttpResponse): Outcome {
  if (status === BLOCKED) return { kind: 'hold', reason: 'Loki answered 260: ingestion is blocked for this tenant' }
  if (status === CLIENT_CLOSED_REQUEST) return { kind: 'retry', reason: 'the receiver answered 499' }
  if (status !== 400) return outcomeOf(status)
  const misfit = MISFITS.find(([words]) => words.test(body))
  if (misfit !== undefined) return { kind: 'hold', reason: `Loki answered 400: ${misfit[1]}` }
  const refusal = REFUSALS.find(([words]) => words.test(body))
  return { kind: 'refused', reason: `Loki answered 400${refusal === undefined ? '' : `: ${refusal[1]}`}` }
}
