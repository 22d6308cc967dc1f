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
import { jsonIn } from '../contracts/json-in.ts'
import { awsFault } from './aws-fault.ts'
import { inGroups } from './in-parallel.ts'
import { type Pause, untilDone } from './until-done.ts'

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS_PER_READ = 100

type Item = Record<string, AttributeValue>

const HELD: Item = { pk: { S: 'destinations' }, sk: { S: 'held' } }

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
  /**
   * The circuits of these destinations, and of all others that were ever on hold, by id, for a look from outside. Those that have none
   * are left out; one that cannot be read is open.
   *
   * @throws Fault `store-unavailable`
   */
  readAll(destinationIds: readonly string[]): Promise<ReadonlyMap<string, Circuit>>
  /** @returns false when another save has come between, and nothing was saved. @throws Fault `store-unavailable` */
  save(destinationId: string, circuit: Circuit, version: number): Promise<boolean>
}

/**
 * Circuits in DynamoDB: `destination#<id>` / `circuit`, with the attributes `circuit` (JSON) and `version`, which only grows. Who
 * was ever on hold is listed in `destinations` / `held`, so that messages are found whose destination is not configured any more.
 *
 * @param pause waits between attempts; replaced in tests
 */
export function circuitStore(client: DynamoDBClient, table: string, pause?: Pause): CircuitStore {
  const listed = new Set<string>()
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
      const [held] = await readItems(client, table, [HELD], pause)
      const ids = [...new Set([...destinationIds, ...(held?.ids?.SS ?? [])])]
      for (const item of await readItems(client, table, ids.map(keyOf), pause)) {
        const destinationId = (item.pk?.S ?? '').slice('destination#'.length)
        found.set(destinationId, seen(destinationId, item))
      }
      return found
    },

    async save(destinationId, circuit, version) {
      // Before the circuit, so that no open one is ever missing in the list.
      if (circuit.open !== undefined && !listed.has(destinationId)) {
        await list(client, table, destinationId)
        listed.add(destinationId)
      }
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

function keyOf(destinationId: string): Item {
  return { pk: { S: `destination#${destinationId}` }, sk: { S: 'circuit' } }
}

async function list(client: DynamoDBClient, table: string, destinationId: string): Promise<void> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: HELD,
    UpdateExpression: 'ADD #ids :ids',
    ExpressionAttributeNames: { '#ids': 'ids' },
    ExpressionAttributeValues: { ':ids': { SS: [destinationId] } },
  })
  await client.send(command).catch((error: unknown) => {
    throw awsFault('store-unavailable', `list destination ${destinationId} as held`, error)
  })
}

/** The items that there are of these, in any order. @throws Fault `store-unavailable` */
async function readItems(
  client: DynamoDBClient,
  table: string,
  keys: readonly Item[],
  pause: Pause | undefined,
): Promise<Item[]> {
  const items: Item[] = []
  /** @returns the keys that DynamoDB left for another call */
  const readSome = async (some: readonly Item[]) => {
    const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [...some] } } })
    const answer = await client.send(command).catch((error: unknown) => {
      throw awsFault('store-unavailable', 'read the circuits', error)
    })
    items.push(...(answer.Responses?.[table] ?? []))
    return answer.UnprocessedKeys?.[table]?.Keys ?? []
  }
  for (const group of inGroups(keys, MAX_KEYS_PER_READ)) {
    const undone = await untilDone(group, readSome, pause)
    if (undone.length === 0) continue
    const text = `Cannot read the circuits: found ${undone.length} left unprocessed, wanted none`
    throw new Fault('store-unavailable', text)
  }
  return items
}

const [UNKNOWN, NEVER] = ['1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']

/** One that cannot be read concerns its own destination alone, whose messages wait: seen from outside, it is on hold. */
function seen(destinationId: string, item: Item): Circuit {
  try {
    return versioned(destinationId, item).circuit
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const open = { reason: error.message, since: UNKNOWN, nextProbeAt: NEVER, probes: 0 }
    return { ...CLOSED, open }
  }
}

/** Never read as a closed one, which would send everything at once. */
function versioned(destinationId: string, { circuit, version }: Item): VersionedCircuit {
  const read = schema.safeParse(jsonIn(circuit?.S ?? ''))
  const number = Number(version?.N)
  if (read.success && Number.isInteger(number)) return { circuit: read.data, version: number }
  const found = read.success
    ? 'no version'
    : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const text = `Cannot read the circuit of destination ${destinationId}: found ${found}, wanted what a delivery saved`
  throw new Fault('position-unreadable', text)
}
