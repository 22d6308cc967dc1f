import { Duration, Stack } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Construct } from 'constructs'
import { grant } from './permission.ts'

/** The tick: the one schedule there is. A tick that cannot be handed over is not repeated, because the next one does its work. */
export function tick(scope: Construct, dispatch: IFunction): Schedule {
  const { account } = Stack.of(scope)
  const scheduleGroup = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule-group',
    resourceName: 'default',
  })
  const role = new Role(scope, 'TickRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': scheduleGroup } },
    }),
  })
  grant(role, [{ sid: 'Tick', actions: ['lambda:InvokeFunction'], resources: [dispatch.functionArn] }])
  return new Schedule(scope, 'Tick', {
    description: 'Starts dispatch, which starts every poll that is due',
    schedule: ScheduleExpression.rate(Duration.minutes(1)),
    target: new LambdaInvoke(dispatch, {
      // CDK would add every version and alias of the function to the role.
      role: role.withoutPolicyUpdates(),
      input: ScheduleTargetInput.fromObject({ tickAt: ContextAttribute.scheduledTime }),
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
    }),
  })
}
