import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SQSBatchResponse, SQSRecord } from 'aws-lambda'
import { Configurations } from '../functions/deliver/configurations.ts'
import { createDeliver } from '../functions/deliver/deliver.ts'
import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import type { DeliverPorts, Receipts } from '../functions/deliver/ports.ts'
import { deliverRecords } from '../functions/deliver/records.ts'
import { Tokens } from '../functions/deliver/tokens.ts'
import { createLog } from '../shared/aws/log.ts'
import { createMetrics } from '../shared/aws/metrics.ts'
import { parseDestination } from '../shared/config/destination-config.ts'
import type { Send } from '../shared/contracts/http.ts'
import { createSend } from '../shared/http/client.ts'
import { MemoryCircuitStore } from '../test/fakes/circuit-store.ts'
import { MemoryClaims } from '../test/fakes/claims.ts'
import { MemoryProgressStore } from '../test/fakes/progress-store.ts'
import { MemoryRateStore } from '../test/fakes/rate-store.ts'
import { MemorySecretStore } from '../test/fakes/secret-store.ts'
import { MemorySlotStore } from '../test/fakes/slot-store.ts'

/** As DynamoDB answers in its region. */
const STORE_MS = 5
/** The time limit of the function. */
const FUNCTION_MS = 60_000

/** What all environments of the function share. */
export type Stores = Pick<DeliverPorts, 'circuits' | 'progress' | 'rates' | 'slots' | 'claims'>

/** An execution environment of the function, which has one invocation at a time. */
export type Environment = (records: readonly SQSRecord[]) => Promise<SQSBatchResponse>

export interface EnvironmentParts {
  /** The text of each destination's parameter. */
  readonly parameters: ReadonlyMap<string, string>
  readonly secrets: Readonly<Record<string, string>>
  readonly stores: Stores
  readonly receipts: Receipts
  /** Sees every request and its answer. */
  readonly watched: (send: Send) => Send
}

export function openStores(): Stores {
  return {
    circuits: afar(new MemoryCircuitStore()),
    progress: afar(new MemoryProgressStore()),
    rates: afar(new MemoryRateStore()),
    slots: afar(new MemorySlotStore()),
    claims: afar(new MemoryClaims()),
  }
}

/** A new environment: the handler's own parts, with nothing in its caches, on stores in memory that answer as slowly as the real ones. */
export function openEnvironment({ parameters, secrets, stores, receipts, watched }: EnvironmentParts): Environment {
  const send = watched(createSend({ local: true }))
  const own = { log: createLog(), now: () => new Date(), random: Math.random }
  const deliver = createDeliver({
    ...own,
    ...stores,
    destinations: new Configurations({
      text: async (parameter) => parameters.get(parameter),
      parse: (parameter, text) => parseDestination(parameter, text, DESTINATIONS),
      prefix: '/pollhook',
      now: own.now,
    }),
    secrets: new MemorySecretStore(secrets),
    deadLetters: {
      send: async () => {
        throw new TypeError('A message went to the dead-letter queue, and none should have')
      },
    },
    send,
    tokens: new Tokens({ send, now: own.now, uuid: randomUUID }),
    sign: async (request) => request,
  })
  const ports = { ...own, receipts: afar(receipts), emit: createMetrics() }
  return (records) => deliverRecords(records, new Date(Date.now() + FUNCTION_MS), deliver, ports)
}

/** The same, but every call takes its time. */
function afar<Near extends object>(near: Near): Near {
  return new Proxy(near, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name)
      if (typeof found !== 'function') return found
      return async (...given: readonly unknown[]) => {
        await sleep(STORE_MS)
        return Reflect.apply(found, target, given)
      }
    },
  })
}
