import type { DatabaseSync } from 'node:sqlite'
import type { buildApp } from 'fauxqs'

/** What fauxqs keeps in memory, a copy of what is on disk. */
export type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>

type Queue = NonNullable<ReturnType<Stores['sqsStore']['getQueueByName']>>
type Persistence = NonNullable<Queue['persistence']>

/**
 * Opens the stores of fauxqs 2.4.1 on `<dataDir>/fauxqs.db`, with two of its mistakes mended.
 *
 * This is what its own `startFauxqs` does, but for the address: that one listens on every network interface, and queues hold
 * events. The classes are not exported, so they are loaded by file from the exactly pinned version.
 */
export async function openStores(dataDir: string): Promise<{ stores: Stores; close: () => void }> {
  const load = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href)
  const [{ PersistenceManager }, { SqsStore }, { SnsStore }, { S3Store }, { INVALID_MESSAGE_BODY_CHAR }] =
    await Promise.all([
      load('./persistence.js'),
      load('./sqs/sqsStore.js'),
      load('./sns/snsStore.js'),
      load('./s3/s3Store.js'),
      load('./sqs/sqsTypes.js'),
    ])
  const persistence: Persistence = new PersistenceManager(dataDir)
  keepReceiveCount(persistence)
  allowAllPlanes(INVALID_MESSAGE_BODY_CHAR)

  const stores: Stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() }
  // With a host set, queue URLs would name `sqs.<region>.<host>`, which does not resolve; without, they name the request's host.
  stores.sqsStore.host = ''
  persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store)
  stores.sqsStore.persistence = persistence
  stores.snsStore.persistence = persistence
  stores.s3Store.persistence = persistence
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence
  return { stores, close: () => persistence.close() }
}

/**
 * ChangeMessageVisibility with 0 seconds sets the stored receive count to null, which its own schema refuses: the request fails
 * and the message is gone until the next start.
 */
function keepReceiveCount(persistence: Persistence): void {
  const { db } = persistence as unknown as { db: DatabaseSync }
  const update = db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  )
  persistence.updateMessageReady = (messageId) => void update.run(messageId)
}

/**
 * The expression for what a body must not contain looks at halves of surrogate pairs, and so refuses every emoji. SQS takes
 * U+10000 to U+10FFFF:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
function allowAllPlanes(invalidCharacter: RegExp): void {
  const inAllPlanes = new RegExp(invalidCharacter.source.replace(']', '\\u{10000}-\\u{10FFFF}]'), 'u')
  invalidCharacter.test = (body) => inAllPlanes.test(body)
}
