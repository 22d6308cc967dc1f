import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMetrics } from '../../shared/aws/metrics.ts'
import { resourcesOf, textOf, the } from './template.ts'

const resources = resourcesOf()
const alarms = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
const alarm = (name: string) => the(resources, `Alarms${name}`).Properties

it('every alarm says who is hurt and what to do, in a mail that CloudWatch will not cut', () => {
  for (const [, { Properties }] of alarms) {
    expect(Properties.AlarmDescription).toMatch(/^Hurts: \w.{20,}\. Remedy: [A-Z].{20,}\.$/)
    expect(String(Properties.AlarmDescription).length).toBeLessThanOrEqual(1024)
  }
})

it('every alarm is about one of these', () => {
  expect(alarms.map(([name]) => name.slice('Alarms'.length)).sort()).toEqual([
    'ConfigurationBroken',
    'DeadLetters',
    'DeliverErrors',
    'DeliverRecursionDropped',
    'DeliverThrottles',
    'DeliveryFaults',
    'DestinationFailing',
    'DestinationHeld',
    'DispatchErrors',
    'DispatchThrottles',
    'Gap',
    'HeldBack',
    'Lag',
    'NoTick',
    'PollErrors',
    'PollEventsDropped',
    'PollRecursionDropped',
    'PollThrottles',
    'QueueAge',
    'QueueNearlyFull',
    'SourceStale',
    'SourceSuspended',
  ])
})

describe('an alarm is raised', () => {
  it('when no tick has ended for five minutes, silence included', () => {
    expect(alarm('NoTick')).toMatchObject({
      Namespace: 'pollhook',
      MetricName: 'SourcesTotal',
      Statistic: 'SampleCount',
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 5,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    })
  })

  it.each([
    ['SourceStale', 'SourcesStale', 'Maximum', 0],
    ['SourceSuspended', 'SourcesSuspended', 'Maximum', 0],
    ['ConfigurationBroken', 'ConfigurationErrors', 'Maximum', 0],
    ['DeliveryFaults', 'DeliveryFaults', 'Sum', 0],
    ['DestinationFailing', 'DestinationsFailing', 'Maximum', 0],
    ['DestinationHeld', 'DestinationsHeld', 'Maximum', 0],
    ['Gap', 'Gaps', 'Sum', 0],
    ['HeldBack', 'HoldBackPercent', 'Maximum', 50],
    ['Lag', 'MaxLagSeconds', 'Maximum', 21_600],
  ])('%s: when %s (%s) is above %i', (name, MetricName, Statistic, Threshold) => {
    expect(alarm(name)).toMatchObject({
      Namespace: 'pollhook',
      MetricName,
      Statistic,
      Threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    })
    expect(alarm(name).Dimensions).toBeUndefined()
  })

  it('when something is in the dead-letter queue', () => {
    expect(alarm('DeadLetters')).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
      Threshold: 0,
    })
    expect(dimensionOf('DeadLetters')).toBe('QueueName=DeadLetters.QueueName')
  })

  it('when receivers that cause no backlog wait for 15 minutes', () => {
    expect(alarm('QueueAge')).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessageInQuietGroups',
      Threshold: 900,
    })
    expect(dimensionOf('QueueAge')).toBe('QueueName=Delivery.QueueName')
  })

  it('when two thirds of the messages that SQS hides at most are hidden: beyond 120,000 nobody can receive any', () => {
    expect(alarm('QueueNearlyFull')).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesNotVisible',
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 80_000,
      EvaluationPeriods: 1,
    })
    expect(dimensionOf('QueueNearlyFull')).toBe('QueueName=Delivery.QueueName')
  })

  it.each([
    ['DispatchErrors', 'Errors', 'Dispatch'],
    ['PollErrors', 'Errors', 'Poll'],
    ['DeliverErrors', 'Errors', 'Deliver'],
    ['DispatchThrottles', 'Throttles', 'Dispatch'],
    ['PollThrottles', 'Throttles', 'Poll'],
    ['DeliverThrottles', 'Throttles', 'Deliver'],
    ['PollEventsDropped', 'AsyncEventsDropped', 'Poll'],
    ['PollRecursionDropped', 'RecursiveInvocationsDropped', 'Poll'],
    ['DeliverRecursionDropped', 'RecursiveInvocationsDropped', 'Deliver'],
  ])('%s: when there are %s of %s', (name, MetricName, of) => {
    expect(alarm(name)).toMatchObject({ Namespace: 'AWS/Lambda', MetricName, Statistic: 'Sum', Threshold: 0 })
    expect(dimensionOf(name)).toBe(`FunctionName=${of}`)
  })

  it('for a lag above what lagAlarm says', () => {
    expect(the(resourcesOf({ lagAlarm: '90m' }), 'AlarmsLag').Properties.Threshold).toBe(5_400)
  })
})

