import { Duration } from 'aws-cdk-lib'
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Metric as PollhookMetric } from '../shared/aws/metrics.ts'

export const FIVE_MINUTES = Duration.minutes(5)

/** What the functions of one deployment write. */
export interface Metrics {
  /** How many there were in five minutes. */
  total(name: PollhookMetric): Metric
  /** The most at any moment of five minutes. */
  highest(name: PollhookMetric): Metric
  /** How often it was written in a minute, whatever its value. */
  writes(name: PollhookMetric): Metric
}

/**
 * The functions write their metrics without dimensions, because each pair of name and value would be billed; what tells two
 * deployments apart is the namespace.
 *
 * @param namespace the name of the deployment, as in shared/aws/metrics.ts
 */
export function metricsOf(namespace: string): Metrics {
  const metric = (metricName: string, statistic: string, period: Duration) =>
    new Metric({ namespace, metricName, statistic, period })
  return {
    total: (name) => metric(name, Stats.SUM, FIVE_MINUTES),
    highest: (name) => metric(name, Stats.MAXIMUM, FIVE_MINUTES),
    writes: (name) => metric(name, Stats.SAMPLE_COUNT, Duration.minutes(1)),
  }
}
