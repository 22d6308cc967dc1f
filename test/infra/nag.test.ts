import { Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { grant } from '../../infra/permission.ts'
import type { PollhookProps } from '../../infra/props.ts'
import type { PollhookStack } from '../../infra/stack.ts'
import { stackOf } from './template.ts'

/** Every option at once, so that whatever an option adds is checked too. */
const EVERYTHING: PollhookProps = {
  prefix: '/security/hooks',
  alarmEmail: 'oncall@example.com',
  egress: 'static',
  orderedDelivery: true,
  encryption: 'customer',
  secretsManagerArns: ['arn:aws:secretsmanager:eu-west-1:123456789012:secret:hooks/*'],
  destinationArns: [
    'arn:aws:s3:::audit-archive',
    'arn:aws:s3:::other-archive/pollhook/*',
    'arn:aws:s3:eu-west-1:123456789012:accesspoint/audit',
    'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws:firehose:eu-west-1:123456789012:deliverystream/audit',
    'arn:aws:events:eu-west-1:123456789012:event-bus/security',
    'arn:aws:es:eu-west-1:123456789012:domain/audit',
    'arn:aws:aoss:eu-west-1:123456789012:collection/abcdef123456',
  ],
}

function findings(stack: PollhookStack): string[] {
  const report = new AwsSolutionsChecks().validateScope(stack)
  return report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  )
}

/** The rules of AwsSolutions that are acknowledged somewhere in the stack. CDK acknowledges warnings of its own. */
function acknowledged(stack: PollhookStack): { id: string; reason: string }[] {
  return stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.entries<string>(data))
    .map(([id, reason]) => ({ id: id.replace(/^\w+::/, ''), reason }))
    .filter(({ id }) => id.startsWith('AwsSolutions-'))
}

describe('the AwsSolutions rules find nothing', () => {
  it.each([{}, EVERYTHING])('with %j', (props) => {
    expect(findings(stackOf(props))).toEqual([])
  })
})

it('what is acknowledged is the access log of the bucket, and wildcards that are named one by one', () => {
  const ids = new Set(acknowledged(stackOf()).map(({ id }) => id.replace(/<PollhookClaims\w+\.Arn>/, '<Claims.Arn>')))
  const parameter = 'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/pollhook'
  expect([...ids].sort()).toEqual([
    'AwsSolutions-IAM5[Resource::<Claims.Arn>/claims/*]',
    `AwsSolutions-IAM5[Resource::${parameter}/destinations/*]`,
    `AwsSolutions-IAM5[Resource::${parameter}/secrets/*]`,
    'AwsSolutions-S1',
  ])
})

it('every acknowledgement gives a reason', () => {
  for (const { reason } of acknowledged(stackOf(EVERYTHING))) expect(reason).toMatch(/^[A-Z].{40,}\.$/)
})

describe('grant()', () => {
  const role = new Role(stackOf(), 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })

  it('refuses a wildcard without a reason', () => {
    expect(() =>
      grant(role, [{ sid: 'Everything', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }]),
    ).toThrow('Cannot grant Everything on arn:aws:s3:::b/*: found a wildcard without a reason for it')
  })
})
