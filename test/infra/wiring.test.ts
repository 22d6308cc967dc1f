import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { resourcesOf, stackOf, textOf, the } from './template.ts'

const resources = resourcesOf()
const properties = (name: string) => the(resources, name).Properties

/** A function's environment as `NAME=value` lines, sorted. */
function environmentOf(name: string, of = resources): string[] {
  const { Variables } = the(of, name).Properties.Environment as { Variables: Record<string, unknown> }
  return Object.entries(Variables)
    .map(([variable, value]) => `${variable}=${textOf(value)}`)
    .sort()
}

describe('the environment of', () => {
  it('dispatch', () => {
    expect(environmentOf('Dispatch')).toEqual([
      'NODE_OPTIONS=--enable-source-maps',
      'POLLHOOK_POLL_FUNCTION=Poll',
      'POLLHOOK_PREFIX=/pollhook',
      'POLLHOOK_QUEUE_URL=Delivery',
      'POLLHOOK_TABLE=Checkpoints',
    ])
  })

  it.each(['Poll', 'Deliver'])('%s', (name) => {
    expect(environmentOf(name)).toEqual([
      'NODE_OPTIONS=--enable-source-maps',
      'POLLHOOK_BUCKET=Claims',
      'POLLHOOK_DEAD_LETTER_QUEUE_URL=DeadLetters',
      'POLLHOOK_PREFIX=/pollhook',
      'POLLHOOK_QUEUE_URL=Delivery',
      'POLLHOOK_TABLE=Checkpoints',
    ])
  })
})

it('each function knows the queue that keeps the order, where there is one', () => {
  const ordered = resourcesOf({ orderedDelivery: true })
  for (const name of ['Dispatch', 'Poll', 'Deliver']) {
    const plain = environmentOf(name)
    expect(environmentOf(name, ordered).filter((line) => !plain.includes(line))).toEqual([
      'POLLHOOK_ORDERED_QUEUE_URL=Ordered',
    ])
  }
})

it.each([
  ['Dispatch', 60],
  ['Poll', 300],
  ['Deliver', 60],
])('%s runs Node 24 on arm64 for at most %i seconds', (name, Timeout) => {
  expect(properties(name)).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    MemorySize: 512,
    Handler: 'index.handler',
    Timeout,
  })
})

it.each(['Dispatch', 'Poll', 'Deliver'])('%s logs JSON to a group of its own for 30 days', (name) => {
  expect(properties(name).LoggingConfig).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN' })
  expect(textOf((properties(name).LoggingConfig as { LogGroup: unknown }).LogGroup)).toBe(`${name}Log`)
  expect(properties(`${name}Log`)).toEqual({ RetentionInDays: 30 })
})

it.each(['Dispatch', 'Poll'])(
  '%s, invoked asynchronously, is not retried and does not wait for longer than a tick',
  (name) => {
    const configuration = properties(`${name}EventInvokeConfig`)
    expect(configuration).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, Qualifier: '$LATEST' })
    expect(textOf(configuration.FunctionName)).toBe(name)
  },
)

it('one schedule ticks every minute, tells dispatch the time it is for, and repeats nothing', () => {
  const schedules = Object.values(resources).filter(({ Type }) => Type === 'AWS::Scheduler::Schedule')
  expect(schedules).toHaveLength(1)
  const { ScheduleExpression, FlexibleTimeWindow, State, Target } = properties('Tick')
  expect({ ScheduleExpression, FlexibleTimeWindow, State }).toEqual({
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
  })
  const target = Target as Record<string, unknown>
  expect(textOf(target.Arn)).toBe('Dispatch.Arn')
  expect(target.Input).toBe('{"tickAt":"<aws.scheduler.scheduled-time>"}')
  expect(target.RetryPolicy).toEqual({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 })
})

