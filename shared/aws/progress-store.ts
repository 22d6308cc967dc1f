import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Timestamp } from '../contracts/event.ts'
import { awsFault } from './aws-fault.ts'

/** Events that a receiver has accepted, but not yet confirmed. */
export interface Accepted {
  readonly receipt: string
  readonly at: Timestamp
  readonly ids: readonly string[]
}

/** How far the events of a queue message have come. */
export interface Progress {
  /** The ids of the events that are done: delivered, or in the dead-letter queue. */
  readonly done: ReadonlySet<string>
  /** As many events as a request may carry, after larger ones were refused; absent where none was. */
  readonly maxEvents?: number | undefined
  /** In the order of `at`. */
  readonly accepted: readonly Accepted[]
}

export interface ProgressChange {
  readonly done?: readonly string[]
  readonly maxEvents?: number | undefined
  readonly accepted?: Accepted
  readonly settled?: string
}

export interface ProgressStore {
  /** @throws Fault `store-unavailable` */
  load(messageId: string): Promise<Progress>
  /**
   * Adds ids to those that are done, replaces `maxEvents` and what was accepted under the same receipt where they are given, and
   * forgets the receipt that is settled; all of it or nothing. @throws Fault `store-unavailable`
   */
  save(messageId: string, change: ProgressChange, expiresAt: Date): Promise<void>
}

/** Before a receipt, in the name of its attribute. Its events are removed from it and are done in one write. */
const RECEIPT = 'receipt#'

/**
 * Progress in DynamoDB: `message#<queue message id>` / `progress`, with the string set `done`, the number `maxEvents` and, for each
 * receipt, `receipt#<receipt>` with `at` and the string set `ids`; deleted by `expiresAt`. An id is in one of the sets only, so ten
 * thousand events, the most of a message, stay below the 400 KB of an item.
 */
export function progressStore(client: DynamoDBClient, table: string): ProgressStore {
  return {
    async load(messageId) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(messageId), ConsistentRead: true })
      const { Item = {} } = await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `read the progress of message ${messageId}`, error)
      })
      const maxEvents = Item.maxEvents?.N
      return {
        done: new Set(Item.done?.SS),
        ...(maxEvents !== undefined && { maxEvents: Number(maxEvents) }),
        accepted: Object.entries(Item).flatMap(acceptedIn).toSorted(byTime),
      }
    },

    async save(messageId, change, expiresAt) {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: keyOf(messageId),
        ...updateOf(change, expiresAt),
      })
      await client.send(command).catch((error: unknown) => {
        throw awsFault('store-unavailable', `save the progress of message ${messageId}`, error)
      })
    },
  }
}

function acceptedIn([name, value]: [string, AttributeValue]): Accepted[] {
  if (!name.startsWith(RECEIPT)) return []
  const { at, ids } = value.M ?? {}
  return [{ receipt: name.slice(RECEIPT.length), at: at?.S ?? '', ids: ids?.SS ?? [] }]
}

function byTime(one: Accepted, other: Accepted): number {
  return one.at < other.at ? -1 : 1
}

function updateOf({ done = [], maxEvents, accepted, settled }: ProgressChange, expiresAt: Date) {
  const seconds = String(Math.ceil(expiresAt.getTime() / 1000))
  const set: [string, AttributeValue][] = [['expiresAt', { N: seconds }]]
  if (maxEvents !== undefined) set.push(['maxEvents', { N: String(maxEvents) }])
  if (accepted !== undefined) {
    const { receipt, at, ids } = accepted
    set.push([RECEIPT + receipt, { M: { at: { S: at }, ids: { SS: [...new Set(ids)] } } }])
  }
  const isDone = done.length > 0
  return {
    UpdateExpression: [
      `SET ${set.map((_, n) => `#set${n} = :set${n}`).join(', ')}`,
      ...(isDone ? ['ADD #done :done'] : []),
      ...(settled === undefined ? [] : ['REMOVE #settled']),
    ].join(' '),
    ExpressionAttributeNames: {
      ...Object.fromEntries(set.map(([name], n) => [`#set${n}`, name])),
      ...(isDone && { '#done': 'done' }),
      ...(settled !== undefined && { '#settled': RECEIPT + settled }),
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([, value], n) => [`:set${n}`, value])),
      ...(isDone && { ':done': { SS: [...new Set(done)] } }),
    },
  }
}

function keyOf(messageId: string): Record<string, AttributeValue> {
  return { pk: { S: `message#${messageId}` }, sk: { S: 'progress' } }
}
