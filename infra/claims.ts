import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import type { Key } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { RETENTION } from './queue.ts'

/** The part of the bucket that is used. */
export const CLAIMS = 'claims/'

/**
 * A message may be given up after 13 days and be put into the dead-letter queue as a new message, which starts that queue's own
 * retention. What a message points at must last as long as the message: through both queues, and a day more.
 */
const CLAIM_DAYS = 2 * RETENTION.toDays() + 1

/** Messages too big for the queue. They outlive the stack, as the queues do, and expire by themselves. */
export function claimsBucket(scope: Construct, key: Key | undefined): Bucket {
  const bucket = new Bucket(scope, 'Claims', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    ...(key === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
    lifecycleRules: [
      {
        prefix: CLAIMS,
        expiration: Duration.days(CLAIM_DAYS),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  })
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Only poll writes here and only deliver reads, a few objects a month, and both log what they do. Access logs would need a second bucket to keep and to secure.',
  })
  return bucket
}
