import { z } from 'zod'
import type { Delivery, Outcome } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'
import { allRefused } from '../all-refused.ts'
import { jsonReply } from '../json-reply.ts'

/**
 * ExportLogsServiceResponse (opentelemetry/proto/collector/logs/v1/logs_service.proto). A 64-bit integer may be text or a
 * number.
 */
const exportResponse = z.object({
  partialSuccess: z.object({ rejectedLogRecords: z.coerce.number().int().nonnegative().nullish() }).nullish(),
})

/**
 * "All other 4xx or 5xx response status codes MUST NOT be retried"
 * (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes).
 */
const RETRYABLE = [429, 502, 503, 504]

/**
 * What an answer means by the rules of OTLP/HTTP. What says that the address or the credential is wrong is a hold as
 * everywhere: nothing is retried but one probe.
 */
export function outcome({ status, body }: HttpResponse, delivery: Delivery): Outcome {
  const byStatus = outcomeOf(status)
  if (byStatus.kind === 'delivered') return outcomeOf2xx(body, delivery)
  const isAnError = status >= 400 && status <= 599
  if (byStatus.kind !== 'retry' || RETRYABLE.includes(status) || !isAnError) return byStatus
  // Not `refused`, which would send the halves of a batch to a server that failed at the whole.
  return allRefused(delivery, `the receiver answered ${status}, which OTLP does not allow to retry`)
}

/** An empty body is a response without fields, as Loki (204) and others answer. */
function outcomeOf2xx(body: string, delivery: Delivery): Outcome {
  const response = body.trim() === '' ? {} : jsonReply(body, exportResponse)
  if (response === undefined)
    return { kind: 'retry', reason: 'the receiver took the request, but its answer is not that of OTLP' }
  const rejected = response.partialSuccess?.rejectedLogRecords ?? 0
  if (rejected === 0) return { kind: 'delivered' }
  const count = delivery.events.length
  const which = rejected >= count ? '' : ' and does not say which'
  return allRefused(delivery, `the receiver rejected ${rejected} of ${count} log records${which}`)
}
