import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { choked } from '../functions/dispatch/back-pressure.ts'
import { type Fleet, readFleet, type Trees } from '../functions/dispatch/fleet.ts'
import { circuitStore } from '../shared/aws/circuit-store.ts'
import { gapStore } from '../shared/aws/gap-store.ts'
import { sourceStates } from '../shared/aws/source-state.ts'
import { type Circuit, CLOSED, isFailing, isProbed, isThrottled } from '../shared/circuit.ts'
import type { Deployment } from './deployment.ts'
import { type SourceStatus, sourceStatus } from './source-status.ts'

/** Everything about a deployment that somebody who is asked "is it well?" needs. */
export interface Overview {
  readonly sources: readonly SourceStatus[]
  readonly destinations: readonly DestinationStatus[]
  /** One line for each parameter that cannot be used. */
  readonly problems: readonly string[]
  readonly queue: QueueDepth
  /** The queue that keeps the order; undefined where the deployment has none. */
  readonly orderedQueue: QueueDepth | undefined
  readonly deadLetters: number
}

export interface DestinationStatus {
  readonly id: string
  /** Why nothing is sent but a probe now and then; undefined while all is well. */
  readonly held: { readonly reason: string; readonly since: string; readonly nextProbeAt: string } | undefined
  /** Since when it has answered with errors, or not at all, whatever it was sent. */
  readonly failingSince: string | undefined
  readonly throttledUntil: string | undefined
}

/** As SQS counts, which is approximately. */
interface QueueDepth {
  readonly waiting: number
  /** Being delivered, or hidden until their next attempt. In a queue that keeps the order, the first of each row alone. */
  readonly inFlight: number
}

export async function overview(deployment: Deployment, now: Date): Promise<Overview> {
  const { dynamoDb, table, sqs, queueUrl, deadLetterQueueUrl, orderedQueueUrl } = deployment
  const trees = await treesOf(deployment)
  const fleet = readFleet(trees, deployment.local)
  const [circuits, queue, orderedQueue, dead] = await Promise.all([
    circuitStore(dynamoDb, table).readAll([...trees.destinations.keys()]),
    depthOf(sqs, queueUrl),
    orderedQueueUrl === undefined ? undefined : depthOf(sqs, orderedQueueUrl),
    depthOf(sqs, deadLetterQueueUrl),
  ])
  const depth = [queue, orderedQueue].reduce((sum, of) => sum + (of?.waiting ?? 0) + (of?.inFlight ?? 0), 0)
  return {
    sources: await sourcesOf(fleet, choked(circuits, depth, now), deployment, now),
    destinations: destinationsOf(fleet, circuits, now),
    problems: [...fleet.problems, ...(orderedQueueUrl === undefined ? withoutOrder(fleet) : [])],
    queue,
    orderedQueue,
    deadLetters: dead.waiting + dead.inFlight,
  }
}

/** What a deployment without a queue that keeps the order cannot do. The runs of their sources fail, and miss nothing. */
function withoutOrder({ sources }: Fleet): string[] {
  const routes = sources.flatMap((source) => source.routes)
  const ids = new Set(routes.flatMap(({ id, ordered }) => (ordered === true ? [id] : [])))
  const found = 'found no queue that keeps the order, wanted a deployment with orderedDelivery'
  return [...ids].map((id) => `Cannot send to destination ${id} in order: ${found}`)
}

async function treesOf({ parameters, prefix }: Deployment): Promise<Trees> {
  const [listed, destinations] = await Promise.all([
    parameters.listed(`${prefix}/sources`),
    parameters.below(`${prefix}/destinations`),
  ])
  const sources = new Map([...listed].map(([id, { value }]) => [id, value]))
  const changedAt = new Map([...listed].map(([id, { changedAt }]) => [id, changedAt]))
  return { prefix, sources, destinations, changedAt }
}

async function sourcesOf(
  fleet: Fleet,
  choked: ReadonlySet<string>,
  { dynamoDb, table }: Deployment,
  now: Date,
): Promise<SourceStatus[]> {
  const { states, unreadable } = await sourceStates(dynamoDb, table).read(fleet.sources.map(({ config }) => config.id))
  const gaps = gapStore(dynamoDb, table)
  return Promise.all(
    fleet.sources.map(async (source) => {
      const { id } = source.config
      const state = unreadable.get(id) ?? states.get(id)
      return sourceStatus(source, state, { gaps: (await gaps.list(id)).length, choked, now })
    }),
  )
}

/** Those that can be used, and those that cannot, or are not configured any more, while messages for them wait. */
function destinationsOf(fleet: Fleet, circuits: ReadonlyMap<string, Circuit>, now: Date): DestinationStatus[] {
  const waiting = [...circuits].filter(([, circuit]) => isProbed(circuit, now)).map(([id]) => id)
  const ids = new Set([...fleet.destinationIds, ...waiting])
  return [...ids].map((id) => destinationStatus(id, circuits.get(id) ?? CLOSED, now))
}

function destinationStatus(id: string, circuit: Circuit, now: Date): DestinationStatus {
  const { open, overdue, throttledUntil } = circuit
  return {
    id,
    held: open && { reason: open.reason, since: open.since, nextProbeAt: open.nextProbeAt },
    failingSince: open === undefined && isFailing(circuit, now) ? (overdue?.takenAt ?? overdue?.since) : undefined,
    throttledUntil: isThrottled(circuit, now) ? throttledUntil : undefined,
  }
}

async function depthOf(sqs: SQSClient, QueueUrl: string): Promise<QueueDepth> {
  const { Attributes: counts = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  )
  return {
    waiting: Number(counts.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(counts.ApproximateNumberOfMessagesNotVisible ?? 0),
  }
}
