import { z } from 'zod'
import type { Delivery, Destination, Outcome, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/http.ts'
import { toMs } from '../../../shared/contracts/time.ts'
import { awsDomain, awsFailure, awsJsonRequest, entriesOutcome, region } from './aws-json.ts'
import { jsonReply } from './json-reply.ts'

const config = z.strictObject({
  region,
  eventBus: z
    .string()
    .regex(/^(arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]{1,256}$/, 'must be a name or an ARN')
    .default('default')
    .describe('the name or ARN of the event bus'),
  source: z
    .string()
    .regex(/^(?!aws\.)[\x21-\x7e]{1,256}$/, 'must be printable ASCII and not begin with aws.')
    .optional()
    .describe('the `source` of the events; default `pollhook.<id of the source>`'),
})

type Config = z.infer<typeof config> & { readonly url?: string | undefined }

/**
 * A call carries at most 10 entries (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). Together they
 * must be below 256 KB in some Regions and 1 MB in others
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size); the rest of the 256 KB is for what
 * counts besides the record: 14 bytes for the time, source, type and id.
 */
const BATCH = { maxEvents: 10, maxBytes: 240_000 }

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html */
const MOST_DETAIL_TYPE_CHARACTERS = 128

/**
 * Amazon EventBridge: the vendor's record is the `detail` of an event, so that rules match its fields by their own names. The
 * answer names what became of each entry. It passes a repeat on again.
 */
export const eventbridge: Destination<Config> = {
  type: 'eventbridge',
  config,
  batch: BATCH,
  maxEventsPerRequest: () => BATCH.maxEvents,
  auth: ({ region }) => ({ kind: 'aws', service: 'events', region }),
  storesOnce: false,
  request,
  outcome,
}

function request(delivery: Delivery, config: Config): HttpRequest {
  const { region, url } = config
  const body = JSON.stringify({ Entries: delivery.events.map((event) => entry(delivery, event, config)) })
  return awsJsonRequest(url ?? `https://events.${awsDomain(region)}/`, 'AWSEvents.PutEvents', body)
}

/** Nothing checks that a resource is an ARN, so pollhook's id has a place where it is in nobody's way. */
function entry({ source }: Delivery, { id, type, time, raw }: OutgoingEvent, config: Config) {
  return {
    // Seconds since 1970, which is how the protocol writes an instant.
    Time: toMs(time) / 1000,
    Source: config.source ?? `pollhook.${source.id}`,
    Resources: [id],
    DetailType: type.slice(0, MOST_DETAIL_TYPE_CHARACTERS),
    Detail: raw,
    EventBusName: config.eventBus,
  }
}

/**
 * Errors of an entry that do not pass by themselves
 * (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html): those of the account hold, those of
 * the entry refuse.
 */
const BY_ENTRY_ERROR: Readonly<Record<string, 'hold' | 'refused'>> = {
  AccessDeniedException: 'hold',
  InvalidAccountIdException: 'hold',
  NotAuthorizedForDetailTypeException: 'hold',
  NotAuthorizedForSourceException: 'hold',
  InvalidArgument: 'refused',
  MalformedDetail: 'refused',
  RedactionFailure: 'refused',
}

const answer = z.looseObject({
  FailedEntryCount: z.int().optional(),
  Entries: z.array(z.looseObject({ EventId: z.string().nullish(), ErrorCode: z.string().nullish() })),
})

function outcome(response: HttpResponse, delivery: Delivery): Outcome {
  if (response.status < 200 || response.status > 299) return awsFailure(response)
  const read = jsonReply(response.body, answer)
  if (read?.Entries.length !== delivery.events.length) {
    return { kind: 'retry', reason: 'the answer does not say what became of each entry' }
  }
  const errors = read.Entries.map(({ EventId, ErrorCode }) => ErrorCode ?? (EventId ? undefined : ''))
  return entriesOutcome(errors, BY_ENTRY_ERROR)
}
