import { once } from 'node:events'
import { join } from 'node:path'
import dynalite from 'dynalite'
import type { Emulator } from './emulator.ts'

/**
 * DynamoDB on disk: dynalite over LevelDB in `<dataDir>/dynamodb`. Every write is in the operating system's hands when it is
 * answered, so it survives `kill -9`.
 *
 * Missing, compared with AWS: transactions, time to live (see `expiry.ts`) and the item of a failed condition.
 */
export async function startDynamoDb(dataDir: string): Promise<Emulator> {
  const server = dynalite({ path: join(dataDir, 'dynamodb'), createTableMs: 0 })
  // dynalite closes its database only together with a listening server. Nobody is told of this port.
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    handle(request, response) {
      server.emit('request', request, response)
      // dynalite throws when a client goes away before its answer, which here is a function that was killed at its time limit.
      request.removeAllListeners('error')
      request.on('error', () => {})
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined || error === null ? resolve() : reject(error)))
      }),
  }
}
