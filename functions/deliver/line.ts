import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Delivery } from '../../shared/contracts/destination.ts'
import { type Attempted, attempt } from './attempt.ts'
import { Credentials } from './credentials.ts'
import type { Job } from './job.ts'
import type { Limits } from './limits.ts'
import type { DeliverPorts } from './ports.ts'
import { longestMs } from './send-authorized.ts'
import type { Stop } from './stop.ts'

/** Time kept free at the end of an invocation, for what is written after the last answer. */
const RESERVE_MS = 3_000

const OUT_OF_TIME: NotNow = { kind: 'time' }

/** Why no request was made. */
export type NotNow = Extract<Stop, { readonly kind: 'time' }>

export interface LinePorts extends DeliverPorts {
  readonly limits: Limits
}

/** One thing to be told or asked. */
export interface Matter {
  readonly delivery: Delivery
  readonly config: DestinationConfig
  /** The event of its log line. */
  readonly log: 'delivery.attempted' | 'delivery.asked'
  /** Whether an answer is about the matter, so that the receiver is there and knows us. */
  readonly isJudged: (attempted: Attempted) => boolean
}

/** The line to the receiver of one message: every request goes through it, within the time and the limits that there are. */
export class Line {
  readonly #job: Job
  readonly #credentials: Credentials
  readonly #ports: LinePorts
  /** As in Ending. */
  answered = false
  judged = false

  constructor(job: Job, ports: LinePorts) {
    this.#job = job
    this.#credentials = new Credentials(ports, job)
    this.#ports = ports
  }

  /**
   * One request and its answer; a second one when the receiver rejects a credential that has been replaced meanwhile, or an access
   * token. None when there is no room for it.
   *
   * @throws Fault `secret-missing`, `store-unavailable`
   */
  async exchange(matter: Matter): Promise<Attempted | NotNow> {
    const first = await this.#once(matter)
    if ('kind' in first || first.rejected === undefined || !this.#hasTime()) return first
    return (await this.#credentials.renew(first.rejected)) ? this.#once(matter) : first
  }

  async #once(matter: Matter): Promise<Attempted | NotNow> {
    const request = async () => {
      // Once more, as waiting for its turn took time.
      if (!this.#hasTime()) return OUT_OF_TIME
      const attempted = await attempt(matter.delivery, matter.config, await this.#credentials.read(), this.#ports)
      this.#note(matter, attempted)
      return attempted
    }
    if (!this.#hasTime()) return OUT_OF_TIME
    const answer = await this.#ports.limits.within(this.#job, request)
    return 'kind' in answer && answer.kind !== 'time' ? { kind: 'time', later: answer } : answer
  }

  #note(matter: Matter, attempted: Attempted): void {
    const { outcome, status, startedAt, endedAt } = attempted
    const { received, message } = this.#job
    const isJudged = matter.isJudged(attempted)
    this.answered ||= status !== undefined
    this.judged ||= isJudged
    const isGood = isJudged && outcome.kind !== 'refused' && outcome.kind !== 'partial'
    this.#ports.log(isGood ? 'info' : 'warn', matter.log, {
      destination: message.destination,
      source: message.source.id,
      messageId: matter.delivery.id,
      events: matter.delivery.events.length,
      outcome: outcome.kind,
      status,
      durationMs: endedAt.getTime() - startedAt.getTime(),
      ageMs: startedAt.getTime() - received.sentAt.getTime(),
      attempt: received.receives,
      reason: 'reason' in outcome ? outcome.reason : undefined,
    })
  }

  /** True when a request that is started now, and takes as long as it may, ends early enough. */
  #hasTime(): boolean {
    const { config, invocation } = this.#job
    return this.#ports.now().getTime() + longestMs(config) + RESERVE_MS <= invocation.deadline.getTime()
  }
}
