import type { SQSBatchItemFailure, SQSBatchResponse, SQSRecord } from 'aws-lambda'
import { Fault } from '../../shared/contracts/fault.ts'
import type { Deliver } from './deliver.ts'
import type { Invocation, Received } from './job.ts'
import { partWays } from './part-ways.ts'
import type { Log, LogFields, Receipts } from './ports.ts'
import { holdDelayMs } from './schedule.ts'
import { type DeliveryMetrics, Tally } from './tally.ts'

export interface RecordPorts {
  readonly receipts: Receipts
  readonly log: Log
  /** Writes the metrics of one invocation; nothing when there are none. */
  readonly emit: (values: DeliveryMetrics) => void
  readonly now: () => Date
  /** In [0, 1). */
  readonly random: () => number
}

/**
 * Delivers what Lambda received together, all at the same time, but those that are to keep their order one after the other. Reports
 * the messages that have to stay in the queue. Their visibility is changed before they are reported, because from then on the queue
 * decides when they are seen again.
 */
export async function deliverRecords(
  records: readonly SQSRecord[],
  deadline: Date,
  deliver: Deliver,
  ports: RecordPorts,
): Promise<SQSBatchResponse> {
  const invocation = { deadline, tally: new Tally(), secrets: new Map() }
  const remainingMs = deadline.getTime() - ports.now().getTime()
  await partWays(records, remainingMs, (record, delayMs) => postpone(record, delayMs, ports), ports.random)
  const rows = await Promise.all(rowsOf(records).map((row) => deliverRow(row, invocation, deliver, ports)))
  for (const found of invocation.tally.old.all()) ports.log('warn', 'delivery.old-events', { ...found })
  ports.emit(invocation.tally.metrics())
  return { batchItemFailures: rows.flat() }
}

/** What has to be delivered one after the other. */
function rowsOf(records: readonly SQSRecord[]): SQSRecord[][] {
  const keyOf = (record: SQSRecord) =>
    keepsOrder(record) ? `group ${record.attributes.MessageGroupId}` : record.messageId
  return [...Map.groupBy(records, keyOf).values()]
}

/** A queue that keeps the order has a name that ends in `.fifo`. */
function keepsOrder({ eventSourceARN }: SQSRecord): boolean {
  return eventSourceARN.endsWith('.fifo')
}

/** Delivers until one has to stay: then those behind it stay too, and are seen again once it is out of the way. */
async function deliverRow(
  row: readonly SQSRecord[],
  invocation: Invocation,
  deliver: Deliver,
  ports: RecordPorts,
): Promise<SQSBatchItemFailure[]> {
  const failures: SQSBatchItemFailure[] = []
  for (const record of row) {
    const isBehind = failures.length > 0
    const failure = isBehind ? await stay(record, 0, ports) : await deliverRecord(record, invocation, deliver, ports)
    if (failure !== undefined) failures.push(failure)
  }
  return failures
}

/** @returns undefined when Lambda may remove the message from the queue */
async function deliverRecord(
  record: SQSRecord,
  invocation: Invocation,
  deliver: Deliver,
  ports: RecordPorts,
): Promise<SQSBatchItemFailure | undefined> {
  const delayMs = await delayOf(receivedOf(record), invocation, deliver, ports)
  return delayMs === undefined ? undefined : stay(record, delayMs, ports)
}

async function stay(record: SQSRecord, delayMs: number, ports: RecordPorts): Promise<SQSBatchItemFailure> {
  await postpone(record, delayMs, ports)
  return { itemIdentifier: record.messageId }
}

async function postpone(record: SQSRecord, delayMs: number, ports: RecordPorts): Promise<void> {
  try {
    await ports.receipts.postpone(record, delayMs)
  } catch (error) {
    // It is seen again when the queue's own visibility time-out ends, which is sooner or later than meant, but not lost.
    report('delivery.not-postponed', record, error, ports)
  }
}

/** @returns undefined when the message is done */
async function delayOf(
  received: Received,
  invocation: Invocation,
  deliver: Deliver,
  ports: RecordPorts,
): Promise<number | undefined> {
  try {
    const decision = await deliver(received, invocation)
    return decision.kind === 'later' ? decision.delayMs : undefined
  } catch (error) {
    report('delivery.failed', received, error, ports)
    invocation.tally.countFault()
    // The fault is ours. A message must not use up its receives while, for example, the table does not answer.
    const ageMs = ports.now().getTime() - received.sentAt.getTime()
    return holdDelayMs(ageMs, ports.random())
  }
}

function report(
  event: string,
  { messageId }: { readonly messageId: string },
  error: unknown,
  { log }: RecordPorts,
): void {
  log('error', event, { queueMessageId: messageId, ...described(error) })
}

/** An error that is no Fault may quote anything, so only its name and its place in the code are written. */
function described(error: unknown): LogFields {
  if (error instanceof Fault) return { kind: error.kind, reason: error.message }
  if (error instanceof Error) return { kind: 'internal', reason: error.name, stack: framesOf(error) }
  return { kind: 'internal', reason: typeof error }
}

function framesOf({ stack }: Error): string {
  return (stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n')
}

function receivedOf(record: SQSRecord): Received {
  const { messageId, body, attributes } = record
  return {
    messageId,
    body,
    isOrdered: keepsOrder(record),
    sentAt: new Date(Number(attributes.SentTimestamp)),
    firstReceivedAt: new Date(Number(attributes.ApproximateFirstReceiveTimestamp)),
    receives: Number(attributes.ApproximateReceiveCount),
  }
}
