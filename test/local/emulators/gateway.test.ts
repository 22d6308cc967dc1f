import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { CreateTableCommand, GetItemCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { ListQueuesCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary.ts'
import { clientsOf, openForTest } from './emulators.ts'

describe('the gateway', () => {
  it('refuses who does not have the access key of the run', async () => {
    const { gateway } = await openForTest(temporaryFolder())
    const stranger = clientsOf({ ...gateway.environment, AWS_ACCESS_KEY_ID: 'AKIAOTHER' })
    await expect(stranger.dynamoDb.send(new ListTablesCommand({}))).rejects.toThrow('Not the access key of this run')
    await expect(stranger.sqs.send(new ListQueuesCommand({}))).rejects.toThrow('Not the access key of this run')
    expect((await fetch(gateway.endpoint)).status).toBe(403)
  })

  it('has another access key in every run', async () => {
    const one = await openForTest(temporaryFolder())
    const two = await openForTest(temporaryFolder())
    expect(one.gateway.environment.AWS_ACCESS_KEY_ID).not.toBe(two.gateway.environment.AWS_ACCESS_KEY_ID)
  })

  it('refuses web pages', async () => {
    const { gateway } = await openForTest(temporaryFolder())
    const authorization = `AWS4-HMAC-SHA256 Credential=${gateway.environment.AWS_ACCESS_KEY_ID}/20260501/us-east-1/s3/aws4_request`
    const answer = await fetch(gateway.endpoint, { headers: { authorization, origin: 'https://example.com' } })
    expect(answer.status).toBe(403)
  })

  it('listens on the loopback address alone', async () => {
    const { gateway } = await openForTest(temporaryFolder())
    const others = Object.values(networkInterfaces())
      .flat()
      .flatMap((address) => (address === undefined || address.internal ? [] : [address.address]))
    for (const host of ['127.0.0.2', ...others]) {
      const socket = connect({ host, port: Number(new URL(gateway.endpoint).port) })
      await expect(once(socket, 'connect')).rejects.toMatchObject({
        code: expect.stringMatching(/ECONNREFUSED|EINVAL/),
      })
    }
  })
})

describe('a client that goes away in the middle of its request', () => {
  it.each([
    ['Invoke', 'POST /2015-03-31/functions/poll/invocations HTTP/1.1'],
    ['PutParameter', 'POST / HTTP/1.1\r\nX-Amz-Target: AmazonSSM.PutParameter'],
    [
      'PutItem',
      'POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0',
    ],
    [
      'SendMessage',
      'POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Type: application/x-amz-json-1.0',
    ],
    ['PutObject', 'PUT /bucket/key HTTP/1.1'],
  ])('harms nobody: %s', async (_, head) => {
    const { gateway } = await openForTest(temporaryFolder())
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(gateway.endpoint).port) })
    await once(socket, 'connect')
    const authorization = `AWS4-HMAC-SHA256 Credential=${gateway.environment.AWS_ACCESS_KEY_ID}/20260501/us-east-1/x/aws4_request`
    socket.write(`${head}\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 1000\r\n\r\n{"half`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.resetAndDestroy()
    const { dynamoDb } = clientsOf(gateway.environment)
    expect((await dynamoDb.send(new ListTablesCommand({}))).TableNames).toEqual([])
  })
})

describe('the local table', () => {
  it('survives a client that goes away before its answer', async () => {
    const { gateway } = await openForTest(temporaryFolder())
    const { dynamoDb } = clientsOf(gateway.environment)
    const key = [{ AttributeName: 'pk', AttributeType: 'S' as const, KeyType: 'HASH' as const }]
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'table',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: key.map(({ AttributeName, KeyType }) => ({ AttributeName, KeyType })),
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    const Item = { pk: { S: 'a' }, text: { S: 'x'.repeat(100_000) } }
    for (const delayMs of [0, 1, 2, 3, 5, 8]) {
      const put = dynamoDb.send(new PutItemCommand({ TableName: 'table', Item }), {
        abortSignal: AbortSignal.timeout(delayMs),
      })
      await put.catch(() => {})
    }
    await dynamoDb.send(new PutItemCommand({ TableName: 'table', Item }))
    const found = await dynamoDb.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'a' } } }))
    expect(found.Item?.text?.S).toHaveLength(100_000)
  })
})

describe('the local Invoke', () => {
  const lambda = async (outcome: Parameters<typeof invocable>[0] = { payload: '{"ok":true}' }) => {
    const heard: string[] = []
    const { gateway } = await openForTest(temporaryFolder(), new Map([['poll', invocable(outcome, heard)]]))
    return { lambda: clientsOf(gateway.environment).lambda, heard }
  }
  type Outcome = import('../../../local/function-process.ts').Outcome
  const invocable = (outcome: Outcome, heard: string[] = []) => ({
    invoke: async (payload: string) => {
      heard.push(`invoke ${payload}`)
      return outcome
    },
    enqueue: (payload: string) => void heard.push(`enqueue ${payload}`),
  })

  it('answers an event with 202 and does not wait', async () => {
    const { lambda: client, heard } = await lambda()
    const answer = await client.send(
      new InvokeCommand({ FunctionName: 'poll', InvocationType: 'Event', Payload: Buffer.from('{"a":1}') }),
    )
    expect(answer.StatusCode).toBe(202)
    expect(heard).toEqual(['enqueue {"a":1}'])
  })

  it('answers a request with the result', async () => {
    const { lambda: client } = await lambda()
    const answer = await client.send(
      new InvokeCommand({ FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:poll' }),
    )
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
    expect(answer.FunctionError).toBeUndefined()
    expect(Buffer.from(answer.Payload ?? []).toString()).toBe('{"ok":true}')
  })

  it('marks the result of a function that failed', async () => {
    const { lambda: client } = await lambda({ error: { errorType: 'Error', errorMessage: 'no', trace: [] } })
    const answer = await client.send(new InvokeCommand({ FunctionName: 'poll' }))
    expect(answer.FunctionError).toBe('Unhandled')
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({ errorMessage: 'no' })
  })

  it('knows no other function', async () => {
    const { lambda: client } = await lambda()
    await expect(client.send(new InvokeCommand({ FunctionName: 'other' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('refuses an event of more than a MiB, and a payload that is not JSON', async () => {
    const { lambda: client, heard } = await lambda()
    const event = (Payload: string) =>
      client.send(new InvokeCommand({ FunctionName: 'poll', InvocationType: 'Event', Payload: Buffer.from(Payload) }))
    await expect(event(`"${'x'.repeat(1_048_575)}"`)).rejects.toMatchObject({ name: 'RequestTooLargeException' })
    await expect(event('{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' })
    expect(heard).toEqual([])
  })
})
