import { z } from 'zod'
import { ACCOUNT_ID, REGION } from './emulators/emulator.ts'
import { NotLocal, type Referable, resolve } from './intrinsics.ts'
import type { EventSourcePlan, FunctionPlan, Plan, QueuePlan, SchedulePlan, TablePlan } from './plan.ts'
import * as known from './template-resources.ts'

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
})

/** Lambda's own default: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html. */
const DEFAULT_EVENT_AGE_SECONDS = 21_600

/** A resource's logical id and its checked properties. */
type Resource<Schema extends z.ZodType> = readonly [id: string, properties: z.infer<Schema>]

/**
 * What a local run has to create, from a synthesized template, so that infrastructure is described once.
 *
 * @param folders where the built bundles are, by the key that the template gives them
 * @param endpoint where SQS is: queue URLs begin with it
 * @throws Error naming the resource and the property, for anything in a resource of a known type that is not understood
 */
export function readTemplate(text: string, folders: ReadonlyMap<string, string>, endpoint: string): Plan {
  return new TemplateReader(template.parse(JSON.parse(text)), folders, endpoint).plan()
}

class TemplateReader {
  readonly #template: z.infer<typeof template>
  readonly #folders: ReadonlyMap<string, string>
  readonly #referable = new Map<string, Referable>()

  constructor(read: z.infer<typeof template>, folders: ReadonlyMap<string, string>, endpoint: string) {
    this.#template = read
    this.#folders = folders
    for (const [id, { Type, Properties }] of Object.entries(read.Resources)) {
      const found = referable(id, Type, Properties, endpoint)
      if (found !== undefined) this.#referable.set(id, found)
    }
  }

  plan(): Plan {
    return {
      tables: [
        ...this.#of('AWS::DynamoDB::GlobalTable', known.table),
        ...this.#of('AWS::DynamoDB::Table', known.table),
      ].map((r) => this.#table(r)),
      queues: this.#of('AWS::SQS::Queue', known.queue).map((r) => this.#queue(r)),
      buckets: this.#of('AWS::S3::Bucket', known.bucket).map(([id]) => ({ name: this.#nameOf(id) })),
      functions: this.#of('AWS::Lambda::Function', known.lambdaFunction).map((r) => this.#function(r)),
      eventSources: this.#of('AWS::Lambda::EventSourceMapping', known.eventSourceMapping)
        .filter(([, properties]) => properties.Enabled !== false)
        .map((r) => this.#eventSource(r)),
      schedules: this.#of('AWS::Scheduler::Schedule', known.schedule).map((r) => this.#schedule(r)),
      outputs: this.#outputs(),
    }
  }

  #of<Schema extends z.ZodType>(type: string, schema: Schema): Resource<Schema>[] {
    return Object.entries(this.#template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => {
        const read = schema.safeParse(resource.Properties ?? {})
        if (read.success) return [id, read.data] as const
        throw new Error(`Cannot run ${id} (${type}) locally: ${z.prettifyError(read.error)}`)
      })
  }

  /** Those that name something which is not local, such as a dashboard, are left out. */
  #outputs(): Record<string, string> {
    const outputs: Record<string, string> = {}
    for (const [name, { Value }] of Object.entries(this.#template.Outputs)) {
      try {
        outputs[name] = this.#resolve(Value, `Outputs.${name}`)
      } catch (error) {
        if (!(error instanceof NotLocal)) throw error
      }
    }
    return outputs
  }

  #resolve(value: unknown, place: string): string {
    return resolve(value, this.#referable, place)
  }

