import { CfnOutput, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { deploymentName } from '../shared/deployment-name.ts'
import { Pollhook } from './pollhook.ts'
import type { Choices } from './props.ts'

/** The stack of one prefix, and what a person needs to know of it. Account and Region are those of the credentials. */
export class PollhookStack extends Stack {
  readonly pollhook: Pollhook

  constructor(scope: Construct, choices: Choices) {
    super(scope, deploymentName(choices.prefix).replaceAll('_', '-'), {
      description: 'pollhook: polls SaaS audit logs and posts every event to your webhook or SIEM',
    })
    this.pollhook = new Pollhook(this, 'Pollhook', choices)

    const { prefix, checkpoints, queues, claims, dashboard, key, egressAddress } = this.pollhook
    const outputs = {
      Prefix: prefix,
      CheckpointTable: checkpoints.tableName,
      DeliveryQueueUrl: queues.delivery.queueUrl,
      DeadLetterQueueUrl: queues.deadLetters.queueUrl,
      ...(queues.ordered === undefined ? {} : { OrderedQueueUrl: queues.ordered.queueUrl }),
      ClaimsBucket: claims.bucketName,
      DashboardUrl: `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}#dashboards/dashboard/${dashboard.dashboardName}`,
      ...(key === undefined ? {} : { KeyArn: key.keyArn }),
      ...(egressAddress === undefined ? {} : { EgressAddress: egressAddress }),
    }
    for (const [id, value] of Object.entries(outputs)) new CfnOutput(this, id, { value })
  }
}
