// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of CloudFormation
import { describe, expect, it } from 'vitest'
import { readTemplate } from '../../local/template.ts'

const ENDPOINT = 'http://127.0.0.1:4567'
const FOLDERS = new Map([['abc.zip', '/assembly/asset.abc']])

/** A template in the forms that CDK writes. */
const RESOURCES = {
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      TableName: 'checkpoints',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [{ Region: { Ref: 'AWS::Region' } }],
    },
  },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'delivery',
      VisibilityTimeout: 360,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 500 },
    },
  },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
  Deliver: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { S3Bucket: { 'Fn::Sub': 'cdk-${AWS::AccountId}' }, S3Key: 'abc.zip' },
      Timeout: 60,
      MemorySize: 512,
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Environment: {
        Variables: {
          PLAIN: 'text',
          TABLE: { Ref: 'Table' },
          QUEUE: { Ref: 'Queue' },
          QUEUE_NAME: { 'Fn::GetAtt': ['Queue', 'QueueName'] },
          BUCKET: { Ref: 'Bucket' },
          JOINED: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sqs:', { Ref: 'AWS::Region' }]] },
          SUBSTITUTED: { 'Fn::Sub': '${Queue.Arn} in ${AWS::AccountId}, not ${!this}' },
        },
      },
    },
  },
  DeliverAsync: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Deliver' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      BatchSize: 10,
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: { Ref: 'Deliver' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 20 },
    },
  },
  Tick: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: { 'Fn::GetAtt': ['Deliver', 'Arn'] },
        Input: '{"tickAt":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    },
  },
  Role: { Type: 'AWS::IAM::Role', Properties: { Anything: 'goes' } },
}

const plan = (changes: Readonly<Record<string, unknown>> = {}, outputs = {}) =>
  readTemplate(JSON.stringify({ Resources: { ...RESOURCES, ...changes }, Outputs: outputs }), FOLDERS, ENDPOINT)

/** The resource with some properties added or replaced. */
const changed = (id: keyof typeof RESOURCES, properties: object) => ({
  [id]: { ...RESOURCES[id], Properties: { ...RESOURCES[id].Properties, ...properties } },
})

describe('readTemplate()', () => {
  it('reads what a local run creates', () => {
    expect(plan()).toEqual({
      tables: [
        {
          name: 'checkpoints',
          keys: [
            { name: 'pk', type: 'S' },
            { name: 'sk', type: 'N' },
          ],
          expiryAttribute: 'expiresAt',
        },
      ],
      queues: [
        {
          name: 'Dead',
          url: 'http://127.0.0.1:4567/000000000000/Dead',
          keepsOrder: false,
          attributes: { MessageRetentionPeriod: '1209600' },
          visibilitySeconds: 30,
        },
        {
          name: 'delivery',
          url: 'http://127.0.0.1:4567/000000000000/delivery',
          keepsOrder: false,
          attributes: {
            VisibilityTimeout: '360',
            RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:Dead","maxReceiveCount":500}',
          },
          visibilitySeconds: 360,
        },
      ],
      buckets: [{ name: 'bucket' }],
      functions: [
        {
          name: 'Deliver',
          logicalId: 'Deliver',
          folder: '/assembly/asset.abc',
          handler: 'index.handler',
          timeoutMs: 60_000,
          memoryMb: 512,
          maximumEventAgeMs: 60_000,
          environment: {
            PLAIN: 'text',
            TABLE: 'checkpoints',
            QUEUE: 'http://127.0.0.1:4567/000000000000/delivery',
            QUEUE_NAME: 'delivery',
            BUCKET: 'bucket',
            JOINED: 'arn:aws:sqs:us-east-1',
            SUBSTITUTED: 'arn:aws:sqs:us-east-1:000000000000:delivery in 000000000000, not ${this}',
          },
        },
      ],
      eventSources: [
        {
          queueName: 'delivery',
          functionName: 'Deliver',
          batchSize: 10,
          maximumConcurrency: 20,
          reportsItemFailures: true,
        },
      ],
      schedules: [{ functionName: 'Deliver', everySeconds: 60, input: '{"tickAt":"<aws.scheduler.scheduled-time>"}' }],
      outputs: {},
    })
  })

  it('gives the outputs that are about something local', () => {
    const outputs = { Queue: { Value: { Ref: 'Queue' } }, Dashboard: { Value: { Ref: 'Dashboard' } } }
    expect(plan({}, outputs).outputs).toEqual({ Queue: 'http://127.0.0.1:4567/000000000000/delivery' })
  })

  it('sees which queue keeps the order', () => {
    const fifo = { FifoQueue: true, DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }
    const { queues } = plan(changed('Queue', fifo))
    expect(queues.map(({ keepsOrder }) => keepsOrder)).toEqual([false, true])
  })

  it.each([
    [
      'a queue that makes ids of contents',
      changed('Queue', { ContentBasedDeduplication: true }),
      /^Cannot run Queue \(AWS::SQS::Queue\) locally: .*ContentBasedDeduplication/,
    ],
    ['an index', changed('Table', { GlobalSecondaryIndexes: [] }), /Cannot run Table .*GlobalSecondaryIndexes/],
    ['another runtime', changed('Deliver', { Runtime: 'python3.13' }), /Cannot run Deliver .*nodejs24\.x/s],
    ['a layer', changed('Deliver', { Layers: [] }), /Cannot run Deliver .*Layers/],
    ['a filter, which would delete messages', changed('Mapping', { FilterCriteria: {} }), /Mapping .*FilterCriteria/],
    ['a batch that needs a window', changed('Mapping', { BatchSize: 100 }), /Mapping .*<=10/s],
    ['retries of events', changed('DeliverAsync', { MaximumRetryAttempts: 2 }), /DeliverAsync .*expected 0/s],
    ['a cron schedule', changed('Tick', { ScheduleExpression: 'cron(0 12 * * ? *)' }), /Tick .*wanted a rate/],
    [
      'a bundle that is not there',
      changed('Deliver', { Code: { S3Bucket: 'x', S3Key: 'def.zip' } }),
      /found no built bundle for def\.zip/,
    ],
    [
      'a reference to what is not created',
      changed('Deliver', { Environment: { Variables: { KEY: { Ref: 'Key' } } } }),
      'Cannot read Deliver.Environment.KEY: found a reference to "Key", which a local run does not create',
    ],
    [
      'an attribute that is not known',
      changed('Deliver', { Environment: { Variables: { KEY: { 'Fn::GetAtt': ['Table', 'StreamArn'] } } } }),
      'Cannot read Deliver.Environment.KEY: found StreamArn of Table, which a local run does not know',
    ],
    [
      'another intrinsic function',
      changed('Deliver', { Environment: { Variables: { KEY: { 'Fn::ImportValue': 'x' } } } }),
      'Cannot read Deliver.Environment.KEY: found {"Fn::ImportValue":"x"}, wanted text, Ref, GetAtt, Join or Sub',
    ],
  ])('refuses %s, and says where', (_, changes, message) => {
    expect(() => plan(changes)).toThrow(message)
  })
})
