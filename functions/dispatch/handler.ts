import type { Context } from 'aws-lambda'
import { z } from 'zod'
import { circuitStore } from '../../shared/aws/circuit-store.ts'
import { createDynamoDb, createLambda, createSqs, createSsm } from '../../shared/aws/clients.ts'
import { isLocalRun, optionalVariable, parameterPrefix, requireVariable } from '../../shared/aws/environment.ts'
import { invoker } from '../../shared/aws/invoker.ts'
import { createLog } from '../../shared/aws/log.ts'
import { createMetrics } from '../../shared/aws/metrics.ts'
import { parameterTrees } from '../../shared/aws/parameters.ts'
import { queueDepth } from '../../shared/aws/queue-depth.ts'
import { sourceStates } from '../../shared/aws/source-state.ts'
import { timestamp } from '../../shared/contracts/time.ts'
import { dispatch } from './dispatch.ts'
import { metricsOf, report } from './report.ts'

/** Configurations are read anew on every tick of a local run, where a tick may be a second. */
const local = isLocalRun()
const prefix = parameterPrefix()
const table = requireVariable('POLLHOOK_TABLE')
const dynamoDb = createDynamoDb()
const trees = parameterTrees(createSsm(), local ? 0 : undefined)
const [log, emit] = [createLog(), createMetrics()]

const ports = {
  trees: async () => {
    const [sources, destinations] = [await trees.list(`${prefix}/sources`), await trees.list(`${prefix}/destinations`)]
    return { prefix, sources: sources.texts, destinations: destinations.texts, changedAt: sources.changedAt }
  },
  states: sourceStates(dynamoDb, table).read,
  circuits: circuitStore(dynamoDb, table).readAll,
  queueDepth: queueDepth(createSqs(), [
    requireVariable('POLLHOOK_QUEUE_URL'),
    ...optionalVariable('POLLHOOK_ORDERED_QUEUE_URL'),
  ]),
  invoke: invoker(createLambda(), requireVariable('POLLHOOK_POLL_FUNCTION')),
  now: () => new Date(),
  local,
}

const payload = z.object({ tickAt: timestamp })

/** One tick. */
export async function handler(event: unknown, _context: Context): Promise<void> {
  const tick = await dispatch(payload.parse(event).tickAt, ports)
  report(tick, log)
  emit(metricsOf(tick))
}
