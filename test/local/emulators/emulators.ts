import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { onTestFinished } from 'vitest'
import { type Emulators, openEmulators } from '../../../local/emulators/emulators.ts'
import type { Invocable } from '../../../local/emulators/lambda-api.ts'

/** Unmodified clients that find the emulators by the environment that functions get. */
export function clientsOf(environment: Readonly<Record<string, string>>) {
  const { AWS_ENDPOINT_URL_SQS: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment
  const credentials = { accessKeyId: `${AWS_ACCESS_KEY_ID}`, secretAccessKey: `${AWS_SECRET_ACCESS_KEY}` }
  const settings = { endpoint: `${endpoint}`, region: `${region}`, credentials, maxAttempts: 1 }
  return {
    dynamoDb: new DynamoDBClient(settings),
    sqs: new SQSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    ssm: new SSMClient(settings),
    lambda: new LambdaClient(settings),
  }
}

/** Emulators on a folder, closed when the test is over unless it has closed them itself. */
export async function openForTest(
  dataDir: string,
  functions: ReadonlyMap<string, Invocable> = new Map(),
): Promise<Emulators & { close(): Promise<void> }> {
  const opened = new AsyncDisposableStack()
  const emulators = await openEmulators(dataDir, 0, (name) => functions.get(name), opened)
  const close = () => opened.disposeAsync()
  onTestFinished(close)
  return { ...emulators, close }
}
