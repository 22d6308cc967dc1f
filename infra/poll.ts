import { Duration } from 'aws-cdk-lib'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { CLAIMS } from './claims.ts'
import { nodeFunction, type Surroundings } from './node-function.ts'
import type { Parameters } from './parameters.ts'
import type { Queues } from './queue.ts'

export interface PollProps extends Surroundings {
  readonly prefix: string
  readonly parameters: Parameters
  readonly secretsManagerArns: readonly string[]
  readonly checkpoints: TableV2
  readonly queues: Queues
  readonly claims: Bucket
}

/**
 * The function that reads one source and puts what is new into the queue. It may not invoke a function, itself included, so a
 * run that does not finish cannot call the next one: the next tick does.
 */
export function pollFunction(scope: Construct, props: PollProps): NodejsFunction {
  const { delivery, deadLetters, ordered } = props.queues
  return nodeFunction(scope, 'Poll', {
    ...props,
    folder: 'poll',
    description: 'Reads one source, and puts what is new into the queue',
    timeout: Duration.seconds(300),
    environment: {
      POLLHOOK_PREFIX: props.prefix,
      POLLHOOK_TABLE: props.checkpoints.tableName,
      POLLHOOK_QUEUE_URL: delivery.queueUrl,
      POLLHOOK_DEAD_LETTER_QUEUE_URL: deadLetters.queueUrl,
      POLLHOOK_BUCKET: props.claims.bucketName,
      ...(ordered !== undefined && { POLLHOOK_ORDERED_QUEUE_URL: ordered.queueUrl }),
    },
    permissions: [
      ...props.parameters.secretsExcept('destinations'),
      ...props.parameters.secretsManager(props.secretsManagerArns),
      {
        sid: 'KeepCheckpoints',
        actions: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        resources: [props.checkpoints.tableArn],
      },
      {
        sid: 'Enqueue',
        actions: ['sqs:SendMessage'],
        resources: [delivery, deadLetters, ...(ordered === undefined ? [] : [ordered])].map(({ queueArn }) => queueArn),
      },
      {
        sid: 'WriteClaims',
        actions: ['s3:PutObject'],
        resources: [props.claims.arnForObjects(`${CLAIMS}*`)],
        wildcard:
          'An object for each message that is too big for the queue, under a name that is made when it is written.',
      },
    ],
    // The next tick starts it again, and the lease keeps two runs apart.
    asynchronous: { retryAttempts: 0, maxEventAge: Duration.seconds(60) },
  })
}
