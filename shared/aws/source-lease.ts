import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { Fault } from '../contracts/fault.ts'
import type { SourceState } from '../source-state.ts'
import { readState, type StateChange } from './source-item.ts'
import { expressionOf, type UpdateState } from './source-update.ts'

/** The right to work on a source until its lease ends. Every write is conditional on the lease's owner and fence. */
export interface HeldLease {
  /** As it was when the lease was taken. */
  readonly state: SourceState
  /** @throws Fault `lease-lost` when it was released or another has taken over; `store-unavailable` when the answer is unknown */
  save(change: StateChange): Promise<void>
  /** Saves and gives the lease back. @throws as `save` */
  release(change: StateChange): Promise<void>
}

const IS_FREE = '(attribute_not_exists(#leaseUntil) OR #leaseUntil < :now)'
const IS_MINE = '#owner = :owner AND #fence = :fence'
const NAMES = { '#leaseUntil': 'leaseUntil', '#owner': 'owner', '#fence': 'fence' }
const RAISE_FENCE = '#fence = if_not_exists(#fence, :zero) + :one'
const FENCE_VALUES = { ':zero': { N: '0' }, ':one': { N: '1' } }

/**
 * Takes the lease of a source until `until` and raises its fence. The first time, it is noted that the source begins. Both instants are compared as text, which RFC 3339 with
 * milliseconds allows.
 *
 * @returns undefined when it is held by another
 * @throws Fault `position-unreadable`, with the lease given back; `store-unavailable`
 */
export async function acquireLease(
  update: UpdateState,
  sourceId: string,
  owner: string,
  now: Date,
  until: Date,
): Promise<HeldLease | undefined> {
  const item = await update('take the lease', sourceId, {
    UpdateExpression: `SET #owner = :owner, #leaseUntil = :until, ${RAISE_FENCE}, #beganAt = if_not_exists(#beganAt, :now)`,
    ConditionExpression: IS_FREE,
    ExpressionAttributeNames: { ...NAMES, '#beganAt': 'beganAt' },
    ExpressionAttributeValues: {
      ...FENCE_VALUES,
      ':owner': { S: owner },
      ':until': { S: until.toISOString() },
      ':now': { S: now.toISOString() },
    },
    ReturnValues: 'ALL_NEW',
  })
  if (item === undefined) return undefined
  const write = leaseWriter(update, sourceId, { ':owner': { S: owner }, ':fence': item.fence ?? { NULL: true } })
  try {
    const state = readState(sourceId, item)
    return { state, save: (change) => write(change, false), release: (change) => write(change, true) }
  } catch (error) {
    // Held until its end, the lease would hide the fault from the next runs.
    await write({}, true)
    throw error
  }
}

function leaseWriter(update: UpdateState, sourceId: string, mine: Readonly<Record<string, AttributeValue>>) {
  return async (change: StateChange, isRelease: boolean): Promise<void> => {
    const { sets, removes, names, values } = expressionOf(change)
    const removed = isRelease ? ['#leaseUntil', ...removes] : removes
    const saved = await update('save the state', sourceId, {
      // Setting the owner to itself keeps the expression valid when there is nothing to set.
      UpdateExpression: `SET ${['#owner = :owner', ...sets].join(', ')}${removing(removed)}`,
      // A release does not ask for the lease to be there still, so that the SDK may repeat one whose answer was lost.
      ConditionExpression: isRelease ? IS_MINE : `${IS_MINE} AND attribute_exists(#leaseUntil)`,
      ExpressionAttributeNames: { ...NAMES, ...names },
      ExpressionAttributeValues: { ...mine, ...values },
    })
    if (saved !== undefined) return
    const text = `Cannot save the state of source ${sourceId}: found its lease released or taken by another, wanted it held`
    throw new Fault('lease-lost', text)
  }
}

/**
 * Changes a state that no run holds, and raises its fence, so that a run whose lease has ended cannot undo the change.
 *
 * @returns false when a run holds the lease, and nothing was changed
 */
export async function editUnheld(
  update: UpdateState,
  sourceId: string,
  change: StateChange,
  now: Date,
): Promise<boolean> {
  const { sets, removes, names, values } = expressionOf(change)
  const item = await update('change the state', sourceId, {
    UpdateExpression: `SET ${[RAISE_FENCE, ...sets].join(', ')}${removing(['#owner', '#leaseUntil', ...removes])}`,
    ConditionExpression: IS_FREE,
    ExpressionAttributeNames: { ...NAMES, ...names },
    ExpressionAttributeValues: { ...FENCE_VALUES, ...values, ':now': { S: now.toISOString() } },
  })
  return item !== undefined
}

function removing(attributes: readonly string[]): string {
  return attributes.length === 0 ? '' : ` REMOVE ${attributes.join(', ')}`
}
