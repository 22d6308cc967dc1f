import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { GAP_REASONS, type Gap } from '../contracts/event.ts'
import { Fault } from '../contracts/fault.ts'
import { toMs } from '../contracts/time.ts'
import { awsFault } from './aws-fault.ts'

/** A gap as it is stored. */
export interface RecordedGap extends Gap {
  /** When it was noticed first. */
  readonly recordedAt: string
}

export interface Gaps {
  /** Records a gap; the same gap twice is one gap, and so is one record, whatever interval it was missed in. @throws Fault `store-unavailable` */
  record(sourceId: string, gap: Gap, now: Date): Promise<void>
  /** All gaps of a source, by their beginnings. @throws Fault `store-unavailable`; `position-unreadable` */
  list(sourceId: string): Promise<RecordedGap[]>
}

const text = z.object({ S: z.string() })
const gapItem = z.object({
  from: text,
  to: text,
  reason: z.object({ S: z.enum(GAP_REASONS) }),
  recordedAt: text,
  record: text.optional(),
})

/** The gaps of all sources in DynamoDB. They stay until somebody deletes them: they are the answer to "did we get all?". */
export function gapStore(client: DynamoDBClient, table: string): Gaps {
  return {
    async record(sourceId, gap, now) {
      const item = {
        pk: { S: `source#${sourceId}` },
        sk: { S: `gap#${gap.record === undefined ? `${gap.from}#${gap.to}` : `record#${gap.record}`}#${gap.reason}` },
        from: { S: gap.from },
        to: { S: gap.to },
        reason: { S: gap.reason },
        recordedAt: { S: now.toISOString() },
        ...(gap.record !== undefined && { record: { S: gap.record } }),
      }
      const command = new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(sk)',
      })
      await client.send(command).catch((error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return
        throw awsFault('store-unavailable', `record a gap of source ${sourceId}`, error)
      })
    },

    async list(sourceId) {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :gap)',
        ExpressionAttributeValues: { ':pk': { S: `source#${sourceId}` }, ':gap': { S: 'gap#' } },
      }
      const found: RecordedGap[] = []
      try {
        for await (const page of paginateQuery({ client }, query)) {
          for (const item of page.Items ?? []) found.push(read(sourceId, item))
        }
      } catch (error) {
        throw awsFault('store-unavailable', `list the gaps of source ${sourceId}`, error)
      }
      return found.sort((a, b) => toMs(a.from) - toMs(b.from))
    },
  }
}

function read(sourceId: string, item: Readonly<Record<string, AttributeValue>>): RecordedGap {
  const gap = gapItem.safeParse(item)
  if (gap.success) {
    const { from, to, reason, recordedAt, record } = gap.data
    const known = { from: from.S, to: to.S, reason: reason.S, recordedAt: recordedAt.S }
    return record === undefined ? known : { ...known, record: record.S }
  }
  const found = gap.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new Fault(
    'position-unreadable',
    `Cannot read item ${item.sk?.S} of source ${sourceId}: found ${found}, wanted a gap`,
  )
}
