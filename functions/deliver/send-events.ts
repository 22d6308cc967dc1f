import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Attempted } from './attempt.ts'
import { bury } from './bury.ts'
import { Confirmations } from './confirmations.ts'
import type { Job } from './job.ts'
import { refusedLetter } from './letters.ts'
import { Line, type LinePorts } from './line.ts'
import { Parts } from './parts.ts'
import { Progress } from './progress.ts'
import { sortByOutcome } from './sort-by-outcome.ts'
import type { Ending, Stop } from './stop.ts'

/**
 * Sends a message: in one request, unless the receiver refuses a batch. Then it is halved until the bad event stands alone, as
 * far as the time allows. What is done is remembered, so that a later invocation goes on from there. Before anything is sent, the
 * receiver is asked about the events that it accepted earlier.
 *
 * @throws Fault `secret-missing`, and what is not the receiver's: `store-unavailable`, `queue-refused`
 */
export async function sendEvents(job: Job, ports: LinePorts): Promise<Ending> {
  const progress = await Progress.of(job, ports.progress)
  const line = new Line(job, ports)
  const { confirmation } = job.config.destination
  const confirmations = confirmation && new Confirmations(job, confirmation, progress)
  const stop =
    (await confirmations?.ask(line, ports.now)) ??
    (await sendUndone(job, progress, line, ports)) ??
    (progress.accepted.length > 0 ? confirmations?.wait(ports.now()) : undefined)
  return { answered: line.answered, judged: line.judged, stop, left: progress.left }
}

/** Sends the events that are neither done nor accepted. @returns why some are left of them */
async function sendUndone(job: Job, progress: Progress, line: Line, ports: LinePorts): Promise<Stop | undefined> {
  const cut = new Parts(job)
  const parts = cut.of(progress.undone, progress.maxEvents)
  let isSplit = false
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const matter = { delivery: cut.deliveryOf(part), config: job.config, isJudged: isJudgement }
    const attempted = await line.exchange({ ...matter, log: 'delivery.attempted' })
    if ('outcome' in attempted && attempted.outcome.kind === 'refused' && part.length > 1) {
      parts.unshift(...halves(part))
      isSplit = true
      continue
    }
    const ending = 'kind' in attempted ? attempted : await settle(job, part, attempted, { progress, isSplit }, ports)
    if (ending === undefined) continue
    if ('unread' in ending) {
      parts.unshift(ending.unread)
      continue
    }
    if (isSplit) await progress.limit(part.length, ports.now())
    return ending
  }
  // Events of a receipt that was given twice: they have to be sent again.
  return progress.undone.length > 0 ? { kind: 'time' } : undefined
}

function isJudgement({ outcome: { kind } }: Attempted): boolean {
  return kind !== 'retry' && kind !== 'hold'
}

/**
 * Books what an attempt came to.
 *
 * @returns why the rest has to wait, or what of it can go at once; undefined when no event of the part is left undone
 */
async function settle(
  job: Job,
  part: readonly OutgoingEvent[],
  attempted: Attempted,
  { progress, isSplit }: { readonly progress: Progress; readonly isSplit: boolean },
  ports: LinePorts,
): Promise<Stop | { readonly unread: readonly OutgoingEvent[] } | undefined> {
  const { outcome, endedAt } = attempted
  const { tally } = job.invocation
  if (outcome.kind === 'retry') tally.countRetry()
  if (outcome.kind === 'retry' || outcome.kind === 'hold') return { ...outcome, attempted }
  if (outcome.kind === 'accepted') {
    const { type, confirmation } = job.config.destination
    if (confirmation === undefined) throw new TypeError(`A destination of type ${type} accepts, but never confirms`)
    const accepted = { receipt: outcome.receipt, at: endedAt, events: part }
    noteOld(job, part, endedAt)
    await progress.accept(accepted, isSplit ? part.length : undefined)
    return undefined
  }

  const { taken, refused, left } = sortByOutcome(part, outcome)
  if (taken.length > 0) tally.countDelivered(taken, endedAt)
  for (const { event, reason } of refused) {
    const letter = refusedLetter(job.received, job.message, event, { reason, attempted })
    await bury(letter, job.received, ports)
    tally.countRefused()
  }
  const done = left.length === 0 ? part : [...taken, ...refused.map(({ event }) => event)]
  noteOld(job, done, endedAt)
  await progress.add(done, endedAt)
  if (left.length === 0) return undefined
  const { notBefore, unread = false } = outcome.kind === 'partial' ? outcome : {}
  // Only with something refused is there less each time.
  if (unread && notBefore === undefined && refused.length > 0) return { unread: left }

  tally.countRetry()
  const reason = `the receiver left ${left.length} of ${part.length} events undone`
  return { kind: 'retry', reason, notBefore, attempted }
}

function noteOld({ invocation, message, config }: Job, events: readonly OutgoingEvent[], now: Date): void {
  invocation.tally.old.note(message.destination, config.destination.ageLimit?.(config.own), events, now)
}

function halves(part: readonly OutgoingEvent[]): [readonly OutgoingEvent[], readonly OutgoingEvent[]] {
  const middle = Math.ceil(part.length / 2)
  return [part.slice(0, middle), part.slice(middle)]
}
