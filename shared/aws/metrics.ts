import { deploymentName } from '../deployment-name.ts'
import { parameterPrefix } from './environment.ts'
import { toStdout } from './log.ts'

/** Every metric of pollhook and its unit, in the namespace of its deployment, without dimensions. */
const METRICS = {
  SourcesTotal: 'Count',
  SourcesStale: 'Count',
  SourcesSuspended: 'Count',
  MaxLagSeconds: 'Seconds',
  HoldBackPercent: 'Percent',
  DestinationsHeld: 'Count',
  DestinationsFailing: 'Count',
  ConfigurationErrors: 'Count',
  EventsPolled: 'Count',
  EventsEnqueued: 'Count',
  PollFaults: 'Count',
  Gaps: 'Count',
  RecordsQuarantined: 'Count',
  EventsDelivered: 'Count',
  DeliveryRetries: 'Count',
  DeliveriesRefused: 'Count',
  DeliveriesGivenUp: 'Count',
  DeliveryFaults: 'Count',
  DeliveryLagSeconds: 'Seconds',
} as const

export type Metric = keyof typeof METRICS

export type EmitMetrics = (values: Readonly<Partial<Record<Metric, number>>>) => void

/**
 * Emits metrics as one line on standard output in CloudWatch's embedded metric format, which costs no call
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * @param namespace where the alarms of the deployment look for them; default: that of `POLLHOOK_PREFIX`
 * @throws TypeError for a value that is not finite, which CloudWatch would drop together with the whole line
 */
export function createMetrics(
  now: () => Date = () => new Date(),
  write: (line: string) => void = toStdout,
  namespace: string = deploymentName(parameterPrefix()),
): EmitMetrics {
  return (values) => {
    const entries = Object.entries(METRICS).flatMap(([Name, Unit]) => {
      const value = values[Name as Metric]
      if (value === undefined) return []
      if (!Number.isFinite(value)) throw new TypeError(`Metric ${Name} must be a finite number: found ${value}`)
      return [{ Name, Unit, value }]
    })
    if (entries.length === 0) return
    const Metrics = entries.map(({ Name, Unit }) => ({ Name, Unit }))
    const line = {
      _aws: {
        Timestamp: now().getTime(),
        CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[]], Metrics }],
      },
      ...Object.fromEntries(entries.map(({ Name, value }) => [Name, value])),
    }
    write(`${JSON.stringify(line)}\n`)
  }
}
