/** What the synthesized template describes, as far as a local run creates it. Names are the physical ones. */
export interface Plan {
  readonly tables: readonly TablePlan[]
  readonly queues: readonly QueuePlan[]
  readonly buckets: readonly BucketPlan[]
  readonly functions: readonly FunctionPlan[]
  readonly eventSources: readonly EventSourcePlan[]
  readonly schedules: readonly SchedulePlan[]
  /** The stack's outputs, without those about what a local run does not have. */
  readonly outputs: Readonly<Record<string, string>>
}

export interface TablePlan {
  readonly name: string
  /** Partition key, then the sort key if there is one. */
  readonly keys: readonly { readonly name: string; readonly type: 'S' | 'N' | 'B' }[]
  /** The attribute with the second after which an item is deleted. */
  readonly expiryAttribute: string | undefined
}

export interface QueuePlan {
  readonly name: string
  readonly url: string
  /** A queue that keeps the order is made as one (FIFO), and no other becomes one. */
  readonly keepsOrder: boolean
  /** Attributes as SetQueueAttributes takes them; a redrive policy names its target by ARN. */
  readonly attributes: Readonly<Record<string, string>>
  readonly visibilitySeconds: number
}

export interface BucketPlan {
  readonly name: string
}

export interface FunctionPlan {
  /** The name to invoke it by. */
  readonly name: string
  /** The id of the construct that declares it. */
  readonly logicalId: string
  /** Of the built bundle; absolute. */
  readonly folder: string
  /** `<file>.<export>`. */
  readonly handler: string
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly environment: Readonly<Record<string, string>>
  /** An asynchronous event that waited for longer is dropped. */
  readonly maximumEventAgeMs: number
}

export interface EventSourcePlan {
  readonly queueName: string
  readonly functionName: string
  /** 1 to 10. */
  readonly batchSize: number
  readonly maximumConcurrency: number
  /** The function may name the messages that failed. */
  readonly reportsItemFailures: boolean
}

export interface SchedulePlan {
  readonly functionName: string
  readonly everySeconds: number
  /** JSON text, in which `<aws.scheduler.scheduled-time>` stands for the tick's time. */
  readonly input: string
}
