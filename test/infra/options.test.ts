import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { propsFromContext } from '../../infra/props.ts'
import { permissionsOf, type Resource, resourcesOf, stackOf, textOf, the } from './template.ts'

const plain = resourcesOf()
const ROLES = ['DispatchRole', 'PollRole', 'DeliverRole']

/** What a role may do with these resources that it may not do without the option. */
function added(resources: Record<string, Resource>, role: string): string[] {
  const before = new Set(permissionsOf(plain, role))
  return permissionsOf(resources, role).filter((line) => !before.has(line))
}

describe("encryption: 'customer'", () => {
  const encrypted = resourcesOf({ encryption: 'customer', alarmEmail: 'oncall@example.com' })
  const keyOf = (name: string, property: string) => textOf(the(encrypted, name).Properties[property])

  it('makes a key that is rotated', () => {
    expect(the(encrypted, 'Key').Properties.EnableKeyRotation).toBe(true)
  })

  it('encrypts the table, the queues, the bucket, the logs and the alarm topic with it', () => {
    expect(the(encrypted, 'Checkpoints').Properties).toMatchObject({
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        { SSESpecification: { KMSMasterKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^PollhookKey/), 'Arn'] } } },
      ],
    })
    for (const queue of ['Delivery', 'DeadLetters']) expect(keyOf(queue, 'KmsMasterKeyId')).toBe('Key.Arn')
    for (const log of ['DispatchLog', 'PollLog', 'DeliverLog']) expect(keyOf(log, 'KmsKeyId')).toBe('Key.Arn')
    expect(keyOf('AlarmMail', 'KmsMasterKeyId')).toBe('Key.Arn')
    expect(JSON.stringify(the(encrypted, 'Claims').Properties.BucketEncryption)).toContain('"SSEAlgorithm":"aws:kms"')
  })

  it.each(ROLES)('lets %s use it, without a wildcard, and only by way of the services that hold data', (role) => {
    expect(added(encrypted, role)).toEqual([
      'Allow kms:Decrypt on Key.Arn',
      'Allow kms:DescribeKey on Key.Arn',
      'Allow kms:Encrypt on Key.Arn',
      'Allow kms:GenerateDataKey on Key.Arn',
      'Allow kms:GenerateDataKeyWithoutPlaintext on Key.Arn',
      'Allow kms:ReEncryptFrom on Key.Arn',
      'Allow kms:ReEncryptTo on Key.Arn',
    ])
    const { Statement } = the(encrypted, `${role}DefaultPolicy`).Properties.PolicyDocument as {
      Statement: { Sid?: string; Condition?: { StringEquals: { 'kms:ViaService': unknown[] } } }[]
    }
    const use = Statement.find(({ Sid }) => Sid === 'UseTheKey')
    expect(use?.Condition?.StringEquals['kms:ViaService'].map(textOf)).toEqual([
      'dynamodb.AWS::Region.AWS::URLSuffix',
      'sqs.AWS::Region.AWS::URLSuffix',
      's3.AWS::Region.AWS::URLSuffix',
      'ssm.AWS::Region.AWS::URLSuffix',
    ])
  })

  it('lets log groups of this account, and alarms, use it', () => {
    expect(the(encrypted, 'Key').Properties.KeyPolicy).toMatchObject({
      Statement: [
        { Action: 'kms:*' },
        { Sid: 'LogGroups', Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } } },
        { Sid: 'AlarmsPublish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
      ],
    })
  })
})

describe("egress: 'static'", () => {
  const fixed = resourcesOf({ egress: 'static' })
  const types = Object.values(fixed).map(({ Type }) => Type)

  it('has one address, by one NAT gateway, and prints it', () => {
    expect(types.filter((type) => type === 'AWS::EC2::EIP' || type === 'AWS::EC2::NatGateway')).toHaveLength(2)
    const nat = Object.values(fixed).find(({ Type }) => Type === 'AWS::EC2::NatGateway')
    expect(textOf(nat?.Properties.AllocationId)).toBe('EgressAddress.AllocationId')
    const stack = stackOf({ egress: 'static' })
    expect(textOf(stack.resolve(stack.pollhook.egressAddress))).toBe('EgressAddress.PublicIp')
  })

  it.each(['Poll', 'Deliver'])('%s leaves by it, from private subnets of two zones', (name) => {
    const { SubnetIds, SecurityGroupIds } = the(fixed, name).Properties.VpcConfig as Record<string, unknown[]>
    expect(SubnetIds?.map(textOf)).toEqual([
      expect.stringMatching(/^EgressFunctionsSubnet1/),
      expect.stringMatching(/^EgressFunctionsSubnet2/),
    ])
    expect(SecurityGroupIds?.map(textOf)).toEqual(['EgressGroup.GroupId'])
  })

  it('dispatch, which calls AWS alone, does not', () => {
    expect(the(fixed, 'Dispatch').Properties.VpcConfig).toBeUndefined()
  })

  it('nothing comes in', () => {
    expect(types).not.toContain('AWS::EC2::SecurityGroupIngress')
    expect(the(fixed, 'EgressGroup').Properties.SecurityGroupIngress).toBeUndefined()
  })

  it.each(['PollRole', 'DeliverRole'])(
    '%s lets Lambda attach the function, and forbids the same to its code',
    (role) => {
      const actions = [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ]
      expect(added(fixed, role)).toEqual([
        ...actions.map((action) => `Allow ${action} on *`),
        ...actions.map((action) => `Deny ${action} on *`),
      ])
      expect(the(fixed, `${role}DefaultPolicy`).Properties.PolicyDocument).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({ Effect: 'Deny', Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } } }),
        ]),
      })
    },
  )
})

