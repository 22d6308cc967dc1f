import type { DatabaseSync } from 'node:sqlite'
import { buildApp } from 'fauxqs'
import type { Emulator } from './emulator.ts'

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>
type Queue = NonNullable<ReturnType<Stores['sqsStore']['getQueueByName']>>
type Persistence = NonNullable<Queue['persistence']>

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
  const { stores, persistence } = await openStores(dataDir)
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
      persistence.close()
    },
  }
}

/**
 * What fauxqs's own `startFauxqs` does, but for its address: that one listens on every network interface, and queues hold
 * events. The classes are not exported, so they are loaded by file from the exactly pinned version.
 */
async function openStores(dataDir: string): Promise<{ stores: Stores; persistence: Persistence }> {
  const load = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href)
  const [{ PersistenceManager }, { SqsStore }, { SnsStore }, { S3Store }] = await Promise.all([
    load('./persistence.js'),
    load('./sqs/sqsStore.js'),
    load('./sns/snsStore.js'),
    load('./s3/s3Store.js'),
  ])
  const persistence: Persistence = new PersistenceManager(dataDir)
  keepReceiveCount(persistence)
  const stores: Stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() }
  // With a host set, queue URLs would name `sqs.<region>.<host>`, which does not resolve; without, they name the request's host.
  stores.sqsStore.host = ''
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store)
  stores.sqsStore.persistence = persistence
  stores.snsStore.persistence = persistence
  stores.s3Store.persistence = persistence
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence
  return { stores, persistence }
}

/**
 * fauxqs 2.4.1 answers ChangeMessageVisibility with 0 seconds by setting the stored receive count to null, which its own schema
 * refuses: the request fails and the message is gone until the next start.
 */
function keepReceiveCount(persistence: Persistence): void {
  const { db } = persistence as unknown as { db: DatabaseSync }
  const update = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  )
  persistence.updateMessageReady = (messageId) => void update.run(messageId)
}

function giveBack(store: Stores['sqsStore'], queueName: string, withinSeconds: number, now: Date): number {
  const queue = store.getQueueByName(queueName)
  if (queue === undefined) return 0
  const dueMs = now.getTime() + withinSeconds * 1000
  const held = [...queue.inflightMessages.values()].filter((entry) => entry.visibilityDeadline <= dueMs)
  for (const { receiptHandle } of held) queue.changeVisibility(receiptHandle, 0)
  return held.length
}
