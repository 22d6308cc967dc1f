import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { resourcesOf, stackOf, the } from './template.ts'

const resources = resourcesOf()

describe('what holds data', () => {
  it.each(['Checkpoints', 'Delivery', 'DeadLetters', 'Claims', 'DispatchLog', 'PollLog', 'DeliverLog'])(
    '%s outlives the stack and its own replacement',
    (name) => {
      expect(the(resources, name)).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    },
  )

  it('the key of the customer outlives it too', () => {
    const key = the(resourcesOf({ encryption: 'customer' }), 'Key')
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  // CloudFormation knows a resource by its logical id: under another one it makes a new, empty resource, and every source
  // starts from the beginning. A failure here means that the change needs a way to move the data.
  it('keeps its logical id', () => {
    const ids = Object.keys(Template.fromStack(stackOf()).toJSON().Resources)
    expect(ids).toEqual(
      expect.arrayContaining([
        'PollhookCheckpoints5EF9670E',
        'PollhookDelivery6A0DDC9A',
        'PollhookDeadLettersE5FFF1E9',
        'PollhookClaims74FCA368',
      ]),
    )
  })

  it.each([
    ['/pollhook', 'pollhook'],
    ['/security/hooks', 'security-hooks'],
  ])('under prefix %s has names that begin with %s', (prefix, name) => {
    const named = resourcesOf({ prefix })
    expect(the(named, 'Checkpoints').Properties.TableName).toBe(`${name}-checkpoints`)
    expect(the(named, 'Delivery').Properties.QueueName).toBe(`${name}-delivery`)
    expect(the(named, 'DeadLetters').Properties.QueueName).toBe(`${name}-dead-letters`)
  })
})

describe('the checkpoint table', () => {
  const { Properties } = the(resources, 'Checkpoints')

  it('has the keys that the functions write, and forgets by expiresAt', () => {
    expect(Properties.KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ])
    expect(Properties.AttributeDefinitions).toEqual([
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ])
    expect(Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true })
  })

  it('is paid by use, cannot be deleted by accident, and can be put back to any second of 35 days', () => {
    expect(Properties.BillingMode).toBe('PAY_PER_REQUEST')
    expect(Properties.Replicas).toMatchObject([
      {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      },
    ])
  })
})

describe('at rest', () => {
  it('the queues and the bucket are encrypted with keys of AWS', () => {
    for (const queue of ['Delivery', 'DeadLetters']) {
      expect(the(resources, queue).Properties).toMatchObject({ SqsManagedSseEnabled: true })
    }
    expect(the(resources, 'Claims').Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    })
  })

  it('the bucket is closed to the public', () => {
    expect(the(resources, 'Claims').Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    })
  })
})
