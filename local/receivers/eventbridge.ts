import { z } from 'zod'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { signatureProblem } from './aws-signature.ts'
import { isJsonObject } from './is-json-object.ts'
import { AWS_JSON, jsonAnswer } from './json-answer.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const REGION = 'eu-west-1'
const BUS = 'security'

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const MAX_BYTES = 256 * 1_024

const entry = z.strictObject({
  Time: z.number().positive().optional(),
  Source: z.string().min(1),
  Resources: z.array(z.string()).optional(),
  DetailType: z.string().min(1).max(128),
  Detail: z.string(),
  EventBusName: z.string().min(1).max(1_600).optional(),
})
type Entry = z.infer<typeof entry>
const input = z.strictObject({ Entries: z.array(entry).min(1).max(MAX_ENTRIES) })

/** Amazon EventBridge: one event bus. An event for another is taken, and goes nowhere, as there (https://github.com/aws/aws-sdk/issues/186). */
export const createEventBridge: CreateReceiver = ({ itemFails = () => false } = {}) => {
  const stored: StoredEvent[] = []
  const put = (event: Entry, index: number) => {
    if (itemFails()) return failed('InternalFailure')
    if (event.Source.startsWith('aws.')) return failed('NotAuthorizedForSourceException')
    if (!isJsonObject(event.Detail)) return failed('MalformedDetail')
    if (event.EventBusName === BUS) stored.push({ id: event.Resources?.[0] ?? '', raw: event.Detail })
    return { EventId: `11710aed-b79e-4468-a20b-${String(stored.length * 10 + index).padStart(12, '0')}` }
  }
  return {
    type: 'eventbridge',
    settings: (url) => ({ url, region: REGION, eventBus: BUS }),
    secrets: () => ({}),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const read = input.safeParse(jsonIn(request.body.toString()))
      if (!read.success) return error(400, 'ValidationException')
      const { Entries } = read.data
      if (Entries.reduce((sum, event) => sum + sizeOf(event), 0) >= MAX_BYTES) return error(400, 'ValidationException')
      const results = Entries.map(put)
      const FailedEntryCount = results.filter((one) => 'ErrorCode' in one).length
      return jsonAnswer(200, { FailedEntryCount, Entries: results }, AWS_JSON)
    },
    stored: () => stored,
  }
}

function problemOf(request: ReceivedRequest): ReceiverAnswer | undefined {
  const { method, path, headers } = request
  if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') return error(400, 'UnknownOperationException')
  if (method !== 'POST' || path !== '/' || headers['content-type'] !== AWS_JSON) {
    return error(404, 'UnknownOperationException')
  }
  const signature = signatureProblem(request, { service: 'events', region: REGION })
  return signature && error(400, signature)
}

function failed(ErrorCode: string) {
  return { ErrorCode, ErrorMessage: 'Not taken.' }
}

function sizeOf({ Time, Source, Resources = [], DetailType, Detail }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14)
}

function error(status: number, __type: string): ReceiverAnswer {
  return jsonAnswer(status, { __type, message: 'Not taken.' }, AWS_JSON)
}
