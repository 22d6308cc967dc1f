import { z } from 'zod'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { jsonAnswer } from './json-answer.ts'
import type { ReceivedRequest, ReceiverAnswer, SimulatedReceiver, StoredEvent } from './receiver.ts'

const PATH = '/v1/logs'
const TOKEN = 'simulated-otlp-token'
/** `max_request_body_size` of the Collector's receiver. */
const MAX_BYTES = 20 * 1024 * 1024

/** A 64-bit integer is decimal text in JSON (https://protobuf.dev/programming-guides/json/). */
const uint64 = z.string().regex(/^(0|[1-9]\d{0,19})$/)
const int64 = z.string().regex(/^-?\d{1,19}$/)
const hex = (bytes: number) => z.string().regex(new RegExp(`^([0-9a-fA-F]{${bytes * 2}})?$`))

/** AnyValue: one of its fields, or none. */
const anyValue: z.ZodType = z.lazy(() =>
  z
    .strictObject({
      stringValue: z.string(),
      boolValue: z.boolean(),
      intValue: z.union([int64, z.int()]),
      doubleValue: z.number(),
      arrayValue: z.strictObject({ values: z.array(anyValue).optional() }),
      kvlistValue: z.strictObject({ values: keyValues.optional() }),
      bytesValue: z.base64(),
    })
    .partial()
    .refine((value) => Object.keys(value).length <= 1),
)
const keyValue = z.strictObject({ key: z.string().min(1), value: anyValue.optional() })
const keyValues = z
  .array(keyValue)
  .refine((pairs) => new Set(pairs.map(({ key }) => key)).size === pairs.length, 'a key twice')
const count = z.int().nonnegative().optional()

const logRecord = z.strictObject({
  timeUnixNano: uint64.optional(),
  observedTimeUnixNano: uint64.optional(),
  severityNumber: z.int().min(0).max(24).optional(),
  severityText: z.string().optional(),
  body: anyValue.optional(),
  attributes: keyValues.optional(),
  droppedAttributesCount: count,
  flags: count,
  traceId: hex(16).optional(),
  spanId: hex(8).optional(),
  eventName: z.string().optional(),
})

const scope = z.strictObject({
  name: z.string().optional(),
  version: z.string().optional(),
  attributes: keyValues.optional(),
  droppedAttributesCount: count,
})

/** ExportLogsServiceRequest, with every key as the .proto files have it in lowerCamelCase, and no other. */
const exportRequest = z.strictObject({
  resourceLogs: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: keyValues.optional(), droppedAttributesCount: count }).optional(),
      scopeLogs: z.array(
        z.strictObject({
          scope: scope.optional(),
          logRecords: z.array(logRecord),
          schemaUrl: z.string().optional(),
        }),
      ),
      schemaUrl: z.string().optional(),
    }),
  ),
})

const text = z.object({ stringValue: z.string() })

export interface OtlpOptions {
  /** Whether a record is rejected, which a partial success then counts. Default none. */
  readonly rejects?: (body: string) => boolean
}

/**
 * A receiver of OTLP/HTTP logs in JSON, by the specification (https://opentelemetry.io/docs/specs/otlp/) and the .proto
 * files.
 */
export function createOtlp({ rejects = () => false }: OtlpOptions = {}): SimulatedReceiver {
  const stored: StoredEvent[] = []
  return {
    type: 'otlp',
    settings: (url) => ({ url: `${url}${PATH}`, auth: { bearer: { secret: 'destinations/siem/token' } } }),
    secrets: () => ({ 'destinations/siem/token': TOKEN }),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const body = exportRequest.safeParse(jsonIn(request.body.toString()))
      if (!body.success) return jsonAnswer(400, { code: 3, message: 'the body is no ExportLogsServiceRequest' })
      const records = body.data.resourceLogs.flatMap(({ scopeLogs }) =>
        scopeLogs.flatMap(({ logRecords }) => logRecords),
      )
      const events = records.map(storedEvent)
      const taken = events.filter(({ raw }) => !rejects(raw))
      stored.push(...taken)
      const rejected = events.length - taken.length
      if (rejected === 0) return jsonAnswer(200, { partialSuccess: {} })
      return jsonAnswer(200, {
        partialSuccess: { rejectedLogRecords: `${rejected}`, errorMessage: 'some were too odd' },
      })
    },
    stored: () => stored,
  }
}

function problemOf({ method, path, headers, body }: ReceivedRequest): ReceiverAnswer | undefined {
  if (path !== PATH) return { status: 404 }
  if (method !== 'POST') return { status: 405 }
  if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401 }
  if (headers['content-type'] !== 'application/json') return { status: 415 }
  return body.length > MAX_BYTES ? { status: 413 } : undefined
}

function storedEvent({ body, attributes = [] }: z.infer<typeof logRecord>): StoredEvent {
  const uid = attributes.find(({ key }) => key === 'log.record.uid')?.value
  return { id: textIn(uid), raw: textIn(body) }
}

function textIn(value: unknown): string {
  const read = text.safeParse(value)
  return read.success ? read.data.stringValue : ''
}
