const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What lies between two attempts; the first is at once, and after the last of these it is always `LAST_STEP_MS`. */
const STEPS_MS = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS]
const LAST_STEP_MS = 12 * HOUR_MS
const JITTER = 0.2

/**
 * SQS hides a message for at most 12 hours from its receipt
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html). What was used of
 * them is not known to the function, but is less than the queue's own visibility time-out, 6 minutes.
 */
export const LONGEST_DELAY_MS = 12 * HOUR_MS - 6 * MINUTE_MS

/**
 * A message of this age is put into the dead-letter queue instead of waiting on: at 14 days its queue would delete it. Half a
 * day is left for a last receipt that comes late.
 */
export const QUEUE_LIFE_MS = 14 * DAY_MS - 12 * HOUR_MS

/** A message that was received more often is moved away: `maxReceiveCount` of the delivery queue, for queues that have none. */
export const MOST_RECEIVES = 500

/**
 * The longest step for the first message of a row. It alone is tried for all behind it, so it can be tried often, and a receiver that
 * is back does not have to wait for half a day. In 14 days that makes some 400 receives of 500.
 */
const LAST_ORDERED_STEP_MS = HOUR_MS

const LEAST_WAIT_MS = MINUTE_MS
const LONGEST_WAIT_MS = HOUR_MS

/** Where a message stands when an attempt has failed. */
export interface Standing {
  /** Since the message was queued, as all times here without the time that its destination was on hold. */
  readonly ageMs: number
  /** How long it had been tried when the attempt began. */
  readonly triedMs: number
  readonly giveUpAfterMs: number
  /** Whether others wait behind it. */
  readonly isOrdered: boolean
  /** What the receiver asked to wait; 0 when it asked nothing. */
  readonly askedMs: number
}

/**
 * The time until the next attempt: 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, then 12 h after the one before, ±20 %, and not before the
 * receiver wants one, but never more than SQS can hide it. While others wait behind it, every hour at least. The last attempt is made
 * when the message is old enough to be given up.
 *
 * @param random in [0, 1)
 * @returns undefined when that attempt has been made: give up
 */
export function retryDelayMs(
  { ageMs, triedMs, giveUpAfterMs, askedMs, isOrdered }: Standing,
  random: number,
): number | undefined {
  const leftMs = giveUpAfterMs - ageMs
  if (leftMs <= 0) return undefined
  const stepMs = Math.min(stepAfter(triedMs), isOrdered ? LAST_ORDERED_STEP_MS : LAST_STEP_MS)
  const jittered = stepMs * (1 - JITTER + 2 * JITTER * random)
  return Math.min(Math.max(jittered, askedMs), leftMs, LONGEST_DELAY_MS)
}

/**
 * The time until events are sent again that a receiver has accepted and then not confirmed: by the same schedule, without jitter, as
 * if the attempt by which they were accepted had failed.
 *
 * @returns 0 when it is time; undefined when that attempt was the last
 */
export function repeatDelayMs(standing: {
  /** Since the message was queued: now, and when the attempt began. */
  readonly ageMs: number
  readonly ageAtAttemptMs: number
  readonly giveUpAfterMs: number
}): number | undefined {
  const { ageMs, ageAtAttemptMs, giveUpAfterMs } = standing
  if (ageAtAttemptMs >= giveUpAfterMs) return undefined
  const dueAtMs = Math.min(ageAtAttemptMs + stepAfter(ageAtAttemptMs), giveUpAfterMs)
  return Math.max(0, dueAtMs - ageMs)
}

/** The attempt that was just made is the last one that the age leaves room for, every wait before it being as short as may be. */
function stepAfter(ageMs: number): number {
  let dueMs = 0
  for (const stepMs of STEPS_MS) {
    dueMs += stepMs
    if (ageMs < dueMs * (1 - JITTER)) return stepMs
  }
  return LAST_STEP_MS
}

/**
 * The time until a message looks again whether its destination is still on hold: about a quarter of how long it has been, at
 * least a minute and at most an hour, ±20 %. So the queue's limit of receives (500) outlasts its 14 days.
 */
export function holdDelayMs(onHoldMs: number, random: number): number {
  return quarter(onHoldMs, LEAST_WAIT_MS) * (1 - JITTER + 2 * JITTER * random)
}

/**
 * The time until a message is tried that had to stay behind because the receiver asked everybody to wait. The older it is, the
 * longer it waits: of a long queue a slow receiver takes only the first few each time, and the others must not use up their
 * receives.
 */
export function throttleDelayMs(untilFreeMs: number, ageMs: number, random: number): number {
  return Math.min(Math.max(untilFreeMs, quarter(ageMs, SECOND_MS)) * (1 + JITTER * random), LONGEST_DELAY_MS)
}

/**
 * The time until a receiver is asked again whether it has confirmed: what it wants, and twice as long after every 25 receives. A
 * message may be sent over thirty times in 13 days, and its receives (500) have to last for the questions after each.
 */
export function questionDelayMs(everyMs: number, receives: number): number {
  return Math.min(doubled(everyMs, receives), LONGEST_WAIT_MS)
}

/**
 * The time until a message asks again for its place among the requests of a limited destination: until then, at least a second, and
 * twice as much after every 25 receives. So 500 receives cannot be used up in 14 days, whatever happens to it.
 */
export function placeDelayMs(untilFreeMs: number, receives: number): number {
  return Math.min(Math.max(untilFreeMs, doubled(SECOND_MS, receives)), LONGEST_DELAY_MS)
}

function doubled(ms: number, receives: number): number {
  return ms * 2 ** Math.floor(receives / 25)
}

function quarter(ms: number, leastMs: number): number {
  return Math.min(Math.max(ms / 4, leastMs), LONGEST_WAIT_MS)
}
