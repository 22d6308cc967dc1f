import { type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { SqsAndS3 } from './emulators/sqs-s3.ts'
import type { Plan } from './plan.ts'

/**
 * Takes back what functions of an earlier run may still hold: leases, and messages in flight. In AWS they run out by themselves,
 * after up to 6 minutes; here it is known that every process of the earlier run is dead, so nobody has to wait for that.
 *
 * A lease is given back as a run gives it back, so that even a process that were alive could write nothing. Of the messages,
 * those come back that were due within the visibility timeout; a retry that was planned for then is tried a little early.
 */
export async function recover(plan: Plan, dynamoDb: DynamoDBClient, sqsAndS3: SqsAndS3, now: Date): Promise<void> {
  for (const { name } of plan.tables) await endLeases(name, dynamoDb, now)
  for (const { name, visibilitySeconds } of plan.queues) sqsAndS3.giveBack(name, visibilitySeconds, now)
}

/** See shared/source-state.ts: the lease of a source is in its item `state`. */
async function endLeases(table: string, dynamoDb: DynamoDBClient, now: Date): Promise<void> {
  const held = {
    FilterExpression: 'sk = :state AND leaseUntil > :now',
    ExpressionAttributeValues: { ':state': { S: 'state' }, ':now': { S: now.toISOString() } },
  }
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName: table, ...held })) {
    for (const { pk, sk } of Items) {
      if (pk === undefined || sk === undefined) continue
      await dynamoDb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk, sk },
          UpdateExpression: 'REMOVE leaseUntil',
        }),
      )
    }
  }
}
