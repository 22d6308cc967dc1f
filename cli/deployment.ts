import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { z } from 'zod'
import { readRunFile } from '../local/data-dir.ts'
import { Fault } from '../shared/contracts/fault.ts'
import { type Call, textOption, UsageError } from './command.ts'
import { ParameterStore } from './parameter-store.ts'

/** Where parameters are: in AWS, or in a local run. */
export interface Place {
  readonly prefix: string
  /** A local run may poll more often than once a minute. */
  readonly local: boolean
  readonly parameters: ParameterStore
}

/** One deployment, as the command line reaches it. */
export interface Deployment extends Place {
  readonly dynamoDb: DynamoDBClient
  /** The table of positions, gaps and circuits. */
  readonly table: string
  readonly sqs: SQSClient
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  /** The queue that keeps the order; undefined where the deployment has none. */
  readonly orderedQueueUrl?: string | undefined
}

/** The options of every command that reaches a deployment. */
export const PLACE_OPTIONS = {
  prefix: { type: 'string' },
  local: { type: 'boolean' },
  data: { type: 'string' },
} as const

export const PLACE_HELP = [
  '',
  'Where: a deployment in AWS, with the credentials and the Region that the AWS command line would use, or a local run.',
  '  --prefix PATH  of its parameters; default POLLHOOK_PREFIX or /pollhook',
  '  --local        the run that `pollhook dev` has started on this machine',
  '  --data DIR     of that run; default .pollhook, or that of the demo',
]

/** What the stack says of itself in the parameter `<prefix>/deployment`. */
const resources = z.object({
  table: z.string(),
  queueUrl: z.string(),
  deadLetterQueueUrl: z.string(),
  orderedQueueUrl: z.string().optional(),
})

/** The same, as the outputs of the stack in a local run. */
const outputs = z
  .object({
    CheckpointTable: z.string(),
    DeliveryQueueUrl: z.string(),
    DeadLetterQueueUrl: z.string(),
    OrderedQueueUrl: z.string().optional(),
  })
  .transform(({ CheckpointTable, DeliveryQueueUrl, DeadLetterQueueUrl, OrderedQueueUrl }) => ({
    table: CheckpointTable,
    queueUrl: DeliveryQueueUrl,
    deadLetterQueueUrl: DeadLetterQueueUrl,
    orderedQueueUrl: OrderedQueueUrl,
  }))

/** @throws UsageError for a prefix that cannot be one; Fault `unreachable` when there is no local run */
export function placeOf(call: Call): Place {
  return connect(call).place
}

/**
 * The deployment that the options name.
 *
 * @throws as `placeOf`; Fault `configuration-invalid` when nothing is deployed under the prefix
 */
export async function deploymentOf(call: Call): Promise<Deployment> {
  const { place, config, run } = connect(call)
  const found = run === undefined ? await deployed(place) : outputs.parse(run.outputs)
  return { ...place, ...found, dynamoDb: new DynamoDBClient(config), sqs: new SQSClient(config) }
}

function connect(call: Call) {
  const prefix = textOption(call, 'prefix') ?? call.env.POLLHOOK_PREFIX ?? '/pollhook'
  if (!/^(\/[A-Za-z0-9_-]+)+$/.test(prefix)) {
    throw new UsageError(`Cannot use the prefix "${prefix}": wanted a path such as /pollhook`)
  }
  const local = call.options.local === true
  const run = local ? localRun(textOption(call, 'data')) : undefined
  const config = run?.config ?? {}
  return { place: { prefix, local, parameters: new ParameterStore(new SSMClient(config)) }, config, run }
}

async function deployed({ prefix, parameters }: Place) {
  const name = `${prefix}/deployment`
  const text = (await parameters.opened([name])).get(name)
  const found = resources.safeParse(text === undefined ? undefined : JSON.parse(text))
  if (found.success) return found.data
  const wanted = `found no parameter ${name} of a deployed stack in this account and Region`
  throw new Fault('configuration-invalid', `Cannot find the deployment of ${prefix}: ${wanted}`)
}

function localRun(dataDir: string | undefined) {
  const found = (dataDir === undefined ? DATA_DIRS : [dataDir]).map(liveRun).find((run) => run !== undefined)
  const { endpoint, environment = {}, outputs } = found ?? {}
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (endpoint === undefined || region === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    const text = `Cannot reach the local run on ${dataDir ?? DATA_DIRS[0]}: found none, wanted one started with pollhook dev`
    throw new Fault('unreachable', text)
  }
  return { outputs, config: { endpoint, region, credentials: { accessKeyId, secretAccessKey } } }
}

/** Where `pollhook dev` keeps its data unless it is told, with a configuration and in the demo. */
const DATA_DIRS = ['.pollhook', '.pollhook/demo']

/** What a run says about itself, while its process lives: one that was killed could not take it back. */
function liveRun(dataDir: string) {
  const run = readRunFile(dataDir)
  try {
    if (run !== undefined) process.kill(run.pid, 0)
    return run
  } catch {
    return undefined
  }
}
