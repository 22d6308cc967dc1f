import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Fault } from '../contracts/fault.ts'
import type { Lane, SourceState } from '../source-state.ts'
import { awsFault } from './aws-fault.ts'
import { inGroups } from './in-parallel.ts'
import { laneAttribute, readState, type StateChange, stateKey } from './source-item.ts'
import { acquireLease, editUnheld, type HeldLease } from './source-lease.ts'
import { updateState } from './source-update.ts'
import { type Pause, untilDone } from './until-done.ts'

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const MAX_KEYS_PER_READ = 100

/** What is remembered of each source: one DynamoDB item, so that one condition guards it all. */
export interface SourceStates {
  /**
   * Takes the lease of a source until `until` and raises its fence.
   *
   * @returns undefined when it is held by another
   * @throws Fault `position-unreadable`, with the lease given back; `store-unavailable`
   */
  acquire(sourceId: string, owner: string, now: Date, until: Date): Promise<HeldLease | undefined>
  /** The states as of now, never older. @throws Fault `store-unavailable` */
  read(sourceIds: readonly string[]): Promise<StatesRead>
  /** A paused source is not polled, from its next run on. Also while a run is under way. @throws Fault `store-unavailable` */
  setPaused(sourceId: string, paused: boolean): Promise<void>
  /**
   * Changes lanes or health from outside, such as to rewind. A run whose lease has ended and that wakes up late cannot undo it.
   *
   * @returns false when a run holds the lease, and nothing was changed: pause the source, wait, and try again
   * @throws Fault `store-unavailable`
   */
  edit(sourceId: string, change: StateChange, now: Date): Promise<boolean>
  /**
   * Adds a lane, such as a backfill. Also while a run is under way, which leaves alone what it does not know.
   *
   * @returns false when there is a lane of that name, and nothing was changed
   * @throws Fault `store-unavailable`
   */
  addLane(sourceId: string, name: string, lane: Lane): Promise<boolean>
}

export interface StatesRead {
  /** A source that was never polled is not in it. */
  readonly states: ReadonlyMap<string, SourceState>
  /** A Fault `position-unreadable` for each source whose state is not what a run saved. */
  readonly unreadable: ReadonlyMap<string, Fault>
}

/** @param pause waits between attempts; replaced in tests */
export function sourceStates(client: DynamoDBClient, table: string, pause?: Pause): SourceStates {
  const update = updateState(client, table)
  return {
    acquire: (sourceId, owner, now, until) => acquireLease(update, sourceId, owner, now, until),
    read: (sourceIds) => readAll(client, table, sourceIds, pause),
    async setPaused(sourceId, paused) {
      await update(paused ? 'pause the polling' : 'resume the polling', sourceId, {
        UpdateExpression: 'SET #paused = :paused',
        ExpressionAttributeNames: { '#paused': 'paused' },
        ExpressionAttributeValues: { ':paused': { BOOL: paused } },
      })
    },
    edit: (sourceId, change, now) => editUnheld(update, sourceId, change, now),
    async addLane(sourceId, name, lane) {
      const item = await update('add a lane to the state', sourceId, {
        UpdateExpression: 'SET #lane = :lane',
        ConditionExpression: 'attribute_not_exists(#lane)',
        ExpressionAttributeNames: { '#lane': laneAttribute(name) },
        ExpressionAttributeValues: { ':lane': { S: JSON.stringify(lane) } },
      })
      return item !== undefined
    },
  }
}

async function readAll(
  client: DynamoDBClient,
  table: string,
  sourceIds: readonly string[],
  pause: Pause | undefined,
): Promise<StatesRead> {
  const read = { states: new Map<string, SourceState>(), unreadable: new Map<string, Fault>() }
  for (const ids of inGroups([...new Set(sourceIds)], MAX_KEYS_PER_READ)) {
    const attempt = (keys: readonly Record<string, AttributeValue>[]) => readSome(client, table, keys, read)
    const undone = await untilDone(ids.map(stateKey), attempt, pause)
    if (undone.length === 0) continue
    const text = `Cannot read the states of the sources: found ${undone.length} left unprocessed, wanted none`
    throw new Fault('store-unavailable', text)
  }
  return read
}

/** @returns the keys that DynamoDB left for another call */
async function readSome(
  client: DynamoDBClient,
  table: string,
  keys: readonly Record<string, AttributeValue>[],
  read: { readonly states: Map<string, SourceState>; readonly unreadable: Map<string, Fault> },
): Promise<Record<string, AttributeValue>[]> {
  const request = { RequestItems: { [table]: { Keys: [...keys], ConsistentRead: true } } }
  const answer = await client.send(new BatchGetItemCommand(request)).catch((error: unknown) => {
    throw awsFault('store-unavailable', 'read the states of the sources', error)
  })
  for (const item of answer.Responses?.[table] ?? []) {
    const sourceId = (item.pk?.S ?? '').slice('source#'.length)
    try {
      read.states.set(sourceId, readState(sourceId, item))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      read.unreadable.set(sourceId, error)
    }
  }
  return answer.UnprocessedKeys?.[table]?.Keys ?? []
}
