import { Duration } from 'aws-cdk-lib'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Construct } from 'constructs'
import { nodeFunction, type Surroundings } from './node-function.ts'
import type { Parameters } from './parameters.ts'
import type { Queues } from './queue.ts'

export interface DispatchProps extends Surroundings {
  readonly prefix: string
  readonly parameters: Parameters
  readonly checkpoints: TableV2
  readonly poll: IFunction
  readonly queues: Queues
}

/**
 * The function that decides at every tick which sources are due, and starts a poll for each. It sees every configuration and
 * no secret: a SecureString among the configurations stays closed too, as it may not decrypt.
 */
export function dispatchFunction(scope: Construct, props: DispatchProps): NodejsFunction {
  const { delivery, ordered } = props.queues
  return nodeFunction(scope, 'Dispatch', {
    ...props,
    folder: 'dispatch',
    description: 'Decides at every tick which sources are due, and starts a poll for each',
    timeout: Duration.seconds(60),
    environment: {
      POLLHOOK_PREFIX: props.prefix,
      POLLHOOK_TABLE: props.checkpoints.tableName,
      POLLHOOK_QUEUE_URL: delivery.queueUrl,
      POLLHOOK_POLL_FUNCTION: props.poll.functionName,
      ...(ordered !== undefined && { POLLHOOK_ORDERED_QUEUE_URL: ordered.queueUrl }),
    },
    permissions: [
      props.parameters.list('sources'),
      props.parameters.list('destinations'),
      { sid: 'ReadCheckpoints', actions: ['dynamodb:BatchGetItem'], resources: [props.checkpoints.tableArn] },
      {
        sid: 'CountMessages',
        actions: ['sqs:GetQueueAttributes'],
        resources: (ordered === undefined ? [delivery] : [delivery, ordered]).map(({ queueArn }) => queueArn),
      },
      { sid: 'StartPolls', actions: ['lambda:InvokeFunction'], resources: [props.poll.functionArn] },
    ],
    // The next tick does what this one did not.
    asynchronous: { retryAttempts: 0, maxEventAge: Duration.seconds(60) },
  })
}
