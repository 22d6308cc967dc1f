import { describe, expect, it } from 'vitest'
import { permissionsOf, resourcesOf, the } from './template.ts'

const resources = resourcesOf()

describe('a function may do what is listed here, and nothing else:', () => {
  it('dispatch reads every configuration and no secret, reads checkpoints and writes none, and starts polls', () => {
    expect(permissionsOf(resources, 'DispatchRole')).toEqual([
      'Allow dynamodb:BatchGetItem on Checkpoints.Arn',
      'Allow lambda:InvokeFunction on Poll.Arn',
      'Allow logs:CreateLogStream on DispatchLog.Arn',
      'Allow logs:PutLogEvents on DispatchLog.Arn',
      'Allow sqs:GetQueueAttributes on Delivery.Arn',
      'Allow ssm:GetParametersByPath on parameter/pollhook/destinations',
      'Allow ssm:GetParametersByPath on parameter/pollhook/destinations/',
      'Allow ssm:GetParametersByPath on parameter/pollhook/sources',
      'Allow ssm:GetParametersByPath on parameter/pollhook/sources/',
    ])
  })

  it('poll reads no secret of the destinations, sends to both queues, and invokes no function', () => {
    expect(permissionsOf(resources, 'PollRole')).toEqual([
      'Allow dynamodb:BatchWriteItem on Checkpoints.Arn',
      'Allow dynamodb:PutItem on Checkpoints.Arn',
      'Allow dynamodb:Query on Checkpoints.Arn',
      'Allow dynamodb:UpdateItem on Checkpoints.Arn',
      'Allow logs:CreateLogStream on PollLog.Arn',
      'Allow logs:PutLogEvents on PollLog.Arn',
      'Allow s3:PutObject on Claims.Arn/claims/*',
      'Allow sqs:SendMessage on DeadLetters.Arn',
      'Allow sqs:SendMessage on Delivery.Arn',
      'Allow ssm:GetParameters on parameter/pollhook/secrets/*',
      'Deny ssm:GetParameter on parameter/pollhook/secrets/destinations/*',
      'Deny ssm:GetParameterHistory on parameter/pollhook/secrets/destinations/*',
      'Deny ssm:GetParameters on parameter/pollhook/secrets/destinations/*',
      'Deny ssm:GetParametersByPath on parameter/pollhook/secrets/destinations/*',
    ])
  })

  it('deliver reads no secret of the sources, and sends to the dead-letter queue but not to the queue it reads', () => {
    expect(permissionsOf(resources, 'DeliverRole')).toEqual([
      'Allow dynamodb:GetItem on Checkpoints.Arn',
      'Allow dynamodb:UpdateItem on Checkpoints.Arn',
      'Allow logs:CreateLogStream on DeliverLog.Arn',
      'Allow logs:PutLogEvents on DeliverLog.Arn',
      'Allow s3:GetObject on Claims.Arn/claims/*',
      'Allow s3:ListBucket on Claims.Arn',
      'Allow s3:PutObject on Claims.Arn/claims/*',
      'Allow sqs:ChangeMessageVisibility on Delivery.Arn',
      'Allow sqs:DeleteMessage on Delivery.Arn',
      'Allow sqs:GetQueueAttributes on Delivery.Arn',
      'Allow sqs:ReceiveMessage on Delivery.Arn',
      'Allow sqs:SendMessage on DeadLetters.Arn',
      'Allow ssm:GetParameters on parameter/pollhook/destinations/*',
      'Allow ssm:GetParameters on parameter/pollhook/secrets/*',
      'Deny ssm:GetParameter on parameter/pollhook/secrets/sources/*',
      'Deny ssm:GetParameterHistory on parameter/pollhook/secrets/sources/*',
      'Deny ssm:GetParameters on parameter/pollhook/secrets/sources/*',
      'Deny ssm:GetParametersByPath on parameter/pollhook/secrets/sources/*',
    ])
  })

  it('the schedule starts dispatch', () => {
    expect(permissionsOf(resources, 'TickRole')).toEqual(['Allow lambda:InvokeFunction on Dispatch.Arn'])
  })
})

