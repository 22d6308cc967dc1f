import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { respond } from './body.ts'
import { type Emulator, REGION } from './emulator.ts'
import { INVOKE_PATH } from './lambda-api.ts'

/** Longer than a minute, so that a function that is invoked at every tick finds its connections open. */
const KEEP_ALIVE_MS = 90_000

/** The emulated services, as the gateway tells them apart. */
export interface Services {
  readonly dynamoDb: Emulator
  readonly sqsAndS3: Emulator
  readonly parameterStore: Emulator
  readonly lambda: Emulator
}

export interface Gateway {
  /** `http://127.0.0.1:<port>`, for every service. */
  readonly endpoint: string
  /** What an AWS SDK or the AWS command line needs in its environment to talk to the emulators. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/**
 * One address on 127.0.0.1 for all emulated services. Requests must carry this run's own access key (signatures are not
 * checked): secrets can be read here, and neither another user of the machine nor a web page in a browser may.
 *
 * @param port 0 for any free port
 * @throws Error that says so when the port is in use
 */
export async function openGateway(services: Services, port: number): Promise<Gateway> {
  const accessKeyId = `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`
  const server = createServer((request, response) => {
    // A function that is killed in the middle of a request is everyday life; whatever else fails, the SDK tries again.
    answer(services, accessKeyId, request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Cannot listen on port ${port} of 127.0.0.1: found it in use by another program`, { cause: error })
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint,
    environment: clientEnvironment(endpoint, accessKeyId),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  services: Services,
  accessKeyId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (isAuthorized(request, accessKeyId)) return route(services, request).handle(request, response)
  request.resume()
  respond(response, 403, '{"__type":"UnrecognizedClientException","message":"Not the access key of this run"}')
}

function isAuthorized(request: IncomingMessage, accessKeyId: string): boolean {
  return (
    request.headers.origin === undefined && `${request.headers.authorization}`.includes(`Credential=${accessKeyId}/`)
  )
}

function route(services: Services, request: IncomingMessage): Emulator {
  const target = `${request.headers['x-amz-target'] ?? ''}`
  if (target.startsWith('DynamoDB_')) return services.dynamoDb
  if (target.startsWith('AmazonSSM.')) return services.parameterStore
  if (INVOKE_PATH.test(request.url ?? '')) return services.lambda
  return services.sqsAndS3
}

function clientEnvironment(endpoint: string, accessKeyId: string): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
  }
}
