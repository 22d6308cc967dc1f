import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { readAssembly } from '../local/assembly.ts'
import { REGION } from '../local/emulators/emulator.ts'
import { openEmulators } from '../local/emulators/emulators.ts'
import { provision } from '../local/provision.ts'
import { simulatedBloodhound } from '../local/vendors/bloodhound.ts'
import { serveVendor } from '../local/vendors/serve.ts'
import { type Manner, openReceiver } from './receivers.ts'

/**
 * The other side of a measurement, in a process of its own so that its work is not counted: `vendor <events>`, `sink`,
 * `receivers <manner>,…`, or `emulators <assembly>`. Sends one message to its parent when it is ready, and ends with it.
 */
const [kind, argument = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
process.send?.(await open())

async function open(): Promise<Record<string, unknown>> {
  if (kind === 'vendor') return { url: await openVendor(Number(argument)) }
  if (kind === 'receivers') return openReceivers(argument.split(',') as Manner[])
  if (kind === 'sink') return { url: await openSink() }
  return openServices(argument)
}

/** A BloodHound audit log with so many records of about 520 bytes, a millisecond apart. */
async function openVendor(events: number): Promise<string> {
  const log = simulatedBloodhound({ auth: 'jwt' }).open(1)
  const firstMs = Date.now() - 600_000 - events
  for (let n = 0; n < events; n++) log.emit(new Date(firstMs + n))
  return (await serveVendor(log, { port: 0 })).url
}

/** Takes everything, and answers 200. */
async function openSink(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

async function openReceivers(manners: readonly Manner[]): Promise<{ urls: string[] }> {
  return { urls: await Promise.all(manners.map(openReceiver)) }
}

async function openServices(assembly: string): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pollhook-bench-'))
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const { gateway } = await openEmulators(dataDir, 0, () => undefined, new AsyncDisposableStack())
  const { endpoint, environment } = gateway
  const plan = readAssembly(assembly, endpoint)
  const credentials = { accessKeyId: `${environment.AWS_ACCESS_KEY_ID}`, secretAccessKey: 'local' }
  const settings = { endpoint, region: REGION, credentials }
  const s3 = new S3Client({ ...settings, forcePathStyle: true })
  await provision(plan, { dynamoDb: new DynamoDBClient(settings), sqs: new SQSClient(settings), s3 })
  await putParameters(new SSMClient(settings), `${plan.outputs.Prefix}`)
  return { environment, functions: plan.functions }
}

/** Two secrets, and nothing else: the configuration of a source comes with its assignment. */
async function putParameters(ssm: SSMClient, prefix: string): Promise<void> {
  const secrets = { ...simulatedBloodhound({ auth: 'jwt' }).secrets, 'hook/key': `whsec_${'A'.repeat(32)}` }
  for (const [name, Value] of Object.entries(secrets)) {
    await ssm.send(new PutParameterCommand({ Name: `${prefix}/secrets/${name}`, Value, Type: 'SecureString' }))
  }
  const signing = { scheme: 'standard-webhooks', keys: [{ secret: 'hook/key' }] }
  const Value = JSON.stringify({ type: 'webhook', url: process.env.BENCH_SINK, signing })
  await ssm.send(new PutParameterCommand({ Name: `${prefix}/destinations/hook`, Value, Type: 'String' }))
}
