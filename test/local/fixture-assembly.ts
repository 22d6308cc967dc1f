import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary.ts'

const sdk = (name: string) => JSON.stringify(import.meta.resolve(`@aws-sdk/client-${name}`))

/** Functions as small as can be, that do what the real ones do to each other: dispatch → poll → queue → deliver. */
const BUNDLES = {
  Dispatch: `
    import { InvokeCommand, LambdaClient } from ${sdk('lambda')}
    const lambda = new LambdaClient({})
    export const handler = async (event) => {
      console.log(JSON.stringify({ tick: event }))
      const request = { FunctionName: process.env.POLL, InvocationType: 'Event', Payload: JSON.stringify(event) }
      await lambda.send(new InvokeCommand(request))
    }`,
  Poll: `
    import { SendMessageCommand, SQSClient } from ${sdk('sqs')}
    const sqs = new SQSClient({})
    export const handler = async (event) => {
      console.log(JSON.stringify({ poll: process.pid }))
      await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) }))
    }`,
  Deliver: `
    export const handler = async ({ Records }) => {
      for (const { body } of Records) console.log(JSON.stringify({ delivered: body }))
      if (Records.some(({ body }) => body === 'hang')) await new Promise(() => setInterval(() => {}, 1000))
    }`,
} as const

/** An assembly in the form that CDK writes, with a table, a queue and three functions. */
export function fixtureAssembly(): string {
  const folder = temporaryFolder()
  for (const [name, code] of Object.entries(BUNDLES)) {
    mkdirSync(join(folder, `asset.${name}`))
    writeFileSync(join(folder, `asset.${name}`, 'index.mjs'), code)
  }
  const files = Object.fromEntries(
    Object.keys(BUNDLES).map((name) => [
      name,
      { source: { path: `asset.${name}` }, destinations: { current: { objectKey: `${name}.zip` } } },
    ]),
  )
  writeFileSync(join(folder, 'fixture.assets.json'), JSON.stringify({ files }))
  writeFileSync(join(folder, 'fixture.template.json'), JSON.stringify(template()))
  return folder
}

function template() {
  const lambda = (name: keyof typeof BUNDLES, Variables: Readonly<Record<string, unknown>>) => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
      Timeout: 30,
      MemorySize: 256,
      Environment: { Variables },
    },
  })
  return {
    Outputs: { Prefix: { Value: '/pollhook' }, Table: { Value: { Ref: 'Table' } } },
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          TableName: 'checkpoints',
          AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'delivery', VisibilityTimeout: 360 } },
      Bucket: { Type: 'AWS::S3::Bucket' },
      Dispatch: lambda('Dispatch', { POLL: { Ref: 'Poll' } }),
      Poll: lambda('Poll', { QUEUE: { Ref: 'Queue' } }),
      Deliver: lambda('Deliver', {}),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          BatchSize: 10,
          EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          FunctionName: { Ref: 'Deliver' },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
      Tick: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: { 'Fn::GetAtt': ['Dispatch', 'Arn'] },
            Input: '{"tickAt":"<aws.scheduler.scheduled-time>"}',
          },
        },
      },
    },
  }
}
