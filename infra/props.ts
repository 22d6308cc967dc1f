import { z } from 'zod'
import { durationMs } from '../shared/contracts/settings.ts'
import { destinationArn } from './destination-arns.ts'

/** What can be chosen about a deployment. Every value has a default, so that `cdk deploy` needs none of them. */
const pollhookProps = z.strictObject({
  /**
   * Under which path of Parameter Store the configuration lives. One prefix belongs to one deployment: the names of the
   * stack, the table and the queues are made from it, so another prefix is another deployment. Default `/pollhook`.
   */
  prefix: z
    .string()
    .regex(
      /^(?!\/(aws|ssm))\/[a-z][a-z0-9_-]*(\/[a-z0-9_-]+){0,4}$/i,
      'must be a path such as /pollhook or /security/pollhook, and not begin with /aws or /ssm',
    )
    .max(48, 'must have at most 48 characters')
    .default('/pollhook'),
  /** Where alarms are mailed. The address must confirm the subscription once. Default: alarms change state and nobody is told. */
  alarmEmail: z.email('must be an e-mail address').optional(),
  /**
   * How many invocations of `deliver` may run at once, 2 to 1,000
   * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html). Each sends up to 10 requests. Default 20.
   */
  maxConcurrency: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(2, 'must be at least 2')
    .max(1000, 'must be at most 1000')
    .default(20),
  /**
   * Whether there is a queue that keeps the order (SQS FIFO), for destinations with `ordered`. It costs a quarter more per message
   * (https://aws.amazon.com/sqs/pricing/), and nothing while nobody uses it. Default false.
   */
  orderedDelivery: z.stringbool('must be true or false').or(z.boolean('must be true or false')).default(false),
  /**
   * How far behind the clock the slowest source may be read before the alarm, such as `90m` or `6h`. It must be longer than
   * the longest `every` of any source, or the alarm never rests. Default `6h`.
   */
  lagAlarm: z
    .string()
    .refine((text) => (durationMs(text) ?? 0) >= 60_000, 'must be a duration of at least a minute, such as 90m or 6h')
    .default('6h'),
  /**
   * `public`: requests leave from addresses of AWS that change. `static`: they leave from one fixed address, which the stack
   * prints, for vendors and receivers with an allow-list; costs a NAT gateway. Default `public`.
   */
  egress: z.enum(['public', 'static'], 'must be public or static').default('public'),
  /**
   * `aws`: everything is encrypted with keys that AWS owns, free of charge. `customer`: with a key of this stack, whose use
   * you can audit and revoke. Default `aws`.
   */
  encryption: z.enum(['aws', 'customer'], 'must be aws or customer').default('aws'),
  /**
   * The secrets of Secrets Manager that configurations may refer to, as ARNs; a pattern may end in `*`. Both sides, sources
   * and destinations, can read them. In a context: separated by commas. Default: none.
   */
  secretsManagerArns: z
    .preprocess(
      listed,
      z.array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^*?,\s]+\*?$/,
            'must be the ARN of a secret of Secrets Manager',
          ),
        'must be a list of ARNs',
      ),
    )
    .default([]),
  /**
   * What the destinations in AWS are, as ARNs: bucket or objects in it, Firehose streams, event buses, OpenSearch domains and
   * collections, and KMS keys of buckets. The deliver function may write to these and to nothing else. In a context: separated by
   * commas. Default: none.
   */
  destinationArns: z.preprocess(listed, z.array(destinationArn, 'must be a list of ARNs')).default([]),
})

/** A context on the command line knows text alone. */
function listed(given: unknown): unknown {
  return typeof given === 'string' ? given.split(',') : given
}

/** The choices as they are written down. */
export type PollhookProps = z.input<typeof pollhookProps>

/** The choices with every default filled in. */
export type Choices = z.output<typeof pollhookProps>

/** The choices that were given cannot be deployed. Its message is for the person who gave them. */
export class InvalidProps extends Error {
  override readonly name = 'InvalidProps'
}

/** @throws InvalidProps with one line for each value that is unknown or malformed */
export function readProps(given: unknown): Choices {
  const read = pollhookProps.safeParse(given)
  if (read.success) return read.data
  const lines = read.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `  ${issue.keys.join(', ')}: not known; known are ${Object.keys(pollhookProps.shape).join(', ')}`
      : `  ${issue.path.join('.')}: ${issue.message}`,
  )
  throw new InvalidProps(['Cannot make the pollhook stack from the values it was given:', ...lines].join('\n'))
}

/**
 * The choices in a context, which is what `-c name=value` and `context` in cdk.json become. Keys with a colon or a slash in them
 * belong to CDK itself.
 *
 * @throws InvalidProps as `readProps`
 */
export function propsFromContext(context: Readonly<Record<string, unknown>>): Choices {
  return readProps(Object.fromEntries(Object.entries(context).filter(([key]) => !/[:/]/.test(key))))
}
