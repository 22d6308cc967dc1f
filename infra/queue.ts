import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import type { Key } from 'aws-cdk-lib/aws-kms'
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'

/** The longest that SQS keeps a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const RETENTION = Duration.days(14)

/** The most that SQS takes, said here because it was a quarter of that for years. The functions fill a message up to it. */
const MAX_MESSAGE_BYTES = 1_048_576

/**
 * A backstop against a message that kills its consumer. Retries end by time (`giveUpAfter`), and a message that waits behind an
 * open circuit is received over and over, so this is far above what an orderly message uses in 14 days.
 */
const MAX_RECEIVE_COUNT = 500

/** How many times the consumer's timeout a message stays hidden: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMEOUTS = 6

export interface Queues {
  /** Standard, because its messages carry a group (the destination), which makes it fair between destinations. */
  readonly delivery: Queue
  readonly deadLetters: Queue
  /** For destinations with `ordered`; undefined unless the deployment asks for it. */
  readonly ordered: Queue | undefined
}

export interface QueuesProps {
  /** The queues' names begin with it. */
  readonly name: string
  /** The time limit of the function that reads the delivery queue. */
  readonly consumerTimeout: Duration
  readonly key: Key | undefined
  /** Whether there is a queue that keeps the order. */
  readonly ordered: boolean
}

/**
 * The delivery queue and its dead-letter queue. Both outlive the stack: what is in them was taken from a vendor and has not
 * reached its receiver.
 */
export function queues(scope: Construct, { name, consumerTimeout, key, ordered }: QueuesProps): Queues {
  const kept: QueueProps = {
    retentionPeriod: RETENTION,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(key === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }),
  }
  // Each queue names the other, so one of the two names must be known before the queue exists.
  const deliveryName = `${name}-delivery`
  const deliveryArn = Stack.of(scope).formatArn({ service: 'sqs', resource: deliveryName })
  const deadLetters = new Queue(scope, 'DeadLetters', {
    ...kept,
    queueName: `${name}-dead-letters`,
    redriveAllowPolicy: {
      redrivePermission: RedrivePermission.BY_QUEUE,
      sourceQueues: [Queue.fromQueueArn(scope, 'DeadLettersOf', deliveryArn)],
    },
  })
  const visibilityTimeout = Duration.seconds(VISIBILITY_TIMEOUTS * consumerTimeout.toSeconds())
  const delivery = new Queue(scope, 'Delivery', {
    ...kept,
    queueName: deliveryName,
    visibilityTimeout,
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
  })
  return {
    delivery,
    deadLetters,
    ordered: ordered ? orderedQueue(scope, { ...kept, visibilityTimeout }, name) : undefined,
  }
}

/**
 * SQS shows no message of a group while one of it is hidden, and hides the first alone while it is tried again: of the 120,000 that may be
 * hidden at a time, one for each source of each destination (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html).
 */
function orderedQueue(scope: Construct, kept: QueueProps, name: string): Queue {
  const queue = new Queue(scope, 'Ordered', {
    ...kept,
    queueName: `${name}-ordered.fifo`,
    fifo: true,
    // By group, so that thousands of messages a second fit.
    deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
    fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason:
      'Its dead-letter queue would have to keep an order as well. The function itself moves what was received too often to the common dead-letter queue.',
  })
  return queue
}