describe('secretsManagerArns', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pollhook/*'
  const referring = resourcesOf({ secretsManagerArns: [arn] })

  it.each(['PollRole', 'DeliverRole'])('lets %s read these secrets, by reference', (role) => {
    expect(added(referring, role)).toEqual([
      `Allow secretsmanager:GetSecretValue on ${arn}`,
      'Allow ssm:GetParameters on parameter/aws/reference/secretsmanager/*',
    ])
  })

  it('lets dispatch read none', () => {
    expect(added(referring, 'DispatchRole')).toEqual([])
  })
})

describe('orderedDelivery', () => {
  const ordered = resourcesOf({ orderedDelivery: true })
  const queue = the(ordered, 'Ordered')

  it('adds a queue that keeps the order within a group, and nothing without it', () => {
    expect(queue.Properties).toMatchObject({
      QueueName: 'pollhook-ordered.fifo',
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      MessageRetentionPeriod: 1_209_600,
      VisibilityTimeout: 360,
      MaximumMessageSize: 1_048_576,
      SqsManagedSseEnabled: true,
    })
    expect(queue).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    expect(Object.keys(plain).filter((name) => name.startsWith('Ordered'))).toEqual([])
    // Under another logical id an update would make a new queue, and leave the messages behind.
    const ids = Object.keys(Template.fromStack(stackOf({ orderedDelivery: true })).toJSON().Resources)
    expect(ids).toContain('PollhookOrderedC898DCAE')
  })

  it('lets poll send to it, deliver read it, dispatch count it, and nobody anything else', () => {
    expect(added(ordered, 'PollRole')).toEqual(['Allow sqs:SendMessage on Ordered.Arn'])
    expect(added(ordered, 'DeliverRole')).toEqual([
      'Allow sqs:ChangeMessageVisibility on Ordered.Arn',
      'Allow sqs:DeleteMessage on Ordered.Arn',
      'Allow sqs:GetQueueAttributes on Ordered.Arn',
      'Allow sqs:ReceiveMessage on Ordered.Arn',
    ])
    expect(added(ordered, 'DispatchRole')).toEqual(['Allow sqs:GetQueueAttributes on Ordered.Arn'])
  })

  it('feeds deliver from it as from the other, but one message at a time', () => {
    const [usual, inOrder] = ['DeliverFromQueue', 'DeliverInOrder'].map((name) => the(ordered, name).Properties)
    expect([textOf(inOrder?.EventSourceArn), inOrder?.BatchSize]).toEqual(['Ordered.Arn', 1])
    expect({ ...inOrder, EventSourceArn: usual?.EventSourceArn, BatchSize: 10 }).toEqual(usual)
  })

  it('adds two alarms: events that wait for an hour, and more messages than SQS will soon look through', () => {
    const about = ([name, Threshold]: [string, number]) => ({
      Namespace: 'AWS/SQS',
      MetricName: name,
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold,
      TreatMissingData: 'notBreaching',
    })
    expect(the(ordered, 'AlarmsOrderedQueueAge').Properties).toMatchObject(
      about(['ApproximateAgeOfOldestMessage', 3_600]),
    )
    expect(the(ordered, 'AlarmsOrderedQueueNearlyFull').Properties).toMatchObject(
      about(['ApproximateNumberOfMessagesVisible', 80_000]),
    )
    for (const name of ['OrderedQueueAge', 'OrderedQueueNearlyFull']) {
      const { Dimensions, AlarmDescription } = the(ordered, `Alarms${name}`).Properties
      expect(textOf((Dimensions as { Value: unknown }[])[0]?.Value)).toBe('Ordered.QueueName')
      expect(AlarmDescription).toMatch(/^Hurts: \w.{20,}\. Remedy: [A-Z].{20,}\.$/)
      expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024)
    }
    const shown = JSON.stringify(the(ordered, 'Dashboard').Properties.DashboardBody)
    expect(shown).toContain('waiting in order')
  })

  it('is told to the command line, in AWS and in a local run', () => {
    expect(textOf(the(ordered, 'Deployment').Properties.Value)).toContain(',"orderedQueueUrl":"Ordered"}')
    const { Outputs } = Template.fromStack(stackOf({ orderedDelivery: true })).toJSON()
    expect(textOf(Outputs.OrderedQueueUrl?.Value)).toBe('Ordered')
  })

  it('is on when a context says true', () => {
    expect(propsFromContext({ orderedDelivery: 'true' }).orderedDelivery).toBe(true)
    expect(propsFromContext({ orderedDelivery: 'false' }).orderedDelivery).toBe(false)
  })
})
