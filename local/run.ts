import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { readAssembly } from './assembly.ts'
import { DataDir } from './data-dir.ts'
import { REGION } from './emulators/emulator.ts'
import { openEmulators } from './emulators/emulators.ts'
import type { Parameters } from './emulators/parameters.ts'
import { expireItems } from './expiry.ts'
import { FolderWatch } from './folder-watch.ts'
import type { Outcome } from './function-process.ts'
import { LocalFunction } from './functions.ts'
import type { Note } from './note.ts'
import type { FunctionPlan, Plan } from './plan.ts'
import { type Clients, provision } from './provision.ts'
import { recover } from './recover.ts'
import { synthesize } from './synthesize.ts'
import { Work } from './work.ts'

/** A function that is still at work when a run is stopped has this long. */
const DEFAULT_GRACE_MS = 20_000
const EXPIRY_EVERY_MS = 3_600_000
const DEFAULT_PROCESSES = Math.max(4, availableParallelism())
const BUILDING: Note = { kind: 'progress', text: 'reading the infrastructure and building the functions' }
const ASSEMBLY_CACHE = join(import.meta.dirname, '../.pollhook/assembly')

export interface LocalOptions {
  /** Where the state is kept. One run at a time. */
  readonly dataDir: string
  /** Loaded before each tick. Without it, Parameter Store holds what it held, and what is put there. */
  readonly configDir?: string
  /** Default: as the template's schedule says. `never`: only `tick()` ticks. */
  readonly tickSeconds?: number | 'never'
  /** Of the emulators, on 127.0.0.1. Default 0: any free port. */
  readonly port?: number
  /** How many processes a function may have. Default: as many as the machine has cores, and 4 at least. */
  readonly maxProcesses?: number
  /** The folder of a synthesized assembly. Default: synthesized here, and kept for the next start of the same code. */
  readonly assembly?: string
  readonly onNote?: (note: Note) => void
}

/** pollhook, running on this machine. */
export interface LocalRun {
  /** Of all emulated services. */
  readonly endpoint: string
  /** For an AWS SDK to find the emulators: Region, credentials, `AWS_ENDPOINT_URL_…`. S3 needs `forcePathStyle` as well. */
  readonly environment: Readonly<Record<string, string>>
  /** What was created, from the template. */
  readonly plan: Plan
  /** Loads the folder, runs dispatch and waits for it; the polls that it starts are not waited for. */
  tick(at?: Date): Promise<void>
  /** Runs a function by its name in the plan and waits for the outcome. */
  invoke(functionName: string, payload: unknown): Promise<Outcome>
  /** How many invocations are running or waiting. */
  pending(): number
  /** No further tick; lets what is in flight end for at most `graceMs` (20 s), then ends all processes. */
  stop(graceMs?: number): Promise<void>
}

/**
 * Runs the functions of the synthesized template against emulators of the services they use, on this machine alone.
 *
 * @throws Error, in one sentence: the data folder is in use, the port is, the infrastructure cannot be synthesized
 */
export async function startLocal(options: LocalOptions): Promise<LocalRun> {
  const note = options.onNote ?? ignore
  await using opened = new AsyncDisposableStack()
  const dataDir = DataDir.take(options.dataDir)
  opened.defer(() => dataDir.release())
  const assembly = options.assembly ?? (await synthesize(ASSEMBLY_CACHE, () => note(BUILDING)))
  const functions = new Map<string, LocalFunction>()
  const emulators = await openEmulators(options.dataDir, options.port ?? 0, (name) => functions.get(name), opened)
  const { endpoint, environment } = emulators.gateway

  const plan = readAssembly(assembly, endpoint)
  const clients = connect(environment, endpoint)
  await provision(plan, clients)
  await recover(plan, clients.dynamoDb, emulators.sqsAndS3, new Date())
  opened.defer(startExpiry(plan, clients, options))
  for (const each of plan.functions) functions.set(each.name, localFunction(each, environment, options))
  opened.defer(async () => void (await Promise.all([...functions.values()].map((each) => each.stop(0)))))
  for (const each of functions.values()) each.warm()
  const work = startWork(plan, functions, clients, emulators.parameters, options)

  dataDir.announce({
    pid: process.pid,
    startedAt: new Date().toISOString(),
    endpoint,
    environment,
    outputs: plan.outputs,
  })
  const owned = opened.move()
  return {
    endpoint,
    environment,
    plan,
    tick: (at = new Date()) => work.tick(at),
    invoke: (functionName, payload) => work.invoke(functionName, JSON.stringify(payload)),
    pending: () => work.pending,
    async stop(graceMs = DEFAULT_GRACE_MS) {
      await work.stop(graceMs)
      await owned.disposeAsync()
    },
  }
}

/** Clients of the emulators. */
function connect(environment: Readonly<Record<string, string>>, endpoint: string): Clients {
  const credentials = {
    accessKeyId: `${environment.AWS_ACCESS_KEY_ID}`,
    secretAccessKey: `${environment.AWS_SECRET_ACCESS_KEY}`,
  }
  const settings = { endpoint, region: REGION, credentials }
  return {
    dynamoDb: new DynamoDBClient(settings),
    sqs: new SQSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  }
}

function localFunction(
  plan: FunctionPlan,
  clientEnvironment: Readonly<Record<string, string>>,
  { maxProcesses = DEFAULT_PROCESSES, onNote = ignore }: LocalOptions,
): LocalFunction {
  return new LocalFunction({
    plan,
    clientEnvironment,
    maxProcesses,
    onLine: (text, stream) => onNote({ kind: 'line', functionName: plan.name, text, stream }),
    onFailure: (error) => onNote({ kind: 'failure', functionName: plan.name, error }),
  })
}

function startWork(
  plan: Plan,
  functions: ReadonlyMap<string, LocalFunction>,
  { sqs }: Clients,
  parameters: Parameters,
  { configDir, tickSeconds, maxProcesses = DEFAULT_PROCESSES, onNote = ignore }: LocalOptions,
): Work {
  const folder =
    configDir === undefined ? undefined : new FolderWatch(configDir, `${plan.outputs.Prefix}`, parameters, onNote)
  return new Work({
    plan,
    functions,
    sqs,
    maxPollers: maxProcesses,
    tickSeconds,
    beforeTick: (at) => folder?.look(at),
    onError: (error) => onNote({ kind: 'problem', text: `Cannot read the queue: ${error}` }),
  })
}

/** Looks for items whose time is over, now and every hour. @returns a function that ends it */
function startExpiry(plan: Plan, { dynamoDb }: Clients, { onNote = ignore }: LocalOptions): () => Promise<void> {
  const look = async () => {
    for (const table of plan.tables) {
      await expireItems(table, dynamoDb, new Date()).catch((error: unknown) =>
        onNote({ kind: 'problem', text: `Cannot delete expired items of ${table.name}: ${error}` }),
      )
    }
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = look()
  }, EXPIRY_EVERY_MS).unref()
  return async () => {
    clearInterval(timer)
    await looking
  }
}

function ignore(): void {}