describe('destinations in AWS', () => {
  const account = 'eu-west-1:123456789012'
  const added = (...destinationArns: string[]) => {
    const before = permissionsOf(resources, 'DeliverRole')
    return permissionsOf(resourcesOf({ destinationArns }), 'DeliverRole').filter((line) => !before.includes(line))
  }

  it.each([
    ['arn:aws:s3:::audit', 's3:PutObject on arn:aws:s3:::audit/*'],
    ['arn:aws:s3:::audit/pollhook/*', 's3:PutObject on arn:aws:s3:::audit/pollhook/*'],
    [`arn:aws:s3:${account}:accesspoint/audit`, `s3:PutObject on arn:aws:s3:${account}:accesspoint/audit/object/*`],
    [
      `arn:aws:s3:${account}:accesspoint/audit/object/pollhook/*`,
      `s3:PutObject on arn:aws:s3:${account}:accesspoint/audit/object/pollhook/*`,
    ],
    [`arn:aws:kms:${account}:key/1234abcd`, `kms:GenerateDataKey on arn:aws:kms:${account}:key/1234abcd`],
    [
      `arn:aws:firehose:${account}:deliverystream/audit`,
      `firehose:PutRecordBatch on arn:aws:firehose:${account}:deliverystream/audit`,
    ],
    [`arn:aws:events:${account}:event-bus/default`, `events:PutEvents on arn:aws:events:${account}:event-bus/default`],
    [`arn:aws:es:${account}:domain/audit`, `es:ESHttpPost on arn:aws:es:${account}:domain/audit/*`],
    [
      `arn:aws-us-gov:aoss:us-gov-west-1:123456789012:collection/abc123`,
      `aoss:APIAccessAll on arn:aws-us-gov:aoss:us-gov-west-1:123456789012:collection/abc123`,
    ],
  ])('%s lets deliver do one thing more', (arn, line) => {
    expect(added(arn)).toEqual([`Allow ${line}`])
  })

  it('stand in one statement for each service and Region, and are for deliver alone', () => {
    const destinationArns = [
      'arn:aws:s3:::audit',
      'arn:aws:s3:::other',
      'arn:aws:events:eu-west-1:123456789012:event-bus/a',
      'arn:aws:events:us-east-1:123456789012:event-bus/b',
    ]
    const all = resourcesOf({ destinationArns })
    const statements = JSON.stringify(the(all, 'DeliverRoleDefaultPolicy').Properties.PolicyDocument)
    expect(statements.match(/"Sid":"(WriteObjects|PutEvents)\w*"/g)).toEqual([
      '"Sid":"WriteObjects"',
      '"Sid":"PutEventseuwest1"',
      '"Sid":"PutEventsuseast1"',
    ])
    for (const role of ['DispatchRole', 'PollRole']) {
      expect(permissionsOf(all, role)).toEqual(permissionsOf(resources, role))
    }
  })

  it('that are encrypted use their key by way of S3 alone', () => {
    const all = resourcesOf({ destinationArns: [`arn:aws:kms:${account}:key/1234abcd`] })
    expect(the(all, 'DeliverRoleDefaultPolicy').Properties.PolicyDocument).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Action: 'kms:GenerateDataKey',
          Condition: { StringLike: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com*' } },
        }),
      ]),
    })
  })
})

describe('a role', () => {
  const roles = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role')

  it('belongs to one of the three functions or to the schedule', () => {
    expect(roles.map(([name]) => name).sort()).toEqual(['DeliverRole', 'DispatchRole', 'PollRole', 'TickRole'])
  })

  it('has no managed policy and no policy besides the one above', () => {
    for (const [, { Properties }] of roles) expect(Object.keys(Properties)).toEqual(['AssumeRolePolicyDocument'])
    expect(Object.values(resources).filter(({ Type }) => /^AWS::IAM::(Managed)?Policy$/.test(Type))).toHaveLength(4)
  })

  it('of the schedule can be taken on by the schedules of this account alone', () => {
    expect(the(resources, 'TickRole').Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }],
    })
  })
})

it('nobody outside the account may invoke a function or use a queue: the only resource policies are those that refuse plain HTTP', () => {
  const policies = Object.entries(resources).filter(
    ([, { Type }]) => /Policy$|::Permission$/.test(Type) && !/IAM/.test(Type),
  )
  expect(policies.map(([name]) => name).sort()).toEqual(['ClaimsPolicy', 'DeadLettersPolicy', 'DeliveryPolicy'])
  for (const [, { Properties }] of policies) {
    expect(Properties.PolicyDocument).toMatchObject({
      Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    })
  }
})

it('another prefix moves every parameter', () => {
  const elsewhere = resourcesOf({ prefix: '/security/hooks' })
  const parameters = ['DispatchRole', 'PollRole', 'DeliverRole'].flatMap((role) =>
    permissionsOf(elsewhere, role).filter((line) => line.includes('ssm:')),
  )
  expect(parameters).toHaveLength(15)
  for (const line of parameters) expect(line).toMatch(/ on parameter\/security\/hooks\//)
})
