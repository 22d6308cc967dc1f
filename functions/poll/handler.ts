import type { Context } from 'aws-lambda'
import { assignment } from '../../shared/assignment.ts'
import { claims } from '../../shared/aws/claims.ts'
import { createDynamoDb, createS3, createSqs, createSsm } from '../../shared/aws/clients.ts'
import { deadLetters } from '../../shared/aws/dead-letters.ts'
import { isLocalRun, optionalVariable, parameterPrefix, requireVariable } from '../../shared/aws/environment.ts'
import { gapStore } from '../../shared/aws/gap-store.ts'
import { ledgerStore } from '../../shared/aws/ledger-store.ts'
import { createLog } from '../../shared/aws/log.ts'
import { createMetrics } from '../../shared/aws/metrics.ts'
import { outbox } from '../../shared/aws/outbox.ts'
import { parameterSecrets } from '../../shared/aws/secrets.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { walkStore } from '../../shared/aws/walk-store.ts'
import type { Gap } from '../../shared/contracts/event.ts'
import { createSend } from '../../shared/http/client.ts'
import { jobOf } from './job.ts'
import { poll } from './poll.ts'
import { defectOf, metricsOf, report } from './report.ts'
import { SOURCES } from './sources/registry.ts'

const local = isLocalRun()
const prefix = parameterPrefix()
const table = requireVariable('POLLHOOK_TABLE')
const [dynamoDb, sqs, ssm] = [createDynamoDb(), createSqs(), createSsm()]
const bucket = claims(createS3(local), requireVariable('POLLHOOK_BUCKET'))
const [log, emit] = [createLog(), createMetrics()]

const ports = {
  leases: sourceStates(dynamoDb, table),
  ledger: ledgerStore(dynamoDb, table),
  outbox: outbox({
    sqs,
    queueUrl: requireVariable('POLLHOOK_QUEUE_URL'),
    orderedQueueUrl: optionalVariable('POLLHOOK_ORDERED_QUEUE_URL')[0],
    claims: bucket,
    deadLetters: deadLetters(sqs, requireVariable('POLLHOOK_DEAD_LETTER_QUEUE_URL'), bucket),
  }),
  gaps: gapStore(dynamoDb, table),
  walks: walkStore(dynamoDb, table),
  secrets: parameterSecrets(ssm, prefix),
  send: createSend({ local }),
  now: () => new Date(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
  onGap: (source: string, { from, to, reason, record }: Gap) => {
    log('error', 'source.gap', { source, from, to, reason, record })
    emit({ Gaps: 1 })
  },
}

/** One run of one source. */
export async function handler(event: unknown, context: Context): Promise<void> {
  const startedAt = new Date()
  const deadline = new Date(startedAt.getTime() + context.getRemainingTimeInMillis())
  const job = jobOf(assignment.parse(event), SOURCES, { prefix, local, owner: context.awsRequestId, deadline })
  const result = await poll(job, ports)
  report(job, result, Date.now() - startedAt.getTime(), log)
  emit(metricsOf(result))
  const defect = defectOf(result)
  if (defect !== undefined) throw defect
}