describe('two deployments in one Region do not mask each other:', () => {
  const other = resourcesOf({ prefix: '/security/hooks' })
  const own = (of: typeof resources) =>
    Object.values(of)
      .filter(
        ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && !`${Properties.Namespace}`.startsWith('AWS/'),
      )
      .map(({ Properties }) => Properties.Namespace)

  it('the alarms of each look in the namespace that its functions write to', () => {
    expect(new Set(own(resources))).toEqual(new Set(['pollhook']))
    expect(new Set(own(other))).toEqual(new Set(['security-hooks']))
    expect(own(other)).toHaveLength(own(resources).length)

    const { Variables } = the(other, 'Deliver').Properties.Environment as { Variables: { POLLHOOK_PREFIX: string } }
    vi.stubEnv('POLLHOOK_PREFIX', Variables.POLLHOOK_PREFIX)
    onTestFinished(() => void vi.unstubAllEnvs())
    const lines: string[] = []
    createMetrics(undefined, (line) => lines.push(line))({ Gaps: 1 })
    expect(lines.join()).toContain('"Namespace":"security-hooks"')
  })

  it('the dashboard of each shows its own metrics', () => {
    const shown = (of: typeof resources) => JSON.stringify(the(of, 'Dashboard').Properties.DashboardBody)
    expect(shown(resources)).toContain('[\\"pollhook\\",\\"SourcesTotal\\"')
    expect(shown(other)).toContain('[\\"security-hooks\\",\\"SourcesTotal\\"')
    expect(shown(other)).not.toContain('\\"pollhook\\"')
  })
})

it('without alarmEmail there is no topic, and no alarm does anything', () => {
  expect(Object.values(resources).filter(({ Type }) => Type.startsWith('AWS::SNS'))).toEqual([])
  for (const [, { Properties }] of alarms) expect(Properties.AlarmActions).toBeUndefined()
})

describe('with alarmEmail', () => {
  const mailed = resourcesOf({ alarmEmail: 'oncall@example.com' })

  it('every alarm mails when it is raised and when it is over', () => {
    const subscription = Object.values(mailed).find(({ Type }) => Type === 'AWS::SNS::Subscription')
    expect(subscription?.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'oncall@example.com' })
    const raised = Object.values(mailed).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    expect(raised).toHaveLength(alarms.length)
    for (const { Properties } of raised) {
      expect([Properties.AlarmActions, Properties.OKActions].map((to) => [to].flat().map(textOf))).toEqual([
        ['AlarmMail'],
        ['AlarmMail'],
      ])
    }
  })

  it('the alarms of this account may publish, and plain HTTP is refused', () => {
    expect(the(mailed, 'AlarmMailPolicy').Properties.PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    })
  })
})

function dimensionOf(name: string): string {
  const [dimension] = alarm(name).Dimensions as { Name: string; Value: unknown }[]
  return `${dimension?.Name}=${textOf(dimension?.Value)}`
}
