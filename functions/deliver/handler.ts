import { randomUUID } from 'node:crypto'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { circuitStore } from '../../shared/aws/circuit-store.ts'
import { claims } from '../../shared/aws/claims.ts'
import { createDynamoDb, createS3, createSqs, createSsm } from '../../shared/aws/clients.ts'
import { deadLetters } from '../../shared/aws/dead-letters.ts'
import { isLocalRun, optionalVariable, parameterPrefix, requireVariable } from '../../shared/aws/environment.ts'
import { createLog } from '../../shared/aws/log.ts'
import { createMetrics } from '../../shared/aws/metrics.ts'
import { parameterText } from '../../shared/aws/parameter-text.ts'
import { progressStore } from '../../shared/aws/progress-store.ts'
import { rateStore } from '../../shared/aws/rate-store.ts'
import { receipts } from '../../shared/aws/receipts.ts'
import { parameterSecrets } from '../../shared/aws/secrets.ts'
import { requestSigner } from '../../shared/aws/sign-request.ts'
import { slotStore } from '../../shared/aws/slot-store.ts'
import { parseDestination } from '../../shared/config/destination-config.ts'
import { createSend } from '../../shared/http/client.ts'
import { Configurations } from './configurations.ts'
import { createDeliver } from './deliver.ts'
import { DESTINATIONS } from './destinations/registry.ts'
import { deliverRecords } from './records.ts'
import { Tokens } from './tokens.ts'

const local = isLocalRun()
const prefix = parameterPrefix()
const table = requireVariable('POLLHOOK_TABLE')
const [dynamoDb, sqs, ssm] = [createDynamoDb(), createSqs(), createSsm()]
const bucket = claims(createS3(local), requireVariable('POLLHOOK_BUCKET'))

const send = createSend({ local })
const own = { log: createLog(), now: () => new Date(), random: Math.random }

const deliver = createDeliver({
  ...own,
  destinations: new Configurations({
    text: parameterText(ssm),
    parse: (parameter, text) => parseDestination(parameter, text, DESTINATIONS),
    prefix,
    now: own.now,
  }),
  secrets: parameterSecrets(ssm, prefix),
  circuits: circuitStore(dynamoDb, table),
  progress: progressStore(dynamoDb, table),
  rates: rateStore(dynamoDb, table),
  slots: slotStore(dynamoDb, table),
  claims: bucket,
  deadLetters: deadLetters(sqs, requireVariable('POLLHOOK_DEAD_LETTER_QUEUE_URL'), bucket),
  send,
  tokens: new Tokens({ send, now: own.now, uuid: randomUUID }),
  sign: requestSigner(sqs, own.now),
})

const queueUrls = [requireVariable('POLLHOOK_QUEUE_URL'), ...optionalVariable('POLLHOOK_ORDERED_QUEUE_URL')]
const ports = { ...own, receipts: receipts(sqs, queueUrls), emit: createMetrics() }

/** Receives messages of a delivery queue and answers with those that stay in it. */
export function handler({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const deadline = new Date(Date.now() + context.getRemainingTimeInMillis())
  return deliverRecords(Records, deadline, deliver, ports)
}
