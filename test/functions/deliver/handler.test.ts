import {
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs'
import { PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Context, SQSRecord } from 'aws-lambda'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openParameters, openQueues, openTable } from '../../emulators.ts'
import { listen } from '../../fakes/receiver.ts'
import { body } from './world.ts'

let stack: Awaited<ReturnType<typeof start>>
beforeAll(async () => {
  stack = await start()
})
afterAll(() => stack.close())

/** The handler, wired to emulators as in a local run. */
async function start() {
  const [receiver, tokens, { client, table, close: closeTable }, queues, parameters] = await Promise.all([
    listen(),
    listen(200, '{"access_token":"token-1","token_type":"Bearer","expires_in":3600}'),
    openTable(),
    openQueues(),
    openParameters(),
  ])
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: await endpointOf(client),
    AWS_ENDPOINT_URL_SQS: await endpointOf(queues.sqs),
    AWS_ENDPOINT_URL_S3: await endpointOf(queues.s3),
    AWS_ENDPOINT_URL_SSM: await endpointOf(parameters.ssm),
    POLLHOOK_LOCAL: '1',
    POLLHOOK_TABLE: table,
    POLLHOOK_BUCKET: queues.bucket,
    POLLHOOK_QUEUE_URL: queues.queueUrl,
    POLLHOOK_DEAD_LETTER_QUEUE_URL: queues.deadLetterQueueUrl,
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const put = (name: string, value: object) =>
    parameters.ssm.send(
      new PutParameterCommand({ Name: `/pollhook/${name}`, Value: JSON.stringify(value), Type: 'String' }),
    )
  await put('destinations/soc', { type: 'webhook', url: receiver.url })
  const oauth2 = { tokenUrl: tokens.url, clientId: 'poll', clientSecret: { secret: 'client' } }
  await put('destinations/guarded', { type: 'webhook', url: receiver.url, auth: { oauth2 } })
  await parameters.ssm.send(
    new PutParameterCommand({ Name: '/pollhook/secrets/client', Value: 'hunter2', Type: 'SecureString' }),
  )
  await put('destinations/away', { type: 'webhook', url: 'http://127.0.0.1:1/' })
  const { handler } = await import('../../../functions/deliver/handler.ts')
  const close = async () => {
    vi.unstubAllEnvs()
    await Promise.all([receiver.close(), tokens.close(), closeTable(), queues.close(), parameters.close()])
  }
  return { handler, receiver, tokens, ...queues, close }
}

async function endpointOf(client: { config: { endpoint?: () => Promise<{ port?: number }> } }): Promise<string> {
  return `http://127.0.0.1:${(await client.config.endpoint?.())?.port}`
}

async function receive(sqs: SQSClient, queueUrl: string): Promise<SqsMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 1,
    MessageSystemAttributeNames: ['All'],
  })
  return (await sqs.send(command)).Messages ?? []
}

it('the handler delivers what is in the queue, and reports what has to stay', async () => {
  const lines: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
  const { handler, sqs, queueUrl, deadLetterQueueUrl, receiver } = stack
  const bodies = [body(['a']), body(['b'], 'away'), 'not a message']
  for (const text of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: text }))
  const messages = await receive(sqs, queueUrl)
  const Records = messages.map(recordOf)
  const answer = await handler({ Records }, { getRemainingTimeInMillis: () => 60_000 } as Context)
  write.mockRestore()

  const away = messages.find(({ Body }) => Body === bodies[1])
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: away?.MessageId }] })
  expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([`evt_a${'_'.repeat(26)}`])
  const letters = (await receive(sqs, deadLetterQueueUrl)).map(({ Body = '' }) => JSON.parse(Body))
  expect(letters).toMatchObject([{ v: 1, deadLetter: { kind: 'unreadable-message' }, body: 'not a message' }])
  const told = lines.map((line) => JSON.parse(line))
  expect(
    told
      .filter(({ event }) => event === 'delivery.attempted')
      .map(({ outcome }) => outcome)
      .toSorted(),
  ).toEqual(['delivered', 'retry'])
  expect(told.at(-1)).toMatchObject({ EventsDelivered: 1, DeliveryRetries: 1, DeliveryLagSeconds: expect.any(Number) })
})

it('the handler fetches access tokens', async () => {
  const { handler, sqs, queueUrl, receiver, tokens } = stack
  receiver.requests.length = 0
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body(['a'], 'guarded') }))
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
  const Records = (await receive(sqs, queueUrl)).filter(({ Body = '' }) => Body.includes('guarded')).map(recordOf)
  await handler({ Records }, { getRemainingTimeInMillis: () => 60_000 } as Context)
  write.mockRestore()
  expect(tokens.requests.map((request) => String(request.body))).toEqual(['grant_type=client_credentials'])
  expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1'])
})

function recordOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: SqsMessage): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '',
      SentTimestamp: Attributes.SentTimestamp ?? '',
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '',
      SenderId: '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'us-east-1',
  }
}
