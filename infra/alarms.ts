import { Duration } from 'aws-cdk-lib'
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { alarm } from './alarm.ts'
import { FIVE_MINUTES, highest, total, writes } from './metrics.ts'
import type { Queues } from './queue.ts'

export interface Watched {
  readonly queues: Queues
  readonly dispatch: IFunction
  readonly poll: IFunction
  readonly deliver: IFunction
  /** How far behind the slowest source may be. */
  readonly maxLag: Duration
}

const COUNTED = { statistic: Stats.SUM, period: FIVE_MINUTES }

/** Everything that tells a person. */
export function alarms(scope: Construct, watched: Watched): Alarm[] {
  return [
    ...sourceAlarms(scope, watched.maxLag),
    ...destinationAlarms(scope, watched.queues),
    ...functionAlarms(
      scope,
      'Dispatch',
      watched.dispatch,
      'every source: ticks fail, and polls start late or not at all.',
    ),
    ...functionAlarms(scope, 'Poll', watched.poll, 'the sources whose runs were cut off: their events come late.'),
    ...functionAlarms(scope, 'Deliver', watched.deliver, 'the receivers: deliveries that were cut off are repeated.'),
    ...droppedAlarms(scope, watched),
  ]
}

function sourceAlarms(scope: Construct, maxLag: Duration): Alarm[] {
  return [
    alarm(scope, 'NoTick', {
      metric: writes('SourcesTotal'),
      when: { below: 1 },
      periods: [5, 5],
      hurts: 'everyone: no source has been polled for 5 minutes. Nothing is lost while the vendors keep their logs.',
      remedy:
        'Look at the log of the Dispatch function, then whether the schedule is enabled and whether this account has Lambda concurrency left.',
    }),
    alarm(scope, 'SourceStale', {
      metric: highest('SourcesStale'),
      when: { above: 0 },
      periods: [3, 3],
      hurts: 'the receivers of a source that has not been read successfully for three of its intervals and 15 minutes.',
      remedy:
        'Run `pollhook status`: it names the source and its fault. `pollhook check` tries it without moving anything.',
    }),
    alarm(scope, 'SourceSuspended', {
      metric: highest('SourcesSuspended'),
      when: { above: 0 },
      periods: [1, 1],
      hurts: 'the receivers of a source whose vendor refuses the credential; it is tried every 15 minutes.',
      remedy: 'Run `pollhook status` for its name, and set the new credential with `pollhook secret set`.',
    }),
    alarm(scope, 'Lag', {
      metric: highest('MaxLagSeconds'),
      when: { above: maxLag.toSeconds() },
      periods: [3, 3],
      hurts: `the receivers of a source that is read more than ${maxLag.toHumanString()} behind the clock.`,
      remedy:
        'Run `pollhook status`: a source that is throttled needs a higher limit or fewer other clients, one that is only slow catches up. If its `every` is longer than this, deploy with a higher lagAlarm.',
    }),
    alarm(scope, 'Gap', {
      metric: total('Gaps'),
      when: { above: 0 },
      periods: [1, 1],
      hurts: 'whoever is asked whether everything arrived: the vendor no longer has a part of the log.',
      remedy:
        'Run `pollhook gaps` for the interval and the reason, get it from the vendor by other means, and poll before the vendor forgets.',
    }),
    alarm(scope, 'ConfigurationBroken', {
      metric: highest('ConfigurationErrors'),
      when: { above: 0 },
      periods: [1, 1],
      hurts: 'the receivers of a source or destination whose parameter cannot be used; the others go on.',
      remedy:
        'The log of the Dispatch function names the parameter and the field. `pollhook check` tries a correction.',
    }),
  ]
}

function destinationAlarms(scope: Construct, queues: Queues): Alarm[] {
  return [
    alarm(scope, 'DestinationHeld', {
      metric: highest('DestinationsHeld'),
      when: { above: 0 },
      periods: [2, 2],
      hurts: 'the receiver of a destination that is wrong or down: its events wait, at most 14 days.',
      remedy:
        'Run `pollhook status` for its name and last answer, and correct its URL, credential or certificate. The next probe resumes by itself.',
    }),
    alarm(scope, 'DeliveryFaults', {
      metric: total('DeliveryFaults'),
      when: { above: 0 },
      periods: [3, 3],
      hurts:
        'receivers whose events wait because pollhook itself fails, not they: a store that does not answer, or a defect.',
      remedy:
        'The log of the Deliver function says why in its lines `delivery.failed`. Nothing is lost: the messages are tried again, and become dead letters before their queue would delete them.',
    }),
    alarm(scope, 'DeadLetters', {
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: FIVE_MINUTES,
      }),
      when: { above: 0 },
      periods: [1, 1],
      hurts: 'a receiver that has not got these events and will not, unless they are replayed within 14 days.',
      remedy:
        'Run `pollhook dlq list` for the reasons, correct the receiver or the destination, then `pollhook dlq replay`.',
    }),
    // After three receives SQS leaves a message out of this age, so a receiver that is down does not raise it.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    alarm(scope, 'QueueAge', {
      metric: queues.delivery.metric('ApproximateAgeOfOldestMessageInQuietGroups', {
        statistic: Stats.MAXIMUM,
        period: FIVE_MINUTES,
      }),
      when: { above: Duration.minutes(15).toSeconds() },
      periods: [3, 3],
      hurts: 'the receivers that are up and cause no backlog: their events wait more than 15 minutes.',
      remedy:
        'Look at the errors, throttles and concurrency of the Deliver function on the dashboard, and deploy with a higher maxConcurrency if it is at its limit.',
    }),
  ]
}

function functionAlarms(scope: Construct, id: string, watched: IFunction, who: string): Alarm[] {
  return [
    alarm(scope, `${id}Errors`, {
      metric: watched.metricErrors(COUNTED),
      when: { above: 0 },
      periods: [2, 3],
      hurts: who,
      remedy: `Look for level error in the log of the ${id} function; if invocations time out, look at their durations.`,
    }),
    alarm(scope, `${id}Throttles`, {
      metric: watched.metricThrottles(COUNTED),
      when: { above: 0 },
      periods: [2, 3],
      hurts: who,
      remedy:
        'Find which function uses up the concurrency of this account, and limit it, or ask AWS for a higher quota.',
    }),
  ]
}

/** What Lambda throws away without calling the function: no log tells of it. */
function droppedAlarms(scope: Construct, { poll, deliver }: Watched): Alarm[] {
  return [
    alarm(scope, 'PollEventsDropped', {
      metric: poll.metric('AsyncEventsDropped', COUNTED),
      when: { above: 0 },
      periods: [2, 3],
      hurts: 'the sources whose runs waited a minute for a place to run and were dropped: they are polled late.',
      remedy: 'Look at the throttles of the Poll function, and ask AWS for more concurrency or poll less often.',
    }),
    ...[poll, deliver].map((watched, index) =>
      alarm(scope, index === 0 ? 'PollRecursionDropped' : 'DeliverRecursionDropped', {
        metric: watched.metric('RecursiveInvocationsDropped', COUNTED),
        when: { above: 0 },
        periods: [1, 1],
        hurts: 'whoever waits for these events: Lambda took the invocation for an endless loop and stopped it.',
        remedy:
          'Find what sends back to where it came from: a destination that ends in a queue or function of this account, or a changed role. What was stopped is in the dead-letter queue.',
      }),
    ),
  ]
}
