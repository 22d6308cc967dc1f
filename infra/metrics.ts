import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'

/** The metrics that the functions write to their logs. They have no dimensions: each pair of name and value would be billed. */
export type PollhookMetric =
  | 'SourcesTotal'
  | 'SourcesStale'
  | 'SourcesSuspended'
  | 'MaxLagSeconds'
  | 'DestinationsHeld'
  | 'ConfigurationErrors'
  | 'EventsPolled'
  | 'EventsEnqueued'
  | 'PollFaults'
  | 'Gaps'
  | 'RecordsQuarantined'
  | 'EventsDelivered'
  | 'DeliveryRetries'
  | 'DeliveriesRefused'
  | 'DeliveriesGivenUp'
  | 'DeliveryLagSeconds'

export const FIVE_MINUTES = Duration.minutes(5)

/** How many there were in five minutes. */
export function total(metricName: PollhookMetric): Metric {
  return pollhook(metricName, Stats.SUM, FIVE_MINUTES)
}

/** The most at any moment of five minutes. */
export function highest(metricName: PollhookMetric): Metric {
  return pollhook(metricName, Stats.MAXIMUM, FIVE_MINUTES)
}

/** How often it was written in a minute, whatever its value. */
export function writes(metricName: PollhookMetric): Metric {
  return pollhook(metricName, Stats.SAMPLE_COUNT, Duration.minutes(1))
}

function pollhook(metricName: PollhookMetric, statistic: string, period: Duration): Metric {
  return new Metric({ namespace: 'pollhook', metricName, statistic, period })
}
