import { Duration } from 'aws-cdk-lib'
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { FIVE_MINUTES, type Metrics } from './metrics.ts'
import type { Queues } from './queue.ts'

export interface Shown {
  readonly alarms: readonly Alarm[]
  readonly metrics: Metrics
  readonly queues: Queues
  readonly functions: readonly IFunction[]
}

/** One page that follows an event's way: read, queued, delivered. */
export function dashboard(scope: Construct, shown: Shown): Dashboard {
  const { highest, total } = shown.metrics
  const page = new Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.hours(24),
    periodOverride: PeriodOverride.INHERIT,
  })
  page.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...shown.alarms], width: 24, height: 4 }))
  page.addWidgets(
    graph('Sources', [highest('SourcesTotal'), highest('SourcesStale'), highest('SourcesSuspended')]),
    graph('Events', [total('EventsPolled'), total('EventsEnqueued'), total('EventsDelivered')]),
    graph('Behind the clock, in seconds', [highest('MaxLagSeconds'), highest('DeliveryLagSeconds')]),
  )
  page.addWidgets(
    graph('What went wrong while reading', [
      total('PollFaults'),
      total('Gaps'),
      total('RecordsQuarantined'),
      highest('ConfigurationErrors'),
    ]),
    graph('Queue', queueDepth(shown.queues)),
    graph('What went wrong while delivering', [
      total('DeliveryRetries'),
      total('DeliveriesRefused'),
      total('DeliveriesGivenUp'),
      total('DeliveryFaults'),
      highest('DestinationsHeld'),
      highest('DestinationsFailing'),
    ]),
  )
  const each = (metric: (of: IFunction) => IMetric) => shown.functions.map(metric)
  page.addWidgets(
    graph(
      'Invocations',
      each((of) => of.metricInvocations({ period: FIVE_MINUTES })),
    ),
    graph(
      'Duration, longest',
      each((of) => of.metricDuration({ statistic: Stats.MAXIMUM, period: FIVE_MINUTES })),
    ),
    graph('Errors and throttles', [
      ...each((of) => of.metricErrors({ period: FIVE_MINUTES })),
      ...each((of) => of.metricThrottles({ period: FIVE_MINUTES })),
    ]),
  )
  return page
}

function queueDepth({ delivery, deadLetters, ordered }: Queues): IMetric[] {
  const most = { statistic: Stats.MAXIMUM, period: FIVE_MINUTES }
  return [
    delivery.metricApproximateNumberOfMessagesVisible({ ...most, label: 'waiting' }),
    delivery.metricApproximateNumberOfMessagesNotVisible({ ...most, label: 'in flight, or waiting for a retry' }),
    ...(ordered === undefined
      ? []
      : [ordered.metricApproximateNumberOfMessagesVisible({ ...most, label: 'waiting in order' })]),
    deadLetters.metricApproximateNumberOfMessagesVisible({ ...most, label: 'dead letters' }),
  ]
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, leftYAxis: { min: 0, showUnits: false }, width: 8, height: 6 })
}
