import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { awsFault } from './aws-fault.ts'
import { laneAttribute, type StateChange, stateKey } from './source-item.ts'

type Item = Readonly<Record<string, AttributeValue>>

type StateUpdate = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>

/** Makes one conditional update of a source's state item. */
export type UpdateState = (action: string, sourceId: string, update: StateUpdate) => Promise<Item | undefined>

/**
 * @returns a function that gives what `ReturnValues` asks for, an empty item by default, or undefined when the condition was not
 *   met; it throws Fault `store-unavailable` when the answer is unknown
 */
export function updateState(client: DynamoDBClient, table: string): UpdateState {
  return async (action, sourceId, update) => {
    try {
      const answer = await client.send(new UpdateItemCommand({ TableName: table, Key: stateKey(sourceId), ...update }))
      return answer.Attributes ?? {}
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined
      throw awsFault('store-unavailable', `${action} of source ${sourceId}`, error)
    }
  }
}

/** The parts of an update expression that make a change. Its names begin with `#a`, its values with `:a`. */
export interface ChangeExpression {
  readonly sets: readonly string[]
  readonly removes: readonly string[]
  readonly names: Readonly<Record<string, string>>
  readonly values: Item
}

export function expressionOf({ lanes = {}, health }: StateChange): ChangeExpression {
  const attributes = new Map<string, unknown>(Object.entries(lanes).map(([name, lane]) => [laneAttribute(name), lane]))
  if (health !== undefined) attributes.set('health', health)

  const sets: string[] = []
  const removes: string[] = []
  const names: Record<string, string> = {}
  const values: Record<string, AttributeValue> = {}
  for (const [attribute, value] of attributes) {
    const index = Object.keys(names).length
    names[`#a${index}`] = attribute
    if (value === undefined) {
      removes.push(`#a${index}`)
    } else {
      sets.push(`#a${index} = :a${index}`)
      values[`:a${index}`] = { S: JSON.stringify(value) }
    }
  }
  return { sets, removes, names, values }
}
