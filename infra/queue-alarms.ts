import { Duration } from 'aws-cdk-lib'
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { alarm } from './alarm.ts'
import { FIVE_MINUTES } from './metrics.ts'
import type { Queues } from './queue.ts'

const HIGHEST = { statistic: Stats.MAXIMUM, period: FIVE_MINUTES }

/**
 * Two thirds of the messages that SQS hides at a time; beyond 120,000 nobody can receive any
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
 */
const NEARLY_FULL = 80_000

/** What the queues themselves tell. */
export function queueAlarms(scope: Construct, { delivery, deadLetters, ordered }: Queues): Alarm[] {
  return [
    ...(ordered === undefined ? [] : orderedAlarms(scope, ordered)),
    alarm(scope, 'DeadLetters', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(HIGHEST),
      when: { above: 0 },
      periods: [1, 1],
      hurts: 'a receiver that has not got these events and will not, unless they are replayed within 14 days.',
      remedy:
        'Run `pollhook dlq list` for the reasons, correct the receiver or the destination, then `pollhook dlq replay`.',
    }),
    // After three receives SQS leaves a message out of this age, so a receiver that is down does not raise it.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    alarm(scope, 'QueueAge', {
      metric: delivery.metric('ApproximateAgeOfOldestMessageInQuietGroups', HIGHEST),
      when: { above: Duration.minutes(15).toSeconds() },
      periods: [3, 3],
      hurts: 'the receivers that are up and cause no backlog: their events wait more than 15 minutes.',
      remedy:
        'Look at the errors, throttles and concurrency of the Deliver function on the dashboard, and deploy with a higher maxConcurrency if it is at its limit.',
    }),
    alarm(scope, 'QueueNearlyFull', {
      metric: delivery.metricApproximateNumberOfMessagesNotVisible(HIGHEST),
      when: { above: NEARLY_FULL },
      periods: [1, 1],
      hurts:
        'every receiver before long: more than 80,000 messages wait for another attempt, and from 120,000 on SQS hands out none to anybody.',
      remedy:
        'Run `pollhook status` for the destinations that are held or failing, and `pollhook pause` the sources that feed them. Mend the receivers. For one that is failing and given up, a shorter giveUpAfter moves its messages to the dead-letter queue as they come to be tried.',
    }),
  ]
}

function orderedAlarms(scope: Construct, ordered: Queue): Alarm[] {
  return [
    // A queue that keeps the order leaves no message out of this age, however often it was received.
    alarm(scope, 'OrderedQueueAge', {
      metric: ordered.metricApproximateAgeOfOldestMessage(HIGHEST),
      when: { above: Duration.hours(1).toSeconds() },
      periods: [1, 1],
      hurts:
        'a receiver that wants events in order: those of a source wait for more than an hour, because the first of them is not taken, or there are more than the receiver can take one after the other.',
      remedy:
        'The lines `delivery.attempted` in the log of the Deliver function name the destination, the source and the answer. Mend the receiver; a shorter giveUpAfter moves an event to the dead-letter queue that is never taken, and the next ones go.',
    }),
    // Hardly any of them are hidden: only the first of each row is tried. But SQS looks for rows among the first 120,000 alone.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html
    alarm(scope, 'OrderedQueueNearlyFull', {
      metric: ordered.metricApproximateNumberOfMessagesVisible(HIGHEST),
      when: { above: NEARLY_FULL },
      periods: [1, 1],
      hurts:
        'all receivers that want events in order, before long: more than 80,000 messages wait, and SQS does not look behind the first 120,000.',
      remedy:
        'Run `pollhook status` for the destinations that are held or failing, and `pollhook pause` the sources that feed them. Mend the receivers, or let them take several events per request.',
    }),
  ]
}
