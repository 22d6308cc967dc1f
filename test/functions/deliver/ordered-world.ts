import { deliverRecords } from '../../../functions/deliver/records.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { decode, encode } from '../../../shared/message.ts'
import type { Answer } from '../../fakes/receiver.ts'
import { OrderedQueue } from './ordered-queue.ts'
import { event, World } from './world.ts'

const FUNCTION_MS = 60_000

type Options = ConstructorParameters<typeof World>[0]

/** A world whose messages go through a queue that keeps the order. Events are named `<source><number>`, such as `a12`. */
export class OrderedWorld {
  readonly world: World
  readonly queue: OrderedQueue
  /** The names of all events in the order in which the receiver has taken them, repeats included. */
  readonly taken: string[] = []
  /** Decides the answer to a request by the names in it. */
  answer: (names: readonly string[], request: HttpRequest) => Answer = () => 200
  /** How many messages an invocation gets at most: one in AWS, as the mapping is configured. */
  readonly #batch: number
  readonly #put: string[] = []

  constructor(batch = 1, options: Options = {}) {
    this.#batch = batch
    this.world = new World(options)
    this.queue = new OrderedQueue(() => this.world.nowMs, options?.interrupt)
    this.world.receiver.answer = (request) => {
      const names = namesIn(String(request.body))
      const answer = this.answer(names, request)
      if ((typeof answer === 'number' ? answer : answer.status) < 300) this.taken.push(...names)
      return answer
    }
  }

  /** Queues events of one source in one message. */
  put(...names: readonly string[]): void {
    const source = { id: names[0]?.charAt(0) ?? '', type: 'tines' }
    const events = names.map((name) => event(name))
    this.queue.put(`soc/${source.id}`, encode({ v: 1, destination: 'soc', source, events }))
    this.#put.push(...names)
  }

  /** The names of all events of a source that were queued, in that order. */
  queued(source: string): string[] {
    return this.#put.filter((name) => name.startsWith(source))
  }

  /** Those of a source that were taken, each where it came first. */
  takenOf(source: string): string[] {
    return [...new Set(this.taken)].filter((name) => name.startsWith(source))
  }

  /** The names in the dead letters of a source, in the order in which they were buried. */
  buried(source: string): string[] {
    return this.world.letters
      .flatMap(({ body }) => {
        const message = decode(body)
        return 'claim' in message ? [] : message.events.flatMap(({ raw }) => namesIn(raw))
      })
      .filter((name) => name.startsWith(source))
  }

  /** One invocation. @param isAlive false when the function died, and tells Lambda nothing */
  async invoke(isAlive: () => boolean = () => true): Promise<void> {
    const { world, queue } = this
    const records = queue.receive(this.#batch)
    const deadline = new Date(world.nowMs + FUNCTION_MS)
    const { batchItemFailures } = await deliverRecords(records, deadline, this.#deliver, {
      receipts: queue,
      log: (level, name, fields) => world.lines.push({ level, event: name, ...fields }),
      emit: () => {},
      now: () => new Date(world.nowMs),
      random: () => world.random(),
    })
    if (!isAlive()) return
    const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const { messageId, receiptHandle } of records) if (!kept.has(messageId)) queue.remove(receiptHandle)
  }

  #lazy: ReturnType<World['environment']> | undefined
  get #deliver(): ReturnType<World['environment']> {
    this.#lazy ??= this.world.environment()
    return this.#lazy
  }

  restart(): void {
    this.#lazy = undefined
  }

  /** Lets time pass, and invokes whenever a message can be received, until the queue is empty or the time has come. */
  async run(untilMs = Number.POSITIVE_INFINITY, isAlive?: () => boolean): Promise<void> {
    for (let nextMs = this.queue.nextVisibleAtMs(); nextMs !== undefined; nextMs = this.queue.nextVisibleAtMs()) {
      if (nextMs >= untilMs) break
      this.world.nowMs = Math.max(this.world.nowMs, nextMs)
      await this.invoke(isAlive)
    }
    if (Number.isFinite(untilMs)) this.world.nowMs = Math.max(this.world.nowMs, untilMs)
  }
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/"name": "(\w+)"/g)].map(([, name = '']) => name)
}
