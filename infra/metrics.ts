import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Metric as PollhookMetric } from '../shared/aws/metrics.ts'

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

/** The functions write their metrics without dimensions, because each pair of name and value would be billed. */
function pollhook(metricName: PollhookMetric, statistic: string, period: Duration): Metric {
  return new Metric({ namespace: 'pollhook', metricName, statistic, period })
}
