import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'

/** How often a free slot is looked for, after another function was faster. */
const MOST_LOOKS = 3

export interface SlotStore {
  /** @returns the number of a slot that was free; undefined when all are taken. @throws Fault `store-unavailable` */
  take(destinationId: string, slots: number, now: Date, until: Date): Promise<number | undefined>
  /** Frees a slot that was taken until then; when another has it by now, nothing happens. @throws Fault `store-unavailable` */
  release(destinationId: string, slot: number, until: Date): Promise<void>
}

/**
 * Slots in DynamoDB: `destination#<id>` / `slots`, with a number `slot<n>` for each that is taken: until when, in milliseconds since
 * 1970. That time also says whose it is: whoever takes the slot next does so later, and until later.
 */
export function slotStore(client: DynamoDBClient, table: string): SlotStore {
  const slotsOf = (destinationId: string) => new Slots(client, table, destinationId)
  return {
    async take(destinationId, slots, now, until) {
      const item = slotsOf(destinationId)
      // Without a look first: mostly few are taken.
      const guess = Math.floor(Math.random() * slots)
      if (await item.take(guess, now, until)) return guess
      for (let looks = slots === 1 ? MOST_LOOKS : 0; looks < MOST_LOOKS; looks++) {
        const free = await item.free(slots, now)
        const slot = free[Math.floor(Math.random() * free.length)]
        if (slot === undefined) return undefined
        if (await item.take(slot, now, until)) return slot
      }
      return undefined
    },

    async release(destinationId, slot, until) {
      await slotsOf(destinationId).release(slot, until)
    },
  }
}

/** The item of one destination. */
class Slots {
  readonly #client: DynamoDBClient
  readonly #item: { readonly TableName: string; readonly Key: Record<string, AttributeValue> }
  readonly #destinationId: string

  constructor(client: DynamoDBClient, table: string, destinationId: string) {
    this.#client = client
    this.#item = { TableName: table, Key: { pk: { S: `destination#${destinationId}` }, sk: { S: 'slots' } } }
    this.#destinationId = destinationId
  }

  /** @returns false when somebody has it */
  take(slot: number, now: Date, until: Date): Promise<boolean> {
    return this.#update(slot, {
      UpdateExpression: 'SET #slot = :until',
      ConditionExpression: 'attribute_not_exists(#slot) OR #slot < :now',
      ExpressionAttributeValues: { ':until': numberOf(until), ':now': numberOf(now) },
    })
  }

  /** @returns false when it is somebody else's */
  release(slot: number, until: Date): Promise<boolean> {
    return this.#update(slot, {
      UpdateExpression: 'REMOVE #slot',
      ConditionExpression: '#slot = :until',
      ExpressionAttributeValues: { ':until': numberOf(until) },
    })
  }

  /** The numbers of the slots that nobody has. */
  async free(slots: number, now: Date): Promise<number[]> {
    const command = new GetItemCommand({ ...this.#item, ConsistentRead: true })
    const { Item = {} } = await this.#client.send(command).catch((error: unknown) => {
      throw awsFault('store-unavailable', `read the slots of destination ${this.#destinationId}`, error)
    })
    return Array.from({ length: slots }, (_, slot) => slot).filter((slot) => {
      const until = Item[`slot${slot}`]?.N
      return until === undefined || Number(until) < now.getTime()
    })
  }

  /** @returns false when the condition does not hold */
  async #update(
    slot: number,
    change: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>,
  ): Promise<boolean> {
    const names = { ExpressionAttributeNames: { '#slot': `slot${slot}` } }
    try {
      await this.#client.send(new UpdateItemCommand({ ...this.#item, ...change, ...names }))
      return true
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false
      throw awsFault('store-unavailable', `save the slots of destination ${this.#destinationId}`, error)
    }
  }
}

function numberOf(time: Date): AttributeValue {
  return { N: String(time.getTime()) }
}
