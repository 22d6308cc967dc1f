import { join } from 'node:path'
import { startDynamoDb } from './dynamodb.ts'
import { type Gateway, openGateway } from './gateway.ts'
import { type Invocable, lambdaApi } from './lambda-api.ts'
import { parameterStore } from './parameter-store.ts'
import { Parameters } from './parameters.ts'
import { type SqsAndS3, startSqsAndS3 } from './sqs-s3.ts'

export interface Emulators {
  readonly gateway: Gateway
  readonly sqsAndS3: SqsAndS3
  readonly parameters: Parameters
}

/**
 * Opens all emulated services at one address.
 *
 * @param port 0 for any free port
 * @param find the functions that may be invoked, by name
 * @param opened closes them again, after what is opened later
 */
export async function openEmulators(
  dataDir: string,
  port: number,
  find: (functionName: string) => Invocable | undefined,
  opened: AsyncDisposableStack,
): Promise<Emulators> {
  const dynamoDb = await startDynamoDb(dataDir)
  opened.defer(() => dynamoDb.close())
  const sqsAndS3 = await startSqsAndS3(dataDir)
  opened.defer(() => sqsAndS3.close())
  const parameters = new Parameters(join(dataDir, 'parameters.json'))
  const services = {
    dynamoDb,
    sqsAndS3,
    parameterStore: parameterStore(parameters, () => new Date()),
    lambda: lambdaApi(find),
  }
  const gateway = await openGateway(services, port)
  opened.defer(() => gateway.close())
  return { gateway, sqsAndS3, parameters }
}
