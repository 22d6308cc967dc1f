import { z } from 'zod'
import type { Permission } from './permission.ts'

/** What the deliver function must be allowed for a kind of destination in AWS, by the service in its ARN. */
interface Service {
  readonly sid: string
  readonly action: `${string}:${string}`
  readonly arn: RegExp
  /** What follows an ARN that names a whole, such as a bucket, for what is in it. */
  readonly within?: (arn: string) => string
  /** Why there is a wildcard. */
  readonly wildcard?: string
  readonly conditions?: (region: string) => Permission['conditions']
}

const OBJECTS =
  'The name of an object is made of the events in it. The operator named bucket and prefix in destinationArns.'

/**
 * - S3: objects of a bucket or an access point, all of them or those under a prefix
 * - KMS: the key of a bucket, for what goes through S3 alone
 *   (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms)
 * - OpenSearch Service: every path of a domain, since the index is in the path
 *   (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html)
 * - OpenSearch Serverless: what the collection's own data access policy says
 *   (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html)
 */
const SERVICES: Readonly<Record<string, Service>> = {
  s3: {
    sid: 'WriteObjects',
    action: 's3:PutObject',
    arn: /^arn:aws[a-z-]*:s3:([a-z0-9-]*:\d{12}:accesspoint\/[a-z0-9-]+(\/object\/[^*?,\s]*\*?)?|::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^*?,\s]*\*?)?)$/,
    within: (arn) => (/:accesspoint\/[^/]+$/.test(arn) ? '/object/*' : arn.includes('/') ? '' : '/*'),
    wildcard: OBJECTS,
  },
  kms: {
    sid: 'EncryptObjects',
    action: 'kms:GenerateDataKey',
    arn: /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-z0-9-]+$/,
    conditions: (region) => ({ StringLike: { 'kms:ViaService': `s3.${region}.amazonaws.com*` } }),
  },
  firehose: {
    sid: 'PutRecords',
    action: 'firehose:PutRecordBatch',
    arn: /^arn:aws[a-z-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream\/[a-zA-Z0-9_.-]+$/,
  },
  events: {
    sid: 'PutEvents',
    action: 'events:PutEvents',
    arn: /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[/.\-_A-Za-z0-9]+$/,
  },
  es: {
    sid: 'WriteDocuments',
    action: 'es:ESHttpPost',
    arn: /^arn:aws[a-z-]*:es:[a-z0-9-]+:\d{12}:domain\/[a-z][a-z0-9-]+(\/[^*?,\s]*\*?)?$/,
    within: (arn) => (/:domain\/[^/]+$/.test(arn) ? '/*' : ''),
    wildcard: 'The index is in the path of a request. The operator named the domain in destinationArns.',
  },
  aoss: {
    sid: 'UseCollections',
    action: 'aoss:APIAccessAll',
    arn: /^arn:aws[a-z-]*:aoss:[a-z0-9-]+:\d{12}:collection\/[a-z0-9]+$/,
  },
}

/** The ARN of something in AWS that is a destination. */
export const destinationArn = z
  .string()
  .refine(
    (arn) => serviceOf(arn)?.arn.test(arn) === true,
    'must be the ARN of a bucket or objects in it, a Firehose stream, an event bus, an OpenSearch domain or collection, or a KMS key',
  )

/** What the deliver function may do with the destinations: one permission for each service. @param arns that passed the schema */
export function destinationPermissions(arns: readonly string[]): Permission[] {
  return [...Map.groupBy(arns, (arn) => `${partsOf(arn).service} ${partsOf(arn).region}`)].flatMap(([, ofOne]) => {
    const [first = ''] = ofOne
    const service = serviceOf(first)
    return service === undefined ? [] : [permission(service, ofOne, partsOf(first).region)]
  })
}

function permission({ sid, action, within, wildcard, conditions }: Service, arns: readonly string[], region: string) {
  const found = conditions?.(region)
  return {
    // Letters and digits, and another for each Region.
    sid: `${sid}${region.replaceAll('-', '')}`,
    actions: [action],
    resources: arns.map((arn) => `${arn}${within?.(arn) ?? ''}`),
    ...(found !== undefined && { conditions: found }),
    ...(wildcard !== undefined && { wildcard }),
  }
}

function serviceOf(arn: string): Service | undefined {
  return SERVICES[partsOf(arn).service]
}

function partsOf(arn: string): { service: string; region: string } {
  const [, , service = '', region = ''] = arn.split(':')
  return { service, region }
}
