import { z } from 'zod'
import type { Delivery, Destination, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import type { HttpRequest, Secrets } from '../../../shared/contracts/http.ts'
import { duration, httpsUrl } from '../../../shared/contracts/settings.ts'
import { epochNanos } from './epoch.ts'
import { outcome } from './otlp/outcome.ts'
import { isWithin } from './time-window.ts'

const attributeName = z
  .string()
  .regex(/^[^\s"\\]{1,255}$/, 'must be the name of an attribute')
  .refine((name) => name !== 'service.name' && !name.startsWith('pollhook.'), 'is set by pollhook itself')

const config = z.strictObject({
  url: httpsUrl.describe('the whole address of the logs endpoint; most end in `/v1/logs`'),
  serviceName: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('`service.name` of the resource; default the id of the source'),
  resource: z
    .record(attributeName, z.string().max(4_096))
    .default({})
    .describe('more attributes of the resource, such as `{"deployment.environment.name": "prod"}`'),
  maxAge: duration('12h', '3650d')
    .optional()
    .describe('how old an event the backend takes, from 12h to 3650d; default any age'),
})

type Config = z.infer<typeof config>

/**
 * The specification has servers take 64 MiB at least as a default; a record takes at most twice its bytes as text. Few
 * events, since a partial success puts all of a request into the dead-letter queue (docs/decisions/062-opaque-answers.md).
 */
const BATCH = { maxEvents: 250, maxBytes: 900_000 }

/**
 * The OpenTelemetry Protocol 1.x over HTTP, logs as JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). The record
 * is the body, as text: in a list of keys and values its numbers would have to be read. `observedTimeUnixNano` is left to
 * the receiver: pollhook's own clock would make each attempt another log record. Whether a repeat is stored again is up to
 * the backend; `log.record.uid` tells it.
 */
export const otlp: Destination<Config> = {
  type: 'otlp',
  config,
  batch: BATCH,
  compression: 'gzip',
  ageLimit: ({ maxAge }) =>
    maxAge === undefined
      ? undefined
      : {
          maxAgeMs: maxAge,
          effect: 'they are sent without a timestamp, as of their arrival; their own time is in pollhook.event.time',
        },
  storesOnce: false,
  request,
  outcome,
}

function request(delivery: Delivery, config: Config, _secrets: Secrets, now: Date): HttpRequest {
  const { source, events } = delivery
  const resource = {
    ...config.resource,
    'service.name': config.serviceName ?? source.id,
    'pollhook.source.id': source.id,
    'pollhook.source.type': source.type,
  }
  const logRecords = events.map((event) => logRecord(event, config, now))
  const scopeLogs = [{ scope: { name: 'pollhook' }, logRecords }]
  return {
    method: 'POST',
    url: config.url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource: { attributes: keyValues(resource) }, scopeLogs }] }),
  }
}

/**
 * A LogRecord (opentelemetry/proto/logs/v1/logs.proto). A 64-bit integer is text in JSON, and 0 or nothing an unknown time.
 */
function logRecord({ id, type, time, raw }: OutgoingEvent, { maxAge }: Config, now: Date) {
  const hasTime = maxAge === undefined || isWithin({ pastMs: maxAge }, time, now)
  return {
    ...(hasTime && { timeUnixNano: epochNanos(time) }),
    body: { stringValue: raw },
    // https://opentelemetry.io/docs/specs/semconv/registry/attributes/log/: records with the same `log.record.uid` are duplicates.
    attributes: keyValues({ 'log.record.uid': id, 'pollhook.event.type': type, 'pollhook.event.time': time }),
    eventName: type,
  }
}

function keyValues(attributes: Readonly<Record<string, string>>) {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
