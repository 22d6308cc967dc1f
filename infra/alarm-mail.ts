import { Stack } from 'aws-cdk-lib'
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'

/** Mails every alarm when it is raised and when it is over. */
export function alarmMail(scope: Construct, address: string, alarms: readonly Alarm[], key: Key | undefined): Topic {
  const topic = new Topic(scope, 'AlarmMail', { enforceSSL: true, ...(key === undefined ? {} : { masterKey: key }) })
  topic.addSubscription(new EmailSubscription(address))
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com')
  // enforceSSL gives the topic a policy of its own in place of the default one, by which alarms could publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublish',
      principals: [cloudWatch],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  )
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  key?.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsPublish',
      principals: [cloudWatch],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
    }),
  )
  for (const alarm of alarms) {
    alarm.addAlarmAction(new SnsAction(topic))
    alarm.addOkAction(new SnsAction(topic))
  }
  return topic
}
