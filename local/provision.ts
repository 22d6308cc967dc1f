import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { BucketPlan, Plan, QueuePlan, TablePlan } from './plan.ts'

/** The clients that talk to the emulators. */
export interface Clients {
  readonly dynamoDb: DynamoDBClient
  readonly sqs: SQSClient
  readonly s3: S3Client
}

/** Creates what the plan describes and is not there yet; queues that are there get the plan's attributes. */
export async function provision(plan: Plan, clients: Clients): Promise<void> {
  await Promise.all([
    ...plan.tables.map((table) => createTable(table, clients.dynamoDb)),
    ...plan.buckets.map((bucket) => createBucket(bucket, clients.s3)),
  ])
  // A redrive policy may name a queue that comes later, so all queues are made before any attribute is set.
  for (const queue of plan.queues) await createQueue(queue, clients.sqs)
  for (const queue of plan.queues) await setAttributes(queue, clients.sqs)
}

async function createTable(table: TablePlan, dynamoDb: DynamoDBClient): Promise<void> {
  if ((await statusOf(table, dynamoDb)) === undefined) {
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: table.name,
        AttributeDefinitions: table.keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: table.keys.map(({ name }, index) => ({
          AttributeName: name,
          KeyType: index === 0 ? 'HASH' : 'RANGE',
        })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
  }
  if (await becomesActive(table, dynamoDb)) return
  // A kill at the wrong moment leaves a table in creation for ever. Any update ends in ACTIVE; capacity means nothing here.
  const capacity = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
  await dynamoDb.send(
    new UpdateTableCommand({ TableName: table.name, BillingMode: 'PROVISIONED', ProvisionedThroughput: capacity }),
  )
  if (!(await becomesActive(table, dynamoDb)))
    throw new Error(`Cannot create the table ${table.name}: found it not active`)
}

async function becomesActive(table: TablePlan, dynamoDb: DynamoDBClient): Promise<boolean> {
  for (let looks = 0; looks < 20; looks++) {
    if ((await statusOf(table, dynamoDb)) === 'ACTIVE') return true
    await sleep(50)
  }
  return false
}

/** @returns undefined when there is no such table */
async function statusOf(table: TablePlan, dynamoDb: DynamoDBClient): Promise<string | undefined> {
  try {
    return (await dynamoDb.send(new DescribeTableCommand({ TableName: table.name }))).Table?.TableStatus
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

async function createQueue(queue: QueuePlan, sqs: SQSClient): Promise<void> {
  try {
    await sqs.send(new GetQueueUrlCommand({ QueueName: queue.name }))
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error
    const attributes = queue.keepsOrder ? { Attributes: { FifoQueue: 'true' } } : {}
    await sqs.send(new CreateQueueCommand({ QueueName: queue.name, ...attributes }))
  }
}

async function setAttributes(queue: QueuePlan, sqs: SQSClient): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue.name }))
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { ...queue.attributes } }))
}

/** In S3 as here, making a bucket that is one's own already changes nothing. */
async function createBucket(bucket: BucketPlan, s3: S3Client): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket.name }))
}
