import { z } from 'zod'

/** A value that may be made with intrinsic functions; `resolve` reads it. */
const value = z.unknown()

/** Properties that change nothing about a local run: who may do what, encryption, logs and descriptions. */
const ignored = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, z.unknown().optional()]))

/*
 * The types of resource that a local run creates, each with every property it understands. A property that is not here is an
 * error, so that a change of the infrastructure cannot go unnoticed; resources of other types (roles, alarms, …) are no part of
 * a local run.
 */

/** AWS::DynamoDB::GlobalTable and AWS::DynamoDB::Table */
export const table = z.strictObject({
  ...ignored('TableName', 'BillingMode', 'Replicas', 'SSESpecification', 'PointInTimeRecoverySpecification'),
  ...ignored('DeletionProtectionEnabled', 'Tags', 'WarmThroughput', 'TableClass', 'KinesisStreamSpecification'),
  ...ignored('WriteOnDemandThroughputSettings', 'ContributorInsightsSpecification'),
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })).min(1),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
})

/** AWS::SQS::Queue */
export const queue = z.strictObject({
  ...ignored('QueueName', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled'),
  ...ignored('RedriveAllowPolicy', 'Tags'),
  VisibilityTimeout: z.number().optional(),
  MessageRetentionPeriod: z.number().optional(),
  MaximumMessageSize: z.number().optional(),
  DelaySeconds: z.number().optional(),
  FifoQueue: z.boolean().optional(),
  DeduplicationScope: z.literal('messageGroup').optional(),
  FifoThroughputLimit: z.literal('perMessageGroupId').optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: value, maxReceiveCount: z.number() }).optional(),
})

/** AWS::S3::Bucket */
export const bucket = z.strictObject({
  ...ignored('BucketName', 'BucketEncryption', 'LifecycleConfiguration', 'PublicAccessBlockConfiguration'),
  ...ignored('OwnershipControls', 'Tags', 'LoggingConfiguration', 'VersioningConfiguration'),
})

/** AWS::Lambda::Function */
export const lambdaFunction = z.strictObject({
  ...ignored('FunctionName', 'Description', 'Role', 'Architectures', 'LoggingConfig', 'Tags', 'TracingConfig'),
  ...ignored('VpcConfig', 'KmsKeyArn', 'ReservedConcurrentExecutions', 'RecursiveLoop', 'DeadLetterConfig'),
  Runtime: z.literal('nodejs24.x'),
  Handler: z.string().regex(/^\w+\.\w+$/),
  Code: z.strictObject({ S3Bucket: value, S3Key: value }),
  Timeout: z.number().optional(),
  MemorySize: z.number().optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), value) }).optional(),
})

/** AWS::Lambda::EventInvokeConfig */
export const eventInvokeConfig = z.strictObject({
  ...ignored('DestinationConfig'),
  FunctionName: value,
  Qualifier: z.literal('$LATEST'),
  MaximumEventAgeInSeconds: z.number().optional(),
  MaximumRetryAttempts: z.literal(0),
})

/** AWS::Lambda::EventSourceMapping */
export const eventSourceMapping = z.strictObject({
  ...ignored('MetricsConfig', 'Tags'),
  EventSourceArn: value,
  FunctionName: value,
  Enabled: z.boolean().optional(),
  BatchSize: z.number().min(1).max(10).optional(),
  MaximumBatchingWindowInSeconds: z.literal(0).optional(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).optional(),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.number() }).optional(),
})

/** AWS::Scheduler::Schedule */
export const schedule = z.strictObject({
  ...ignored('Name', 'Description', 'GroupName', 'KmsKeyArn', 'ScheduleExpressionTimezone'),
  ScheduleExpression: z.string(),
  State: z.literal('ENABLED').optional(),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  Target: z.strictObject({ ...ignored('RoleArn', 'RetryPolicy', 'DeadLetterConfig'), Arn: value, Input: value }),
})
