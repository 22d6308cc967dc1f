import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'

/** An alarm that nobody can act on is noise, so none can be declared without saying whom it is about and what to do. */
export interface AlarmProps {
  readonly metric: IMetric
  /** When it is raised: the metric is `above` the value, or it is `below` it or has stopped. */
  readonly when: { readonly above: number } | { readonly below: number }
  /** In how many of how many of the metric's periods. */
  readonly periods: readonly [number, number]
  /** Who is hurt, and how: a sentence. */
  readonly hurts: string
  /** What to do, in the order to do it: a sentence or two. */
  readonly remedy: string
}

/** Declares an alarm. Whom it hurts and the remedy are its description, so they are in the mail. */
export function alarm(scope: Construct, id: string, props: AlarmProps): Alarm {
  const [datapointsToAlarm, evaluationPeriods] = props.periods
  const condition =
    'above' in props.when
      ? {
          threshold: props.when.above,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          treatMissingData: TreatMissingData.NOT_BREACHING,
        }
      : {
          threshold: props.when.below,
          comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
          treatMissingData: TreatMissingData.BREACHING,
        }
  return new Alarm(scope, id, {
    ...condition,
    metric: props.metric,
    alarmDescription: `Hurts: ${props.hurts} Remedy: ${props.remedy}`,
    datapointsToAlarm,
    evaluationPeriods,
  })
}