describe('the delivery queue', () => {
  it('hides a message for six times the time limit of deliver', () => {
    expect(properties('Delivery').VisibilityTimeout).toBe(360)
    expect(properties('Delivery').VisibilityTimeout).toBe(6 * Number(properties('Deliver').Timeout))
  })

  it('keeps a message for 14 days, and gives it to the dead-letter queue, which keeps it as long, after 500 receives', () => {
    const { MessageRetentionPeriod, RedrivePolicy } = properties('Delivery')
    expect(MessageRetentionPeriod).toBe(1_209_600)
    expect(properties('DeadLetters').MessageRetentionPeriod).toBe(1_209_600)
    const redrive = RedrivePolicy as Record<string, unknown>
    expect(redrive.maxReceiveCount).toBe(500)
    expect(textOf(redrive.deadLetterTargetArn)).toBe('DeadLetters.Arn')
  })

  it.each(['Delivery', 'DeadLetters'])('%s takes messages of 1 MiB', (name) => {
    expect(properties(name).MaximumMessageSize).toBe(1_048_576)
  })

  it('is standard, and the only one that the dead-letter queue takes from', () => {
    expect(properties('Delivery').FifoQueue).toBeUndefined()
    const allowed = properties('DeadLetters').RedriveAllowPolicy as {
      redrivePermission: string
      sourceQueueArns: unknown[]
    }
    expect(allowed.redrivePermission).toBe('byQueue')
    expect(allowed.sourceQueueArns.map(textOf)).toEqual([properties('Delivery').QueueName])
  })

  it('feeds deliver by ten, takes partial answers, filters nothing, and runs 20 at once', () => {
    const mappings = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
    expect(mappings).toHaveLength(1)
    const { EventSourceArn, FunctionName, ...rest } = properties('DeliverFromQueue')
    expect(textOf(EventSourceArn)).toBe('Delivery.Arn')
    expect(textOf(FunctionName)).toBe('Deliver')
    expect(rest).toEqual({
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 20 },
    })
  })

  it('runs as many at once as maxConcurrency says', () => {
    const mapping = the(resourcesOf({ maxConcurrency: 200 }), 'DeliverFromQueue')
    expect(mapping.Properties.ScalingConfig).toEqual({ MaximumConcurrency: 200 })
  })
})

it('a claim lasts as long as its message can: through the queue, the dead-letter queue, and a day more', () => {
  const { LifecycleConfiguration } = properties('Claims')
  const [rule] = (LifecycleConfiguration as { Rules: { Prefix: string; ExpirationInDays: number }[] }).Rules
  expect(rule).toMatchObject({ Prefix: 'claims/', Status: 'Enabled' })
  const queueDays = (name: string) => Number(properties(name).MessageRetentionPeriod) / 86_400
  expect(rule?.ExpirationInDays).toBeGreaterThan(queueDays('Delivery') + queueDays('DeadLetters'))
})

it('the command line finds the deployment in a parameter beside its configuration', () => {
  const { Name, Type, Value } = properties('Deployment')
  expect({ Name, Type }).toEqual({ Name: '/pollhook/deployment', Type: 'String' })
  expect(textOf(Value)).toBe(
    '{"table":"Checkpoints","queueUrl":"Delivery","deadLetterQueueUrl":"DeadLetters","bucket":"Claims"}',
  )
})

// The command line reads these from a local run, and scripts from a deployed stack.
it('the outputs of the stack keep their names', () => {
  const { Outputs } = Template.fromStack(stackOf()).toJSON()
  const values = Object.fromEntries(
    Object.entries<{ Value: unknown }>(Outputs).map(([id, { Value }]) => [id, textOf(Value)]),
  )
  expect(values).toEqual({
    Prefix: '/pollhook',
    CheckpointTable: 'Checkpoints',
    DeliveryQueueUrl: 'Delivery',
    DeadLetterQueueUrl: 'DeadLetters',
    ClaimsBucket: 'Claims',
    DashboardUrl:
      'https://AWS::Region.console.aws.amazon.com/cloudwatch/home?region=AWS::Region#dashboards/dashboard/Dashboard',
  })
})
