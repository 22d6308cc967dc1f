import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { type Fleet, readFleet } from '../functions/dispatch/fleet.ts'
import { circuitStore } from '../shared/aws/circuit-store.ts'
import { gapStore } from '../shared/aws/gap-store.ts'
import { sourceStates } from '../shared/aws/source-state.ts'
import type { Circuit } from '../shared/circuit.ts'
import type { Deployment } from './deployment.ts'
import { type SourceStatus, sourceStatus } from './source-status.ts'

/** Everything about a deployment that somebody who is asked "is it well?" needs. */
export interface Overview {
  readonly sources: readonly SourceStatus[]
  readonly destinations: readonly DestinationStatus[]
  /** One line for each parameter that cannot be used. */
  readonly problems: readonly string[]
  readonly queue: QueueDepth
  readonly deadLetters: number
}

export interface DestinationStatus {
  readonly id: string
  /** Why nothing is sent but a probe now and then; undefined while all is well. */
  readonly held: { readonly reason: string; readonly since: string; readonly nextProbeAt: string } | undefined
  readonly throttledUntil: string | undefined
}

/** As SQS counts, which is approximately. */
interface QueueDepth {
  readonly waiting: number
  /** Being delivered, or hidden until their next attempt. */
  readonly inFlight: number
}

export async function overview(deployment: Deployment, now: Date): Promise<Overview> {
  const fleet = await fleetOf(deployment)
  const [sources, destinations, queue, dead] = await Promise.all([
    sourcesOf(fleet, deployment, now),
    destinationsOf(fleet, deployment, now),
    depthOf(deployment.sqs, deployment.queueUrl),
    depthOf(deployment.sqs, deployment.deadLetterQueueUrl),
  ])
  return { sources, destinations, problems: fleet.problems, queue, deadLetters: dead.waiting + dead.inFlight }
}

async function fleetOf({ parameters, prefix, local }: Deployment): Promise<Fleet> {
  const [sources, destinations] = await Promise.all([
    parameters.below(`${prefix}/sources`),
    parameters.below(`${prefix}/destinations`),
  ])
  return readFleet({ prefix, sources, destinations }, local)
}

async function sourcesOf(fleet: Fleet, { dynamoDb, table }: Deployment, now: Date): Promise<SourceStatus[]> {
  const { states, unreadable } = await sourceStates(dynamoDb, table).read(fleet.sources.map(({ config }) => config.id))
  const gaps = gapStore(dynamoDb, table)
  return Promise.all(
    fleet.sources.map(async (source) => {
      const { id } = source.config
      return sourceStatus(source, unreadable.get(id) ?? states.get(id), (await gaps.list(id)).length, now)
    }),
  )
}

async function destinationsOf(fleet: Fleet, { dynamoDb, table }: Deployment, now: Date): Promise<DestinationStatus[]> {
  const circuits = await circuitStore(dynamoDb, table).readAll(fleet.destinationIds)
  return fleet.destinationIds.map((id) => destinationStatus(id, circuits.get(id), now))
}

function destinationStatus(id: string, circuit: Circuit | undefined, now: Date): DestinationStatus {
  const { open, throttledUntil } = circuit ?? {}
  const held = open && { reason: open.reason, since: open.since, nextProbeAt: open.nextProbeAt }
  const throttled = throttledUntil !== undefined && Date.parse(throttledUntil) > now.getTime()
  return { id, held, throttledUntil: throttled ? throttledUntil : undefined }
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
