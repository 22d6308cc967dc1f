import type { Circuit } from '../../shared/circuit.ts'
import { Fault, type FaultKind } from '../../shared/contracts/fault.ts'
import { toMs } from '../../shared/contracts/time.ts'
import type { Claim, Message } from '../../shared/message.ts'
import type { Attempted } from './attempt.ts'
import { bury } from './bury.ts'
import { Circuits } from './circuits.ts'
import { countedAgeMs, type Decision, decide, decideWaiting, type Timing } from './decide.ts'
import { type Invocation, type Received, triedSince } from './job.ts'
import { learn } from './learn.ts'
import { letterOf } from './letters.ts'
import { Limits } from './limits.ts'
import type { LinePorts } from './line.ts'
import type { DeliverPorts } from './ports.ts'
import { openEnvelope, readEnvelope } from './read-message.ts'
import { MOST_RECEIVES, QUEUE_LIFE_MS } from './schedule.ts'
import { sendEvents } from './send-events.ts'
import type { Ending } from './stop.ts'

/**
 * Delivers one message of the queue and says what is to become of it there. What goes to the dead-letter queue is accepted
 * there before its message may be acknowledged. Nothing is ever sent to the delivery queue.
 *
 * @throws Fault of our own stores and queues: nothing is decided, and the message has to stay where it is
 */
export type Deliver = (
  received: Received,
  invocation: Invocation,
) => Promise<Exclude<Decision, { kind: 'dead-letter' }>>

export function createDeliver(ports: DeliverPorts): Deliver {
  const circuits = new Circuits(ports.circuits, ports.now)
  const linePorts = { ...ports, limits: new Limits(ports) }

  return async function deliver(received, invocation) {
    const turn = new Turn(received, invocation, circuits, linePorts)
    const decision = await turn.take().catch((error: unknown) => ended(error, received, ports.now()))
    if (decision.kind === 'dead-letter') await turn.bury(decision)
    return decision.kind === 'dead-letter' ? { kind: 'acknowledge' } : decision
  }
}

/** The turn of one message: one request, one outcome, one decision. */
class Turn {
  readonly #received: Received
  readonly #invocation: Invocation
  readonly #circuits: Circuits
  readonly #ports: LinePorts
  /** What is known of the message so far, for a dead letter. */
  #message: Message | Claim | undefined
  #ending: Ending | undefined

  constructor(received: Received, invocation: Invocation, circuits: Circuits, ports: LinePorts) {
    this.#received = received
    this.#invocation = invocation
    this.#circuits = circuits
    this.#ports = ports
  }