  #nameOf(id: string): string {
    return this.#referable.get(id)?.attributes.Name ?? id
  }

  #table([id, properties]: Resource<typeof known.table>): TablePlan {
    const expiry = properties.TimeToLiveSpecification
    return {
      name: this.#nameOf(id),
      keys: properties.KeySchema.map(({ AttributeName }) => ({
        name: AttributeName,
        type: properties.AttributeDefinitions.find((d) => d.AttributeName === AttributeName)?.AttributeType ?? 'S',
      })),
      expiryAttribute: expiry?.Enabled === true ? expiry.AttributeName : undefined,
    }
  }

  #queue([id, properties]: Resource<typeof known.queue>): QueuePlan {
    const { RedrivePolicy: redrive, ...plain } = properties
    const attributes: Record<string, string> = {}
    for (const name of ['VisibilityTimeout', 'MessageRetentionPeriod', 'MaximumMessageSize', 'DelaySeconds'] as const) {
      if (plain[name] !== undefined) attributes[name] = String(plain[name])
    }
    if (redrive !== undefined) {
      attributes.RedrivePolicy = JSON.stringify({
        deadLetterTargetArn: this.#resolve(redrive.deadLetterTargetArn, `${id}.RedrivePolicy`),
        maxReceiveCount: redrive.maxReceiveCount,
      })
    }
    return {
      name: this.#nameOf(id),
      url: this.#resolve({ Ref: id }, id),
      keepsOrder: plain.FifoQueue === true,
      attributes,
      visibilitySeconds: plain.VisibilityTimeout ?? 30,
    }
  }

  #function([id, properties]: Resource<typeof known.lambdaFunction>): FunctionPlan {
    const key = this.#resolve(properties.Code.S3Key, `${id}.Code`)
    const folder = this.#folders.get(key)
    if (folder === undefined) throw new Error(`Cannot run ${id} locally: found no built bundle for ${key}`)
    const asynchronous = this.#of('AWS::Lambda::EventInvokeConfig', known.eventInvokeConfig).find(
      ([, { FunctionName }]) => this.#resolve(FunctionName, `${id}.EventInvokeConfig`) === this.#nameOf(id),
    )?.[1]
    return {
      name: this.#nameOf(id),
      logicalId: id,
      folder,
      handler: properties.Handler,
      timeoutMs: (properties.Timeout ?? 3) * 1000,
      memoryMb: properties.MemorySize ?? 128,
      environment: Object.fromEntries(
        Object.entries(properties.Environment?.Variables ?? {}).map(([name, value]) => [
          name,
          this.#resolve(value, `${id}.Environment.${name}`),
        ]),
      ),
      maximumEventAgeMs: (asynchronous?.MaximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS) * 1000,
    }
  }

  #eventSource([id, properties]: Resource<typeof known.eventSourceMapping>): EventSourcePlan {
    const arn = this.#resolve(properties.EventSourceArn, `${id}.EventSourceArn`)
    return {
      queueName: arn.split(':').at(-1) ?? arn,
      functionName: this.#resolve(properties.FunctionName, `${id}.FunctionName`),
      batchSize: properties.BatchSize ?? 10,
      // Without a limit of its own a mapping starts with five concurrent batches.
      maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency ?? 5,
      reportsItemFailures: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    }
  }

  #schedule([id, properties]: Resource<typeof known.schedule>): SchedulePlan {
    const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(properties.ScheduleExpression) ?? []
    const unitSeconds = { minute: 60, hour: 3_600, day: 86_400 }[String(unit)]
    if (unitSeconds === undefined) {
      throw new Error(`Cannot run ${id} locally: found ${properties.ScheduleExpression}, wanted a rate`)
    }
    return {
      functionName: this.#resolve(properties.Target.Arn, `${id}.Target`).split(':')[6] ?? '',
      everySeconds: Number(count) * unitSeconds,
      input: this.#resolve(properties.Target.Input, `${id}.Target.Input`),
    }
  }
}

/** What others see of a resource that a local run creates. A resource without a name is called by its logical id. */
function referable(id: string, type: string, properties: unknown, endpoint: string): Referable | undefined {
  const own = z.looseObject({}).catch({}).parse(properties)
  const named = (property: string) => (typeof own[property] === 'string' ? own[property] : id)
  const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${rest}`
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable':
    case 'AWS::DynamoDB::Table': {
      const name = named('TableName')
      return { ref: name, attributes: { Name: name, Arn: arn('dynamodb', `table/${name}`) } }
    }
    case 'AWS::SQS::Queue': {
      const name = named('QueueName')
      const ref = `${endpoint}/${ACCOUNT_ID}/${name}`
      return { ref, attributes: { Name: name, QueueName: name, QueueUrl: ref, Arn: arn('sqs', name) } }
    }
    case 'AWS::S3::Bucket': {
      const name = named('BucketName').toLowerCase()
      return { ref: name, attributes: { Name: name, Arn: `arn:aws:s3:::${name}` } }
    }
    case 'AWS::Lambda::Function': {
      const name = named('FunctionName')
      return { ref: name, attributes: { Name: name, Arn: arn('lambda', `function:${name}`) } }
    }
    default:
      return undefined
  }
}
