import type { Circuit } from '../../shared/circuit.ts'
import { toMs } from '../../shared/contracts/time.ts'
import { heldMs } from './circuit.ts'
import { triedSince } from './job.ts'
import { holdDelayMs, placeDelayMs, QUEUE_LIFE_MS, retryDelayMs, throttleDelayMs } from './schedule.ts'
import type { Later, Stop } from './stop.ts'

/** What becomes of a message: it is removed from the queue, seen again after the delay, or moved to the dead-letter queue. */
export type Decision =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'later'; readonly delayMs: number }
  | { readonly kind: 'dead-letter'; readonly why: 'given-up' | 'unreadable-message'; readonly reason: string }

/** A message's place in time. */
export interface Timing {
  readonly sentAt: Date
  readonly firstReceivedAt: Date
  readonly now: Date
  readonly giveUpAfterMs: number
  /** How often it was received, and whether those behind it in its queue wait for it. */
  readonly receives: number
  readonly isOrdered: boolean
  /** In [0, 1). */
  readonly random: number
}

/** For a message whose turn did not come in this invocation. */
const SOON_MS = 1_000

/**
 * Decides after an attempt.
 *
 * @param stop why events are left; undefined when none are
 * @param circuit as it is after the attempt
 */
export function decide(stop: Stop | undefined, circuit: Circuit, timing: Timing): Decision {
  if (stop === undefined) return { kind: 'acknowledge' }
  if (stop.kind === 'time') return goOn(stop.later, circuit, timing)
  if (circuit.open !== undefined) return hold(circuit.open, timing)

  const { notBefore, reason, attempted } = stop
  const { now, giveUpAfterMs, isOrdered, random } = timing
  const ageMs = countedAgeMs(circuit, timing.sentAt, now)
  const triedMs = countedAgeMs(circuit, triedSince(timing), attempted.startedAt)
  const askedMs = notBefore === undefined ? 0 : notBefore.getTime() - now.getTime()
  const delayMs = retryDelayMs({ ageMs, triedMs, giveUpAfterMs, askedMs, isOrdered }, random)
  return delayMs === undefined ? giveUp(giveUpAfterMs, reason) : later(delayMs, reason, timing)
}

/** Decides for a message that may not be sent now: its destination is on hold, or the receiver asked everybody to wait. */
export function decideWaiting({ open, ...circuit }: Circuit, timing: Timing): Decision {
  if (open !== undefined) return hold(open, timing)
  const until = circuit.throttledUntil ?? timing.now.toISOString()
  return waitForOthers(new Date(until), `the receiver asked to wait until ${until}`, circuit, timing)
}

/** Nothing is wrong with the message or its receiver. */
function goOn(what: Later | undefined, circuit: Circuit, timing: Timing): Decision {
  const { now, receives } = timing
  switch (what?.kind) {
    case undefined:
      return { kind: 'later', delayMs: SOON_MS }
    case 'unconfirmed':
      // The receiver has the events, so they are not given up for their age.
      return later(Math.max(what.until.getTime() - now.getTime(), SOON_MS), what.reason, timing)
    case 'queued':
      return wait(placeDelayMs(what.until.getTime() - now.getTime(), receives), what.reason, circuit, timing)
    case 'crowded':
      return waitForOthers(now, what.reason, circuit, timing)
  }
}

/** Behind all others who wait, too. The first of a row alone does for all behind it, and need not make room for anybody. */
function waitForOthers(until: Date, reason: string, circuit: Circuit, timing: Timing): Decision {
  const { sentAt, now, receives, isOrdered, random } = timing
  const untilFreeMs = until.getTime() - now.getTime()
  const delayMs = isOrdered
    ? placeDelayMs(untilFreeMs, receives)
    : throttleDelayMs(untilFreeMs, countedAgeMs(circuit, sentAt, now), random)
  return wait(delayMs, reason, circuit, timing)
}

/** No longer than the message is to be tried. */
function wait(delayMs: number, reason: string, circuit: Circuit, timing: Timing): Decision {
  const { sentAt, now, giveUpAfterMs } = timing
  const leftMs = giveUpAfterMs - countedAgeMs(circuit, sentAt, now)
  return leftMs <= 0 ? giveUp(giveUpAfterMs, reason) : later(Math.min(delayMs, leftMs), reason, timing)
}

/** Nothing is used up: a message on hold ends only where the queue ends. */
function hold({ reason, since }: NonNullable<Circuit['open']>, timing: Timing): Decision {
  const onHoldMs = timing.now.getTime() - toMs(since)
  return later(holdDelayMs(onHoldMs, timing.random), `on hold since ${since}: ${reason}`, timing)
}

/** The age by which a message is given up: the clock stands still while the destination is on hold. */
export function countedAgeMs(circuit: Circuit, sentAt: Date, at: Date): number {
  return at.getTime() - sentAt.getTime() - heldMs(circuit, sentAt, at)
}

function giveUp(giveUpAfterMs: number, reason: string): Decision {
  return {
    kind: 'dead-letter',
    why: 'given-up',
    reason: `given up after ${giveUpAfterMs / 60_000} minutes of trying: ${reason}`,
  }
}

/** The queue deletes a message at the end of its retention without a word, so it is moved before. */
function later(delayMs: number, reason: string, { sentAt, now }: Timing): Decision {
  const leftMs = QUEUE_LIFE_MS - (now.getTime() - sentAt.getTime())
  if (leftMs > 0) return { kind: 'later', delayMs: Math.min(delayMs, leftMs) }
  return {
    kind: 'dead-letter',
    why: 'given-up',
    reason: `given up because the queue keeps a message for 14 days only: ${reason}`,
  }
}
