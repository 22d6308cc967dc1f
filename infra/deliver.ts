import { Duration } from 'aws-cdk-lib'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { CLAIMS } from './claims.ts'
import { destinationPermissions } from './destination-arns.ts'
import { nodeFunction, type Surroundings } from './node-function.ts'
import type { Parameters } from './parameters.ts'
import type { Permission } from './permission.ts'
import type { Queues } from './queue.ts'

/** The time limit of `deliver`; the queue derives how long a message stays hidden from it. */
export const DELIVER_TIMEOUT = Duration.seconds(60)

export interface DeliverProps extends Surroundings {
  readonly prefix: string
  readonly parameters: Parameters
  readonly secretsManagerArns: readonly string[]
  readonly checkpoints: TableV2
  readonly queues: Queues
  readonly claims: Bucket
  /** What the destinations in AWS are. */
  readonly destinationArns: readonly string[]
  /** How many invocations may run at once. */
  readonly maxConcurrency: number
}

/**
 * The function that posts what is in the queue, and the mapping that feeds it. It may not send to the queue it reads: Lambda
 * stops such a loop after some 16 rounds, silently (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
 * What is to be tried again stays in the queue.
 */
export function deliverFunction(scope: Construct, props: DeliverProps): NodejsFunction {
  const { delivery, ordered } = props.queues
  const fed = ordered === undefined ? [delivery] : [delivery, ordered]
  const deliver = nodeFunction(scope, 'Deliver', {
    ...props,
    folder: 'deliver',
    description: 'Posts what is in the queue to its destination',
    timeout: DELIVER_TIMEOUT,
    environment: {
      POLLHOOK_PREFIX: props.prefix,
      POLLHOOK_TABLE: props.checkpoints.tableName,
      POLLHOOK_QUEUE_URL: props.queues.delivery.queueUrl,
      POLLHOOK_DEAD_LETTER_QUEUE_URL: props.queues.deadLetters.queueUrl,
      POLLHOOK_BUCKET: props.claims.bucketName,
      ...(ordered !== undefined && { POLLHOOK_ORDERED_QUEUE_URL: ordered.queueUrl }),
    },
    permissions: permissions(props, fed),
  })
  // No filter: what a filter does not match is deleted. No reserved concurrency: a throttled batch uses up receives.
  for (const queue of fed) {
    new EventSourceMapping(scope, queue === delivery ? 'DeliverFromQueue' : 'DeliverInOrder', {
      target: deliver,
      eventSourceArn: queue.queueArn,
      // In order, one after the other: so a message is received when nothing stands in front of it, and not before. The time since
      // its first receipt is how long it has been tried, and one that kills the function uses up no other's receives.
      batchSize: queue === delivery ? 10 : 1,
      reportBatchItemFailures: true,
      maxConcurrency: props.maxConcurrency,
    })
  }
  return deliver
}

function permissions(
  { parameters, secretsManagerArns, destinationArns, checkpoints, queues, claims }: DeliverProps,
  fed: readonly IQueue[],
): Permission[] {
  return [
    parameters.destinations(),
    ...parameters.secretsExcept('sources'),
    ...parameters.secretsManager(secretsManagerArns),
    ...destinationPermissions(destinationArns),
    {
      sid: 'KeepProgress',
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [checkpoints.tableArn],
    },
    {
      sid: 'Consume',
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
      resources: fed.map(({ queueArn }) => queueArn),
    },
    { sid: 'GiveUp', actions: ['sqs:SendMessage'], resources: [queues.deadLetters.queueArn] },
    {
      sid: 'ReadAndWriteClaims',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [claims.arnForObjects(`${CLAIMS}*`)],
      wildcard:
        'An object for each message or dead letter that is too big for its queue, under a name that is made when it is written.',
    },
    // Who may not list is told "forbidden" where an object is gone, and would try again for ever. A condition on s3:prefix
    // would have the same effect. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    { sid: 'TellGoneFromForbidden', actions: ['s3:ListBucket'], resources: [claims.bucketArn] },
  ]
}
