import type { Outcome } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'
import { hecReply } from './reply.ts'

/**
 * What an answer of LogScale, or of a connector of Next-Gen SIEM, means: the status decides, as no codes are documented. 503 is
 * back-pressure (https://library.humio.com/falcon-logscale-self-hosted/envar-max-ingest-delay-seconds.html). A success whose
 * body is a collector's reply with another code than 0 is none.
 */
export function logscaleOutcome({ status, body }: HttpResponse): Outcome {
  const outcome = outcomeOf(status)
  const code = hecReply(body)?.code ?? 0
  if (outcome.kind !== 'delivered' || code === 0) return outcome
  return { kind: 'retry', reason: `the receiver answered ${status}, but code ${code}` }
}
