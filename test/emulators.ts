import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { startDynamoDb } from '../local/emulators/dynamodb.ts'
import type { Emulator } from '../local/emulators/emulator.ts'
import { parameterStore } from '../local/emulators/parameter-store.ts'
import { Parameters } from '../local/emulators/parameters.ts'
import { startSqsAndS3 } from '../local/emulators/sqs-s3.ts'

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' }

/** DynamoDB with pollhook's table. */
export async function openTable(): Promise<{ client: DynamoDBClient; table: string; close: () => Promise<void> }> {
  const { endpoint, close } = await open(startDynamoDb)
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  await client.send(
    new CreateTableCommand({
      TableName: 'pollhook',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  )
  return { client, table: 'pollhook', close: closing(client, close) }
}

/** SQS with a delivery and a dead-letter queue, and S3 with a bucket. */
export async function openQueues(): Promise<{
  sqs: SQSClient
  s3: S3Client
  queueUrl: string
  deadLetterQueueUrl: string
  bucket: string
  close: () => Promise<void>
}> {
  const { endpoint, close } = await open(startSqsAndS3)
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, forcePathStyle: true })
  const create = async (name: string) => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
    return `${endpoint}${new URL(QueueUrl).pathname}`
  }
  await s3.send(new CreateBucketCommand({ Bucket: 'pollhook' }))
  return {
    sqs,
    s3,
    queueUrl: await create('delivery'),
    deadLetterQueueUrl: await create('dead-letters'),
    bucket: 'pollhook',
    close: closing(sqs, closing(s3, close)),
  }
}

/** Parameter Store. */
export async function openParameters(): Promise<{ ssm: SSMClient; close: () => Promise<void> }> {
  const { endpoint, close } = await open(async (folder) =>
    parameterStore(new Parameters(join(folder, 'parameters.json')), () => new Date()),
  )
  const ssm = new SSMClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  return { ssm, close: closing(ssm, close) }
}

/** Runs an emulator in a folder of its own, on a free port of 127.0.0.1. */
async function open(
  start: (folder: string) => Promise<Emulator>,
): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pollhook-test-'))
  const emulator = await start(folder)
  const server = createServer((request, response) => emulator.handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await emulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function closing(client: { destroy(): void }, close: () => Promise<void>): () => Promise<void> {
  return () => {
    client.destroy()
    return close()
  }
}
