import { z } from 'zod'
import { rawValue } from '../../shared/contracts/json.ts'
import { jsonIn } from '../../shared/contracts/json-in.ts'
import { signatureProblem } from './aws-signature.ts'
import { AWS_JSON, jsonAnswer } from './json-answer.ts'
import type { CreateReceiver, ReceivedRequest, ReceiverAnswer, StoredEvent } from './receiver.ts'

const REGION = 'eu-west-1'
const STREAM = 'audit-archive'

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
const MAX_RECORDS = 500
const MAX_RECORD_BYTES = 1_000 * 1_024
const MAX_CALL_BYTES = 4 * 1_024 * 1_024

const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)
const input = z.strictObject({
  DeliveryStreamName: z.string().regex(/^[a-zA-Z0-9_.-]{1,64}$/),
  Records: z.array(z.strictObject({ Data: base64 })).min(1),
})
const envelope = z.looseObject({ id: z.string() })

/** Amazon Data Firehose: one stream. What came stands one behind the other, as it would in the bucket behind it. */
export const createFirehose: CreateReceiver = ({ itemFails = () => false } = {}) => {
  const stored: StoredEvent[] = []
  const put = (records: readonly { readonly Data: string }[]): ReceiverAnswer => {
    const responses = records.map(({ Data }, index) => {
      if (itemFails()) return { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' }
      stored.push(eventOf(Buffer.from(Data, 'base64').toString()))
      return { RecordId: `49${String(stored.length * 1_000 + index).padStart(54, '0')}` }
    })
    const FailedPutCount = responses.filter(({ ErrorCode }) => ErrorCode !== undefined).length
    return jsonAnswer(200, { Encrypted: false, FailedPutCount, RequestResponses: responses }, AWS_JSON)
  }
  return {
    type: 'firehose',
    settings: (url) => ({ url, region: REGION, stream: STREAM }),
    secrets: () => ({}),
    answer(request) {
      const problem = problemOf(request)
      if (problem !== undefined) return problem
      const read = input.safeParse(jsonIn(request.body.toString()))
      if (!read.success) return error(400, 'SerializationException')
      const { DeliveryStreamName, Records } = read.data
      if (DeliveryStreamName !== STREAM) return error(400, 'ResourceNotFoundException')
      const sizes = Records.map(({ Data }) => Buffer.from(Data, 'base64').length)
      const isTooMuch = Records.length > MAX_RECORDS || sizes.some((size) => size > MAX_RECORD_BYTES)
      if (isTooMuch || request.body.length > MAX_CALL_BYTES) return error(400, 'InvalidArgumentException')
      return put(Records)
    },
    stored: () => stored,
  }
}

function problemOf(request: ReceivedRequest): ReceiverAnswer | undefined {
  const { method, path, headers } = request
  if (headers['x-amz-target'] !== 'Firehose_20150804.PutRecordBatch') return error(400, 'UnknownOperationException')
  if (method !== 'POST' || path !== '/' || headers['content-type'] !== AWS_JSON) {
    return error(404, 'UnknownOperationException')
  }
  const signature = signatureProblem(request, { service: 'firehose', region: REGION })
  return signature && error(400, signature)
}

/** A line feed ends each record, or nobody could tell two of them apart. */
function eventOf(line: string): StoredEvent {
  if (!/^[^\n\r]+\n$/.test(line)) throw new Error('A record is not one line')
  const { id } = envelope.parse(JSON.parse(line))
  return { id, raw: rawValue(line, ['data']) ?? '' }
}

function error(status: number, type: string): ReceiverAnswer {
  return jsonAnswer(status, { __type: `com.amazonaws.firehose#${type}`, message: 'Not taken.' }, AWS_JSON)
}
