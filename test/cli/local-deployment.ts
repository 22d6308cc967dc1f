import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DataDir } from '../../local/data-dir.ts'
import { startDynamoDb } from '../../local/emulators/dynamodb.ts'
import { openGateway } from '../../local/emulators/gateway.ts'
import { parameterStore } from '../../local/emulators/parameter-store.ts'
import { Parameters } from '../../local/emulators/parameters.ts'
import { startSqsAndS3 } from '../../local/emulators/sqs-s3.ts'

/** A deployment without functions, which the command line finds by `--local --data <dataDir>`. */
export interface LocalDeployment {
  readonly dataDir: string
  readonly parameters: Parameters
  readonly dynamoDb: DynamoDBClient
  readonly table: string
  readonly sqs: SQSClient
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  /** Adds the queue that keeps the order. @returns its URL */
  keepOrder(): Promise<string>
  close(): Promise<void>
}

const TABLE = 'pollhook-checkpoints'

export async function openLocalDeployment(): Promise<LocalDeployment> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pollhook-cli-'))
  const lock = DataDir.take(dataDir)
  const parameters = new Parameters(join(dataDir, 'parameters.json'))
  const [dynamo, sqsAndS3] = [await startDynamoDb(dataDir), await startSqsAndS3(dataDir)]
  const services = { dynamoDb: dynamo, sqsAndS3, parameterStore: parameterStore(parameters, () => new Date()) }
  const lambda = { handle: () => {}, close: async () => {} }
  const gateway = await openGateway({ ...services, lambda }, 0)

  const { AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = gateway.environment
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
  const config = { endpoint: gateway.endpoint, region: AWS_REGION, credentials }
  const [dynamoDb, sqs] = [new DynamoDBClient(config), new SQSClient(config)]
  await createTable(dynamoDb)
  const queueUrl = await createQueue(sqs, 'delivery', gateway.endpoint)
  const deadLetterQueueUrl = await createQueue(sqs, 'dead-letters', gateway.endpoint)
  const outputs = { CheckpointTable: TABLE, DeliveryQueueUrl: queueUrl, DeadLetterQueueUrl: deadLetterQueueUrl }
  const { endpoint, environment } = gateway
  const announce = (more: Readonly<Record<string, string>>) =>
    lock.announce({
      pid: process.pid,
      startedAt: new Date().toISOString(),
      endpoint,
      environment: { ...environment },
      outputs: { ...outputs, ...more },
    })
  announce({})

  return {
    dataDir,
    parameters,
    dynamoDb,
    table: TABLE,
    sqs,
    queueUrl,
    deadLetterQueueUrl,
    async keepOrder() {
      const OrderedQueueUrl = await createQueue(sqs, 'ordered.fifo', endpoint, { FifoQueue: 'true' })
      announce({ OrderedQueueUrl })
      return OrderedQueueUrl
    },
    async close() {
      dynamoDb.destroy()
      sqs.destroy()
      await gateway.close()
      await Promise.all([dynamo.close(), sqsAndS3.close()])
      lock.release()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const keys = [
    { name: 'pk', role: 'HASH' },
    { name: 'sk', role: 'RANGE' },
  ] as const
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map(({ name, role }) => ({ AttributeName: name, KeyType: role })),
      AttributeDefinitions: keys.map(({ name }) => ({ AttributeName: name, AttributeType: 'S' })),
    }),
  )
}

async function createQueue(
  sqs: SQSClient,
  name: string,
  endpoint: string,
  attributes: Record<string, string> = {},
): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
  return `${endpoint}${new URL(QueueUrl).pathname}`
}
