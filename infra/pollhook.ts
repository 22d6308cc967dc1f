import { Duration, Stack } from 'aws-cdk-lib'
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch'
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Key } from 'aws-cdk-lib/aws-kms'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import { durationMs } from '../shared/contracts/settings.ts'
import { deploymentName } from '../shared/deployment-name.ts'
import { alarmMail } from './alarm-mail.ts'
import { alarms } from './alarms.ts'
import { checkpointTable } from './checkpoints.ts'
import { claimsBucket } from './claims.ts'
import { dashboard } from './dashboard.ts'
import { DELIVER_TIMEOUT, deliverFunction } from './deliver.ts'
import { dispatchFunction } from './dispatch.ts'
import { staticEgress } from './egress.ts'
import { customerKey } from './encryption.ts'
import { metricsOf } from './metrics.ts'
import { parametersUnder } from './parameters.ts'
import { pollFunction } from './poll.ts'
import { type PollhookProps, readProps } from './props.ts'
import { type Queues, queues } from './queue.ts'
import { tick } from './schedule.ts'

/**
 * Everything that pollhook needs in an account and Region: tick → dispatch → poll → queue → deliver.
 *
 * Sources, destinations and secrets are parameters that are no part of it. What holds data (table, queues, bucket, key, logs)
 * outlives it.
 */
export class Pollhook extends Construct {
  readonly prefix: string
  readonly checkpoints: TableV2
  readonly queues: Queues
  readonly claims: Bucket
  readonly dispatch: NodejsFunction
  readonly poll: NodejsFunction
  readonly deliver: NodejsFunction
  readonly dashboard: Dashboard
  /** With `encryption: 'customer'`. */
  readonly key: Key | undefined
  /** With `egress: 'static'`: where requests to vendors and receivers come from. */
  readonly egressAddress: string | undefined

  /** @throws InvalidProps when a value cannot be deployed */
  constructor(scope: Construct, id: string, props: PollhookProps = {}) {
    super(scope, id)
    const choices = readProps(props)
    const { prefix, secretsManagerArns, destinationArns, maxConcurrency } = choices
    const name = deploymentName(prefix)
    this.prefix = prefix

    this.key = choices.encryption === 'customer' ? customerKey(this) : undefined
    this.checkpoints = checkpointTable(this, name, this.key)
    const ordered = choices.orderedDelivery
    this.queues = queues(this, { name, consumerTimeout: DELIVER_TIMEOUT, key: this.key, ordered })
    this.claims = claimsBucket(this, this.key)

    const egress = choices.egress === 'static' ? staticEgress(this, this.key) : undefined
    this.egressAddress = egress?.address
    const { key, checkpoints, queues: both, claims } = this
    const shared = { prefix, parameters: parametersUnder(this, prefix), checkpoints, key }
    const worker = { ...shared, secretsManagerArns, queues: both, claims, network: egress?.network }
    this.poll = pollFunction(this, worker)
    this.deliver = deliverFunction(this, { ...worker, destinationArns, maxConcurrency })
    this.dispatch = dispatchFunction(this, { ...shared, poll: this.poll, queues: both })
    tick(this, this.dispatch)

    const maxLag = Duration.millis(durationMs(choices.lagAlarm) ?? 0)
    const metrics = metricsOf(name)
    const watched = alarms(new Construct(this, 'Alarms'), { ...this, metrics, maxLag })
    if (choices.alarmEmail !== undefined) alarmMail(this, choices.alarmEmail, watched, key)
    this.dashboard = dashboard(this, {
      alarms: watched,
      metrics,
      queues: both,
      functions: [this.dispatch, this.poll, this.deliver],
    })
    this.#tellCommandLine()
  }

  /**
   * How the command line finds this deployment from its prefix. It is also why one prefix cannot be deployed twice: the second
   * one would have to make the same parameter.
   */
  #tellCommandLine(): void {
    new StringParameter(this, 'Deployment', {
      parameterName: `${this.prefix}/deployment`,
      description: 'What pollhook deployed, for its command line',
      stringValue: Stack.of(this).toJsonString({
        table: this.checkpoints.tableName,
        queueUrl: this.queues.delivery.queueUrl,
        deadLetterQueueUrl: this.queues.deadLetters.queueUrl,
        bucket: this.claims.bucketName,
        ...(this.queues.ordered !== undefined && { orderedQueueUrl: this.queues.ordered.queueUrl }),
      }),
    })
  }
}
