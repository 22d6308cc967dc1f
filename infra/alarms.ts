import type { Duration } from 'aws-cdk-lib'
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { alarm } from './alarm.ts'
import { FIVE_MINUTES, type Metrics } from './metrics.ts'
import type { Queues } from './queue.ts'
import { queueAlarms } from './queue-alarms.ts'

export interface Watched {
  readonly metrics: Metrics
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
    ...sourceAlarms(scope, watched),
    ...destinationAlarms(scope, watched.metrics),
    ...queueAlarms(scope, watched.queues),
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

function sourceAlarms(scope: Construct, { metrics, maxLag }: Watched): Alarm[] {
  const { highest, total, writes } = metrics
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
    alarm(scope, 'HeldBack', {
      metric: highest('HoldBackPercent'),
      when: { above: 50 },
      periods: [3, 3],
      hurts:
        'whoever waits for the events of a source that is not polled, because its receiver takes nothing and the queue is deep. More than half of the time is over for which that may go on; then it is polled again, as its vendor may forget, and the queue fills.',
      remedy:
        'Run `pollhook status` for the destination that is held or failing and mend it: its sources go on by themselves. If it is given up, take it out of its sources.',
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

function destinationAlarms(scope: Construct, { highest, total }: Metrics): Alarm[] {
  return [
    alarm(scope, 'DestinationHeld', {
      metric: highest('DestinationsHeld'),
      when: { above: 0 },
      periods: [2, 2],
      hurts: 'the receiver of a destination that is wrong or down: its events wait, at most 14 days.',
      remedy:
        'Run `pollhook status` for its name and last answer, and correct its URL, credential or certificate. The next probe resumes by itself.',
    }),
    alarm(scope, 'DestinationFailing', {
      metric: highest('DestinationsFailing'),
      when: { above: 0 },
      periods: [3, 3],
      hurts:
        'the receiver of a destination that answers with errors, or not at all, whatever it is sent: its events wait, and are given up one by one when they are older than its giveUpAfter.',
      remedy:
        'Run `pollhook status` for its name, and the log of the Deliver function for its answers. Mend the receiver; the next message that it takes resumes everything.',
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
