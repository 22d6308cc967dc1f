import { z } from 'zod'
import type { Delivery, Destination, Outcome } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { awsDomain, awsFailure, awsJsonRequest, entriesOutcome, region } from './aws-json.ts'
import { jsonReply } from './json-reply.ts'
import { lineFormat, recordLine } from './record-line.ts'

const config = z.strictObject({
  region,
  stream: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'must be the name of a Firehose stream')
    .describe('the name of the Firehose stream'),
  format: lineFormat('envelope'),
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/**
 * A call carries at most 500 records, each of at most 1,000 KiB before base64, and 4 MiB in all
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html). The bytes stay far below, since base64 adds a
 * third, and so that a message fits into the queue.
 */
const BATCH = { maxEvents: 500, maxBytes: 700_000 }

/**
 * Amazon Data Firehose: each event is a record, one line of JSON. The answer names what became of each record; those that failed
 * are sent again. It stores a repeat again.
 */
export const firehose: Destination<Config> = {
  type: 'firehose',
  config,
  batch: BATCH,
  maxEventsPerRequest: () => BATCH.maxEvents,
  auth: ({ region }) => ({ kind: 'aws', service: 'firehose', region }),
  storesOnce: false,
  request,
  outcome,
}

/** The line feed is part of the record: Firehose puts records one behind the other as they are. */
function request(delivery: Delivery, { region, stream, format, url }: Config): HttpRequest {
  const records = delivery.events.map((event) => {
    const line = `${recordLine(format, delivery, event)}\n`
    return { Data: Buffer.from(line).toString('base64') }
  })
  const body = JSON.stringify({ DeliveryStreamName: stream, Records: records })
  return awsJsonRequest(url ?? `https://firehose.${awsDomain(region)}/`, 'Firehose_20150804.PutRecordBatch', body)
}

const answer = z.looseObject({
  FailedPutCount: z.int(),
  RequestResponses: z.array(z.looseObject({ RecordId: z.string().nullish(), ErrorCode: z.string().nullish() })),
})

/**
 * A record fails with `ServiceUnavailableException` or `InternalFailure`, and both pass. One that was taken has an id
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatchResponseEntry.html); without it nothing is known.
 */
function outcome(response: HttpResponse, delivery: Delivery): Outcome {
  if (response.status < 200 || response.status > 299) return awsFailure(response)
  const read = jsonReply(response.body, answer)
  if (read?.RequestResponses.length !== delivery.events.length) {
    return { kind: 'retry', reason: 'the answer does not say what became of each record' }
  }
  const errors = read.RequestResponses.map(({ RecordId, ErrorCode }) => ErrorCode ?? (RecordId ? undefined : ''))
  return entriesOutcome(errors, {})
}
