import { describe, expect, it } from 'vitest'
import { propsFromContext, readProps } from '../../infra/props.ts'
import { stackOf } from './template.ts'

it('every value has a default', () => {
  expect(propsFromContext({})).toEqual({
    prefix: '/pollhook',
    maxConcurrency: 20,
    lagAlarm: '6h',
    egress: 'public',
    encryption: 'aws',
    orderedDelivery: false,
    secretsManagerArns: [],
    destinationArns: [],
  })
})

it('a context gives numbers and lists as text', () => {
  const arns = ['a', 'b-*'].map((name) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}`)
  const targets = ['arn:aws:s3:::audit/pollhook/*', 'arn:aws:events:eu-west-1:123456789012:event-bus/default']
  const given = { maxConcurrency: '50', secretsManagerArns: arns.join(), destinationArns: targets.join() }
  expect(propsFromContext(given)).toMatchObject({
    maxConcurrency: 50,
    secretsManagerArns: arns,
    destinationArns: targets,
  })
})

it("CDK's own context is left alone", () => {
  expect(() =>
    propsFromContext({
      'aws:cdk:enable-path-metadata': true,
      '@aws-cdk/core:newStyleStackSynthesis': true,
      'availability-zones:account=1:region=x': ['x'],
    }),
  ).not.toThrow()
})

it('all that is wrong is said at once, one line each, without the values', () => {
  expect(() =>
    propsFromContext({ prefix: 'pollhook', alarmMail: 'a@example.com', maxConcurrency: '1', egress: 'fixed' }),
  ).toThrow(
    [
      'Cannot make the pollhook stack from the values it was given:',
      '  prefix: must be a path such as /pollhook or /security/pollhook, and not begin with /aws or /ssm',
      '  maxConcurrency: must be at least 2',
      '  egress: must be public or static',
      '  alarmMail: not known; known are prefix, alarmEmail, maxConcurrency, orderedDelivery, lagAlarm, egress, encryption, secretsManagerArns, destinationArns',
    ].join('\n'),
  )
})

describe('refused is', () => {
  it.each([
    { prefix: '' },
    { prefix: '/' },
    { prefix: '/pollhook/' },
    { prefix: '/aws/pollhook' },
    { prefix: '/ssmhooks' },
    { prefix: '/1st' },
    { prefix: '/a*b' },
    { prefix: '/a/b/c/d/e/f' },
    { prefix: `/${'a'.repeat(48)}` },
    { alarmEmail: 'nobody' },
    { maxConcurrency: 'many' },
    { maxConcurrency: 1001 },
    { maxConcurrency: 2.5 },
    { lagAlarm: '10s' },
    { lagAlarm: 'an hour' },
    { encryption: 'none' },
    { orderedDelivery: 'maybe' },
    { secretsManagerArns: '*' },
    { secretsManagerArns: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:*' },
    { secretsManagerArns: 'arn:aws:ssm:eu-west-1:123456789012:parameter/pollhook' },
    { destinationArns: '*' },
    { destinationArns: 'arn:aws:s3:::*' },
    { destinationArns: 'arn:aws:s3:::audit/*/x*' },
    { destinationArns: 'arn:aws:sqs:eu-west-1:123456789012:pollhook-delivery' },
    { destinationArns: 'arn:aws:firehose:eu-west-1:123456789012:deliverystream/*' },
    { destinationArns: 'arn:aws:events:eu-west-1:123456789012:rule/x' },
    { destinationArns: 'arn:aws:es:eu-west-1:123456789012:domain/*' },
    { destinationArns: 'arn:aws:aoss:eu-west-1:123456789012:collection/*' },
    { destinationArns: 'arn:aws:kms:eu-west-1:123456789012:alias/audit' },
  ])('%j', (given) => {
    expect(() => readProps(given)).toThrow(Object.keys(given)[0])
  })
})

it.each([
  ['/pollhook', 'pollhook'],
  ['/Security_Team/poll-hook', 'Security-Team-poll-hook'],
])('the stack of prefix %s is %s', (prefix, name) => {
  expect(stackOf({ prefix }).stackName).toBe(name)
})