  async take(): Promise<Decision> {
    const { receives } = this.#received
    if (receives > MOST_RECEIVES) return { kind: 'dead-letter', why: 'given-up', reason: receivedTooOften(receives) }
    const envelope = readEnvelope(this.#received.body)
    if ('problem' in envelope) return unreadable(envelope.problem)
    this.#message = envelope.value
    const { destination } = envelope.value

    const { pass, circuit } = await this.#circuits.enter(destination, this.#received.messageId)
    if (pass === 'wait') return decideWaiting(circuit, await this.#timing(circuit, destination))

    const message = await openEnvelope(envelope.value, this.#ports.claims)
    if ('problem' in message) return unreadable(message.problem)
    this.#message = message.value

    const ending = await this.#send(message.value, pass === 'probe', circuit)
    this.#ending = ending
    const isWatched = [circuit.open, circuit.failingSince, circuit.overdue].some((known) => known !== undefined)
    const hasNews = ending.stop !== undefined || isWatched
    const known = hasNews ? await this.#learn(destination, ending, pass === 'probe') : circuit
    if (ending.stop === undefined) return { kind: 'acknowledge' }
    return decide(ending.stop, known, await this.#timing(known, destination))
  }

  /** Sends the message's letter to the dead-letter queue. */
  async bury({ why, reason }: Extract<Decision, { kind: 'dead-letter' }>): Promise<void> {
    const { stop, left } = this.#ending ?? {}
    const attempted = stop === undefined || stop.kind === 'time' ? undefined : stop.attempted
    const verdict = { kind: why, reason, message: this.#message, left, attempted }
    const letter = letterOf(this.#received, verdict, this.#ports.now())
    await bury(letter, this.#received, this.#ports)
    if (why === 'given-up') this.#invocation.tally.countGivenUp()
  }

  async #send(message: Message, isProbe: boolean, circuit: Circuit): Promise<Ending> {
    const [received, invocation] = [this.#received, this.#invocation]
    const ageMs = (at: Date) => countedAgeMs(circuit, received.sentAt, at)
    try {
      const config = await this.#ports.destinations.read(message.destination)
      return await sendEvents({ received, invocation, message, config, isProbe, ageMs }, this.#ports)
    } catch (error) {
      if (!isHold(error)) throw error
      const reason = error.message
      const now = this.#ports.now()
      const outcome = { kind: 'hold', reason } as const
      const attempted: Attempted = { outcome, endpointFailed: false, startedAt: now, endedAt: now }
      return { answered: false, judged: false, stop: { kind: 'hold', reason, attempted } }
    }
  }

  /** Keeps what the answers said about the destination, and says so when it goes on hold or comes back. */
  async #learn(destination: string, ending: Ending, isProbe: boolean): Promise<Circuit> {
    const { messageId, isOrdered } = this.#received
    const sender = { messageId, isOrdered, isProbe, triedSince: triedSince(this.#received) }
    const { before, after } = await this.#circuits.update(destination, (circuit) =>
      learn(circuit, ending, { ...sender, now: this.#ports.now() }),
    )
    if (before.open === undefined && after.open !== undefined) {
      this.#ports.log('warn', 'destination.held', { destination, reason: after.open.reason })
    } else if (before.open !== undefined && after.open === undefined) {
      const heldMs = this.#ports.now().getTime() - toMs(before.open.since)
      this.#ports.log('info', 'destination.resumed', { destination, heldMs, probes: before.open.probes })
    }
    return after
  }

  async #timing(circuit: Circuit, destination: string): Promise<Timing> {
    // On hold nothing is given up, and the configuration may be what is wrong.
    const giveUpAfterMs = circuit.open === undefined ? await this.#giveUpAfterMs(destination) : Number.POSITIVE_INFINITY
    return { ...this.#received, now: this.#ports.now(), random: this.#ports.random(), giveUpAfterMs }
  }

  async #giveUpAfterMs(destination: string): Promise<number> {
    const { giveUpAfterMs } = await this.#ports.destinations.read(destination)
    return giveUpAfterMs
  }
}

/** Orderly retries use far fewer, so something ends the function whenever it has this message. */
function receivedTooOften(receives: number): string {
  return `given up after ${receives} receives: whoever had it could not finish`
}

function unreadable(problem: string): Decision {
  return { kind: 'dead-letter', why: 'unreadable-message', reason: `Cannot read the message: ${problem}` }
}

/** What our own fault becomes at the end of the queue's retention, where SQS would delete the message without a word. @throws it */
function ended(error: unknown, { sentAt }: Received, now: Date): Decision {
  if (now.getTime() - sentAt.getTime() < QUEUE_LIFE_MS) throw error
  // An error that is no Fault may quote the event.
  const found = error instanceof Fault ? error.message : 'a defect in pollhook'
  const reason = `given up because the queue keeps a message for 14 days only: ${found}`
  return { kind: 'dead-letter', why: 'given-up', reason }
}

/** Faults of the configuration: as with a wrong endpoint, somebody has to act, and the message is not to blame. */
const HOLDS: readonly FaultKind[] = ['configuration-invalid', 'secret-missing']

function isHold(error: unknown): error is Fault {
  return error instanceof Fault && HOLDS.includes(error.kind)
}
