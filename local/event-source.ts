import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteMessageBatchCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import { z } from 'zod'
import { ACCOUNT_ID, REGION } from './emulators/emulator.ts'
import type { Outcome } from './function-process.ts'
import type { EventSourcePlan } from './plan.ts'

/** The longest that SQS lets a receive wait, and what Lambda uses. */
const LONG_POLL_SECONDS = 20
/** The most that DeleteMessageBatch takes. */
const DELETES_PER_CALL = 10
const PAUSE_AFTER_ERROR_MS = 1_000

export interface EventSourceOptions {
  readonly plan: EventSourcePlan
  readonly queueUrl: string
  readonly sqs: SQSClient
  /** How many batches may be under way; the plan's own maximum if that is lower. */
  readonly maxPollers: number
  readonly invoke: (payload: string) => Promise<Outcome>
  readonly onError: (error: unknown) => void
}

/** Feeds a function from a queue, as a Lambda event source mapping does. */
export class EventSource {
  readonly #options: EventSourceOptions
  readonly #stop = new AbortController()
  readonly #pollers: Promise<void>[]

  /** Starts at once. */
  constructor(options: EventSourceOptions) {
    this.#options = options
    const count = Math.min(options.plan.maximumConcurrency, options.maxPollers)
    this.#pollers = Array.from({ length: count }, () => this.#poll())
  }

  /** Receives no more; returns when the batches under way have had their outcome. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#pollers)
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const messages = await this.#receive()
        if (messages.length > 0) await this.#process(messages)
      } catch (error) {
        if (signal.aborted) return
        this.#options.onError(error)
        await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => {})
      }
    }
  }

  async #receive(): Promise<Message[]> {
    const { sqs, queueUrl, plan } = this.#options
    const answer = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: plan.batchSize,
        WaitTimeSeconds: LONG_POLL_SECONDS,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: this.#stop.signal },
    )
    return answer.Messages ?? []
  }

  async #process(messages: readonly Message[]): Promise<void> {
    const { plan, queueUrl, sqs, invoke } = this.#options
    const records = messages.map((message) => record(message, plan.queueName))
    const event: SQSEvent = { Records: records }
    const done = acknowledged(records, await invoke(JSON.stringify(event)), plan.reportsItemFailures)
    for (let start = 0; start < done.length; start += DELETES_PER_CALL) {
      const entries = done
        .slice(start, start + DELETES_PER_CALL)
        .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }))
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }))
    }
  }
}

const response = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable()

/**
 * The records that are done with and are to be deleted; the others come back when their visibility ends. The rules are those of
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: no response or no list is success; an identifier
 * that is empty, missing or not of this batch, any other response, and a failed invocation leave the whole batch.
 */
export function acknowledged(
  records: readonly SQSRecord[],
  outcome: Outcome,
  reportsItemFailures: boolean,
): readonly SQSRecord[] {
  if (outcome.error !== undefined) return []
  if (!reportsItemFailures) return records
  const read = response.safeParse(JSON.parse(outcome.payload))
  if (!read.success) return []
  const failed = new Set(read.data?.batchItemFailures?.map((failure) => failure.itemIdentifier))
  const known = new Set(records.map(({ messageId }) => messageId))
  if ([...failed].some((id) => !known.has(id))) return []
  return records.filter(({ messageId }) => !failed.has(messageId))
}

/** A message as Lambda shows it to a function. */
function record(message: Message, queueName: string): SQSRecord {
  const attributes = message.Attributes ?? {}
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ...attributes,
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? '',
      SentTimestamp: attributes.SentTimestamp ?? '',
      SenderId: attributes.SenderId ?? '',
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? '',
    },
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${queueName}`,
    awsRegion: REGION,
  }
}

function messageAttributes(found: Readonly<Record<string, MessageAttributeValue>>): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [
      name,
      {
        ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
        ...(value.BinaryValue === undefined ? {} : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
        dataType: value.DataType ?? 'String',
      },
    ]),
  )
}
