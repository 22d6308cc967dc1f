import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'

/**
 * What every client has: three attempts in all, each given up after a while, because the SDK by itself waits for ever. Region,
 * credentials and, in a local run, endpoints come from the environment.
 */
function settings(requestTimeout: number) {
  return {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout, throwOnRequestTimeout: true },
  }
}

export function createDynamoDb(): DynamoDBClient {
  return new DynamoDBClient(settings(5_000))
}

/** Bodies are not hashed a second time: TLS protects them on their way, and MD5 of each costs more than building it. */
export function createSqs(): SQSClient {
  return new SQSClient({ ...settings(10_000), md5: false })
}

/** @param local true in a local run, whose buckets are not host names */
export function createS3(local: boolean): S3Client {
  return new S3Client({ ...settings(30_000), forcePathStyle: local })
}

export function createSsm(): SSMClient {
  return new SSMClient(settings(5_000))
}

export function createLambda(): LambdaClient {
  return new LambdaClient(settings(5_000))
}
