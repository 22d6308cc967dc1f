import { buildApp } from 'fauxqs'
import type { Emulator } from './emulator.ts'
import { openStores, type Stores } from './fauxqs.ts'

export interface SqsAndS3 extends Emulator {
  /**
   * Makes the messages visible that were handed out and are due back within `withinSeconds`: the consumer that had them is
   * known to be dead. Messages put off for longer stay as they are.
   *
   * @returns how many there were
   */
  giveBack(queueName: string, withinSeconds: number, now: Date): number
}

/**
 * SQS and S3 on disk: fauxqs over SQLite in `<dataDir>/fauxqs.db`. Every message, in-flight state and receive count is committed
 * before it is answered.
 *
 * Missing, compared with AWS: fair queues (a MessageGroupId is accepted and dropped), StartMessageMoveTask, retention periods.
 */
export async function startSqsAndS3(dataDir: string): Promise<SqsAndS3> {
  const { stores, close } = await openStores(dataDir)
  const app = buildApp({ logger: false, stores })
  await app.ready()

  return {
    handle(request, response) {
      // A queue URL names the path; fauxqs serves its JSON protocol on `/` alone and reads the queue's name from the body.
      if (request.headers['x-amz-target'] !== undefined) request.url = '/'
      app.server.emit('request', request, response)
    },
    giveBack: (queueName, withinSeconds, now) => giveBack(stores.sqsStore, queueName, withinSeconds, now),
    async close() {
      await app.close()
      close()
    },
  }
}

function giveBack(store: Stores['sqsStore'], queueName: string, withinSeconds: number, now: Date): number {
  const queue = store.getQueueByName(queueName)
  if (queue === undefined) return 0
  const dueMs = now.getTime() + withinSeconds * 1000
  const held = [...queue.inflightMessages.values()].filter((entry) => entry.visibilityDeadline <= dueMs)
  for (const { receiptHandle } of held) queue.changeVisibility(receiptHandle, 0)
  return held.length
}
