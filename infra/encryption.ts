import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import type { Permission } from './permission.ts'

/**
 * The key for everything at rest, where the customer wants one of their own. Kept when the stack goes, because what it encrypted
 * is kept too.
 */
export function customerKey(scope: Construct): Key {
  const key = new Key(scope, 'Key', {
    description: `Events, checkpoints and logs of ${Stack.of(scope).stackName}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogGroups',
      principals: [new ServicePrincipal(`logs.${Stack.of(scope).region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': Stack.of(scope).formatArn({ service: 'logs', resource: '*' }),
        },
      },
    }),
  )
  return key
}

/**
 * Lets a function use the key, and only by way of the services that hold its data. The list is what DynamoDB asks of a caller
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html) without its wildcards; SQS, S3
 * and Parameter Store need a part of it.
 */
export function useOf(key: Key): Permission {
  const { region, urlSuffix } = Stack.of(key)
  return {
    sid: 'UseTheKey',
    actions: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:DescribeKey',
    ],
    resources: [key.keyArn],
    conditions: {
      StringEquals: {
        'kms:ViaService': ['dynamodb', 'sqs', 's3', 'ssm'].map((service) => `${service}.${region}.${urlSuffix}`),
      },
    },
  }
}
