import type { DestinationConfig } from '../../shared/config/destination-config.ts'
import type { Confirmation } from '../../shared/contracts/destination.ts'
import { asking } from './asking.ts'
import type { Attempted } from './attempt.ts'
import type { Job } from './job.ts'
import type { Line } from './line.ts'
import type { AcceptedEvents, Progress } from './progress.ts'
import { questionDelayMs, repeatDelayMs } from './schedule.ts'
import type { Stop } from './stop.ts'

const REASON = 'the receiver has accepted the events, but not confirmed them'

/**
 * What becomes of the events of a message that the receiver has accepted: once it confirms them they are done. Those that it does not
 * know, or does not confirm in time, are sent again, by the schedule of the attempt that they were accepted by.
 */
export class Confirmations {
  readonly #job: Job
  readonly #confirmation: Confirmation<DestinationConfig['own']>
  readonly #progress: Progress
  /** Events that will not be confirmed and whose turn to be sent again has not come, with the answer that says so. */
  readonly #doubts = new Map<AcceptedEvents, Attempted>()

  constructor(job: Job, confirmation: Confirmation<DestinationConfig['own']>, progress: Progress) {
    this.#job = job
    this.#confirmation = confirmation
    this.#progress = progress
  }

  /**
   * Asks for all that are accepted.
   *
   * @returns why nothing may be sent now
   * @throws as `Line.exchange`; Fault `store-unavailable`
   */
  async ask(line: Line, now: () => Date): Promise<Stop | undefined> {
    const config = asking(this.#job.config, this.#confirmation)
    for (const accepted of this.#progress.accepted) {
      if (this.#isTooEarly(accepted, now())) continue
      const delivery = { id: accepted.receipt, source: this.#job.message.source, events: accepted.events }
      const answer = await line.exchange({ delivery, config, log: 'delivery.asked', isJudged: isAnswer })
      const stop = 'kind' in answer ? answer : await this.#settle(accepted, answer)
      if (stop !== undefined) return stop
    }
    return undefined
  }

  /** Why a message has to stay in the queue of which nothing is left but accepted events. */
  wait(now: Date): Stop {
    const untilMs = Math.min(...this.#progress.accepted.map((accepted) => this.#dueMs(accepted, now)))
    const [attempted] = this.#doubts.values()
    if (untilMs < Number.POSITIVE_INFINITY || attempted === undefined) {
      return { kind: 'time', later: { kind: 'unconfirmed', until: new Date(untilMs), reason: REASON } }
    }
    return { kind: 'retry', reason: REASON, attempted }
  }

  /** @returns why the receiver can be asked no more, and sent nothing either */
  async #settle(accepted: AcceptedEvents, answer: Attempted): Promise<Stop | undefined> {
    const { outcome, endedAt } = answer
    const { tally } = this.#job.invocation
    if (outcome.kind === 'delivered') {
      await this.#progress.confirm(accepted, endedAt)
      tally.countDelivered(accepted.events, endedAt)
      return undefined
    }
    if (outcome.kind === 'hold') return { ...outcome, attempted: answer }
    const isLate = endedAt.getTime() >= accepted.at.getTime() + this.#confirmation.giveUpAfterMs
    if (outcome.kind === 'retry' && !isAnswer(answer) && !(isLate && outcome.notBefore === undefined)) {
      tally.countRetry()
      return { ...outcome, attempted: answer }
    }
    if (outcome.kind === 'refused' || isLate) await this.#doubt(accepted, answer)
    return undefined
  }

  async #doubt(accepted: AcceptedEvents, answer: Attempted): Promise<void> {
    if (this.#repeatDelayMs(accepted, answer.endedAt) !== 0) {
      this.#doubts.set(accepted, answer)
      return
    }
    await this.#progress.doubt(accepted, answer.endedAt)
    this.#job.invocation.tally.countRetry()
  }

  /** When accepted events are asked for next, or sent again; infinity when they are old enough to be given up. */
  #dueMs(accepted: AcceptedEvents, now: Date): number {
    if (this.#doubts.has(accepted)) {
      return now.getTime() + (this.#repeatDelayMs(accepted, now) ?? Number.POSITIVE_INFINITY)
    }
    const { everyMs, giveUpAfterMs } = this.#confirmation
    const lastMs = (this.#isTooEarly(accepted, now) ? accepted.at : now).getTime()
    const askAgainMs = lastMs + questionDelayMs(everyMs, this.#job.received.receives)
    return Math.min(askAgainMs, accepted.at.getTime() + giveUpAfterMs)
  }

  #repeatDelayMs({ at }: AcceptedEvents, now: Date): number | undefined {
    const { config, ageMs } = this.#job
    return repeatDelayMs({ ageMs: ageMs(now), ageAtAttemptMs: ageMs(at), giveUpAfterMs: config.giveUpAfterMs })
  }

  #isTooEarly({ at }: AcceptedEvents, now: Date): boolean {
    return now.getTime() < at.getTime() + this.#confirmation.everyMs
  }
}

/** Whether the receiver has answered the question: a success without a confirmation means "not yet". */
function isAnswer({ outcome, status = 0 }: Attempted): boolean {
  return outcome.kind === 'delivered' || outcome.kind === 'refused' || (status >= 200 && status < 300)
}
