import { CfnResource, RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'

/**
 * How far everything has got: positions, leases, ledgers, gaps, circuits. Losing it means reading every source from its
 * `startFrom` again, so it outlives the stack, refuses to be deleted, and can be put back to any second of the last 35 days.
 */
export function checkpointTable(scope: Construct, name: string, key: Key | undefined): TableV2 {
  const table = new TableV2(scope, 'Checkpoints', {
    tableName: `${name}-checkpoints`,
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
    billing: Billing.onDemand(),
    encryption: TableEncryptionV2.dynamoOwnedKey(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  })
  if (key !== undefined) encryptWith(table, key)
  return table
}

/** Does what TableEncryptionV2.customerManagedKey does, which works only in a stack whose Region is known when it is written. */
function encryptWith(table: TableV2, key: Key): void {
  const resource = table.node.defaultChild
  if (!CfnResource.isCfnResource(resource))
    throw new Error('Cannot encrypt the checkpoints: found no table, wanted one')
  resource.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' })
  resource.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn })
}
