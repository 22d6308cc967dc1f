import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { Fault } from '../contracts/fault.ts'
import { timestamp } from '../contracts/time.ts'
import { type Health, health, type Lane, lane, NEW_STATE, type SourceState } from '../source-state.ts'

const LANE_PREFIX = 'lane#'

/** What is to be changed in a source's state. A lane set to undefined is removed; a lane that is not named stays as it is. */
export interface StateChange {
  readonly lanes?: Readonly<Record<string, Lane | undefined>>
  readonly health?: Health
}

/** The key of the item that holds all that is remembered of a source. */
export function stateKey(sourceId: string): Record<string, AttributeValue> {
  return { pk: { S: `source#${sourceId}` }, sk: { S: 'state' } }
}

export function laneAttribute(name: string): string {
  return `${LANE_PREFIX}${name}`
}

/**
 * Reads a state item.
 *
 * @throws Fault `position-unreadable`, naming source and attribute, when a value is not what it should be. It is never read as
 *   an absent one, which would begin the source anew
 */
export function readState(sourceId: string, item: Readonly<Record<string, AttributeValue>>): SourceState {
  const { beganAt, leaseUntil, paused, health: healthValue } = item
  const lanes = Object.entries(item)
    .filter(([attribute]) => attribute.startsWith(LANE_PREFIX))
    .map(([attribute, value]) => [attribute.slice(LANE_PREFIX.length), parse(sourceId, attribute, value, lane)])
  return {
    beganAt: beganAt === undefined ? undefined : check(sourceId, 'beganAt', beganAt.S, timestamp),
    leaseUntil: leaseUntil === undefined ? undefined : check(sourceId, 'leaseUntil', leaseUntil.S, z.string()),
    paused: paused === undefined ? false : check(sourceId, 'paused', paused.BOOL, z.boolean()),
    lanes: Object.fromEntries(lanes),
    health: healthValue === undefined ? NEW_STATE.health : parse(sourceId, 'health', healthValue, health),
  }
}

function parse<T>(sourceId: string, attribute: string, value: AttributeValue, schema: z.ZodType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(value.S ?? '')
  } catch {
    throw unreadable(sourceId, attribute, value.S === undefined ? 'no text' : 'text that is not JSON')
  }
  return check(sourceId, attribute, json, schema)
}

function check<T>(sourceId: string, attribute: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // zod's texts name types and keys, never values.
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the value'}: ${message}`)
  throw unreadable(sourceId, attribute, problems.join('; '))
}

function unreadable(sourceId: string, attribute: string, found: string): Fault {
  const text = `Cannot read attribute ${attribute} of the state of source ${sourceId}: found ${found}, wanted what a run saved`
  return new Fault('position-unreadable', text)
}
