import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Circuit, CLOSED, circuit as schema } from '../circuit.ts'
import { Fault } from '../contracts/fault.ts'
import { awsFault } from './aws-fault.ts'
import { inGroups } from './in-parallel.ts'
import { type Pause, untilDone } from './until-done.ts'

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS_PER_READ = 100

/** A circuit with the version that a save must name. */
export interface VersionedCircuit {
  readonly circuit: Circuit
  /** 0 when nothing is stored. */
  readonly version: number
}

/** One circuit for each destination. */
export interface CircuitStore {
  /** As of now, never an older one. @throws Fault `store-unavailable`; `position-unreadable` */
  read(destinationId: string): Promise<VersionedCircuit>
  /** The circuits of destinations that have one, for a look from outside; one that cannot be read is open. @throws Fault `store-unavailable` */
  readAll(destinationIds: readonly string[]): Promise<ReadonlyMap<string, Circuit>>
  /** @returns false when another save has come between, and nothing was saved. @throws Fault `store-unavailable` */
  save(destinationId: string, circuit: Circuit, version: number): Promise<boolean>
}

/**
 * Circuits in DynamoDB: `destination#<id>` / `circuit`, with the attributes `circuit` (JSON) and `version`, which only grows.
 *
 * @param pause waits between attempts; replaced in tests
 */
export function circuitStore(client: DynamoDBClient, table: string, pause?: Pause): CircuitStore {
  return {
    async read(destinationId) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(destinationId), ConsistentRead: true })
      const { Item } = await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `read the circuit of destination ${destinationId}`, error)
      })
      return Item === undefined ? { circuit: CLOSED, version: 0 } : versioned(destinationId, Item)
    },

    async readAll(destinationIds) {
      const found = new Map<string, Circuit>()
      for (const ids of inGroups([...new Set(destinationIds)], MAX_KEYS_PER_READ)) {
        const undone = await untilDone(ids.map(keyOf), (keys) => readSome(client, table, keys, found), pause)
        if (undone.length === 0) continue
        const text = `Cannot read the circuits: found ${undone.length} left unprocessed, wanted none`
        throw new Fault('store-unavailable', text)
      }
      return found
    },

    async save(destinationId, circuit, version) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(destinationId),
        UpdateExpression: 'SET #circuit = :circuit, #version = :next',
        ConditionExpression: version === 0 ? 'attribute_not_exists(#version)' : '#version = :version',
        ExpressionAttributeNames: { '#circuit': 'circuit', '#version': 'version' },
        ExpressionAttributeValues: {
          ':circuit': { S: JSON.stringify(circuit) },
          ':next': { N: String(version + 1) },
          ...(version !== 0 && { ':version': { N: String(version) } }),
        },
      })
      try {
        await client.send(command)
        return true
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false
        throw awsFault('store-unavailable', `save the circuit of destination ${destinationId}`, error)
      }
    },
  }
}

function keyOf(destinationId: string): Record<string, AttributeValue> {
  return { pk: { S: `destination#${destinationId}` }, sk: { S: 'circuit' } }
}

/** @returns the keys that DynamoDB left for another call */
async function readSome(
  client: DynamoDBClient,
  table: string,
  keys: readonly Record<string, AttributeValue>[],
  found: Map<string, Circuit>,
): Promise<Record<string, AttributeValue>[]> {
  const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [...keys] } } })
  const answer = await client.send(command).catch((error: unknown) => {
    throw awsFault('store-unavailable', 'read the circuits', error)
  })
  for (const item of answer.Responses?.[table] ?? []) {
    const destinationId = (item.pk?.S ?? '').slice('destination#'.length)
    found.set(destinationId, seen(destinationId, item))
  }
  return answer.UnprocessedKeys?.[table]?.Keys ?? []
}

/** One that cannot be read concerns its own destination alone, whose messages wait: seen from outside, it is on hold. */
function seen(destinationId: string, item: Record<string, AttributeValue>): Circuit {
  try {
    return versioned(destinationId, item).circuit
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const unknown = '1970-01-01T00:00:00.000Z'
    return { ...CLOSED, open: { reason: error.message, since: unknown, nextProbeAt: unknown, probes: 0 } }
  }
}

/** Never read as a closed one, which would send everything at once. */
function versioned(destinationId: string, { circuit, version }: Record<string, AttributeValue>): VersionedCircuit {
  const read = schema.safeParse(parse(circuit?.S ?? ''))
  const number = Number(version?.N)
  if (read.success && Number.isInteger(number)) return { circuit: read.data, version: number }
  const found = read.success
    ? 'no version'
    : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const text = `Cannot read the circuit of destination ${destinationId}: found ${found}, wanted what a delivery saved`
  throw new Fault('position-unreadable', text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
