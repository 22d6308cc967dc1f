import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import { deliveryOf } from '../../shared/message.ts'
import { type Attempted, attempt } from './attempt.ts'
import { bury } from './bury.ts'
import { Credentials } from './credentials.ts'
import type { Job } from './job.ts'
import { refusedLetter } from './letters.ts'
import type { DeliverPorts } from './ports.ts'
import { Progress } from './progress.ts'
import { longestMs } from './send-authorized.ts'
import { sortByOutcome } from './sort-by-outcome.ts'

/** Time kept free at the end of an invocation, for what is written after the last answer. */
const RESERVE_MS = 3_000

const OUT_OF_TIME: Stop = { kind: 'time' }

/** How far a message came. */
export interface Ending {
  /** Whether the receiver answered anything. */
  readonly answered: boolean
  /** Whether it took or refused something: it is there, and knows us. */
  readonly judged: boolean
  /** Why events are left; undefined when all are delivered or in the dead-letter queue. */
  readonly stop: Stop | undefined
}

export type Stop =
  | { readonly kind: 'time' }
  | {
      readonly kind: 'retry' | 'hold'
      readonly reason: string
      readonly notBefore?: Date | undefined
      readonly attempted: Attempted
    }

/**
 * Sends a message: in one request, unless the receiver refuses a batch. Then it is halved until the bad event stands alone, as
 * far as the time allows. What is done is remembered, so that a later invocation goes on from there.
 *
 * @throws Fault `secret-missing`, and what is not the receiver's: `store-unavailable`, `queue-refused`
 */
export async function sendEvents(job: Job, ports: DeliverPorts): Promise<Ending> {
  const { received, message, config } = job
  const progress = await Progress.of(received, message, ports.progress)
  const credentials = new Credentials(ports, job)
  const most = Math.min(
    config.destination.maxEventsPerRequest?.(config.own) ?? Number.POSITIVE_INFINITY,
    progress.maxEvents,
  )
  const parts = groups(progress.undone, config).flatMap((group) => pieces(group, most))
  let [answered, judged, isSplit] = [false, false, false]

  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const attempted = hasTime(job, ports.now()) ? await attemptWithRenewal(job, part, credentials, ports) : undefined
    const kind = attempted?.outcome.kind
    answered ||= attempted?.status !== undefined
    judged ||= kind === 'delivered' || kind === 'refused' || kind === 'partial'
    if (kind === 'refused' && part.length > 1) {
      parts.unshift(...halves(part))
      isSplit = true
      continue
    }
    const stop = attempted === undefined ? OUT_OF_TIME : await settle(job, part, attempted, progress, ports)
    if (stop === undefined) continue
    if (isSplit) await progress.limit(part.length, ports.now())
    return { answered, judged, stop }
  }
  return { answered, judged, stop: undefined }
}

/** One request; a second one when the receiver rejects a credential that has been replaced meanwhile, or an access token. */
async function attemptWithRenewal(
  job: Job,
  part: readonly OutgoingEvent[],
  credentials: Credentials,
  ports: DeliverPorts,
): Promise<Attempted> {
  const first = await loggedAttempt(job, part, credentials, ports)
  if (first.rejected === undefined || !hasTime(job, ports.now())) return first
  if (!(await credentials.renew(first.rejected))) return first
  return loggedAttempt(job, part, credentials, ports)
}

async function loggedAttempt(
  { received, message, config }: Job,
  part: readonly OutgoingEvent[],
  credentials: Credentials,
  ports: DeliverPorts,
): Promise<Attempted> {
  const isWhole = part.length === message.events.length
  const delivery = deliveryOf(isWhole ? message : { ...message, events: part })
  const attempted = await attempt(delivery, config, await credentials.read(), ports)
  const { outcome, status, startedAt, endedAt } = attempted
  ports.log(outcome.kind === 'delivered' ? 'info' : 'warn', 'delivery.attempted', {
    destination: message.destination,
    source: message.source.id,
    messageId: delivery.id,
    events: part.length,
    outcome: outcome.kind,
    status,
    durationMs: endedAt.getTime() - startedAt.getTime(),
    ageMs: startedAt.getTime() - received.sentAt.getTime(),
    attempt: received.receives,
    reason: 'reason' in outcome ? outcome.reason : undefined,
  })
  return attempted
}

/** Books what an attempt came to. @returns why the rest has to wait; undefined when every event of the part is done */
async function settle(
  job: Job,
  part: readonly OutgoingEvent[],
  attempted: Attempted,
  progress: Progress,
  ports: DeliverPorts,
): Promise<Stop | undefined> {
  const { outcome, endedAt } = attempted
  if (outcome.kind === 'retry') job.invocation.tally.countRetry()
  if (outcome.kind === 'retry' || outcome.kind === 'hold') return { ...outcome, attempted }
  if (outcome.kind === 'accepted') return { kind: 'retry', reason: 'the receiver has not confirmed yet', attempted }

  const { taken, refused, left } = sortByOutcome(part, outcome)
  if (taken.length > 0) job.invocation.tally.countDelivered(taken, endedAt)
  for (const { event, reason } of refused) {
    const letter = refusedLetter(job.received, job.message, event, { reason, attempted })
    await bury(letter, job.received, ports)
    job.invocation.tally.countRefused()
  }
  const done = left.length === 0 ? part : [...taken, ...refused.map(({ event }) => event)]
  await progress.add(done, endedAt)
  if (left.length === 0) return undefined

  job.invocation.tally.countRetry()
  const notBefore = outcome.kind === 'partial' ? outcome.notBefore : undefined
  const reason = `the receiver left ${left.length} of ${part.length} events undone`
  return { kind: 'retry', reason, notBefore, attempted }
}

/** True when a request that is started now, and takes as long as it may, ends early enough. */
function hasTime({ config, invocation }: Job, now: Date): boolean {
  return now.getTime() + longestMs(config) + RESERVE_MS <= invocation.deadline.getTime()
}

/** The events of each group together, in the order in which the groups begin. */
function groups(events: readonly OutgoingEvent[], { destination, own }: Job['config']): (readonly OutgoingEvent[])[] {
  return [...Map.groupBy(events, (event) => destination.group?.(event, own) ?? '').values()]
}

/** As large as the message is, unless it was split before or its configuration has changed since it was cut. */
function pieces(events: readonly OutgoingEvent[], most: number): (readonly OutgoingEvent[])[] {
  if (events.length <= most) return events.length === 0 ? [] : [events]
  return Array.from({ length: Math.ceil(events.length / most) }, (_, n) => events.slice(n * most, (n + 1) * most))
}

function halves(part: readonly OutgoingEvent[]): [readonly OutgoingEvent[], readonly OutgoingEvent[]] {
  const middle = Math.ceil(part.length / 2)
  return [part.slice(0, middle), part.slice(middle)]
}
