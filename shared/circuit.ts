import { z } from 'zod'
import { later, timestamp, toMs } from './contracts/time.ts'

/**
 * What is remembered of a destination: `destination#<id>` / `circuit`. `open` while the endpoint is wrong: messages wait, one
 * probe at a time, and nothing is used up. Unknown fields pass, so that an older version can read what a newer one wrote.
 */
export const circuit = z.object({
  open: z
    .object({
      /** Why, in one sentence without a secret, a body or an event. */
      reason: z.string(),
      since: timestamp,
      /** Nobody probes before this; whoever moves it is the one that probes. */
      nextProbeAt: timestamp,
      probes: z.number(),
      /** The queue message whose answer opened it or kept it open; absent when there was no answer. */
      messageId: z.string().optional(),
    })
    .optional(),
  /** Holds that are over, `[from, to)`, oldest first: the give-up clock of a message stood still in them. */
  holds: z.array(z.object({ from: timestamp, to: timestamp })),
  /** Queue messages that opened the circuit before another one went through: it is they, not the endpoint. */
  suspects: z.array(z.string()),
  /** No request before this: the receiver asked everybody to wait. */
  throttledUntil: timestamp.optional(),
  /** The first of an unbroken row of TLS or DNS failures. */
  failingSince: timestamp.optional(),
  /** Signs that messages pile up. A message is overdue when it was tried three times and is still in the queue. */
  overdue: z
    .object({
      /** The first sign. From then on it is watched whether messages are taken; before, that is not written down. */
      since: timestamp,
      /** The last sign, ten minutes too early at most. */
      at: timestamp,
      /** When the youngest overdue message was queued. */
      queuedAt: timestamp,
      /** When a message was taken, `TAKEN_EVERY_MS` too early at most; absent when none was since the first sign. */
      takenAt: timestamp.optional(),
    })
    .optional(),
})

export type Circuit = z.infer<typeof circuit>

/** A destination of which nothing is remembered. */
export const CLOSED: Circuit = { holds: [], suspects: [] }

/** How often it is written down, at most, that a message was taken. */
export const TAKEN_EVERY_MS = 2 * 60_000

/** Every overdue message is tried twice a day, so a sign that is older than this has no message behind it any more. */
const SIGN_KEPT_MS = 13 * 3_600_000

/** How long a sign says that a destination is behind which takes messages all the same. */
const BEHIND_MS = 30 * 60_000

/**
 * A waiting message looks after 72 minutes at most whether a probe is due, and makes it. A probe that is due for longer than this
 * is one that no message waits for.
 */
const PROBE_MISSED_MS = 3 * 3_600_000

/** The signs that still mean something. */
export function overdueOf({ overdue }: Circuit, now: Date): Circuit['overdue'] {
  return overdue !== undefined && now.getTime() - toMs(overdue.at) < SIGN_KEPT_MS ? overdue : undefined
}

/**
 * Whether the receiver fails whatever it is sent: an overdue message was queued after anybody was last seen to be taken. One event
 * that a receiver cannot digest does not make it so, as long as it takes others.
 */
export function isFailing(circuit: Circuit, now: Date): boolean {
  const overdue = overdueOf(circuit, now)
  if (overdue === undefined) return false
  return toMs(overdue.takenAt ?? overdue.since) + TAKEN_EVERY_MS <= toMs(overdue.queuedAt)
}

/** Whether the receiver asked everybody to wait. */
export function isThrottled({ throttledUntil }: Circuit, now: Date): boolean {
  return throttledUntil !== undefined && now.getTime() < toMs(throttledUntil)
}

/** Whether messages wait on hold, or have within the last hours: somebody still makes the probes. */
export function isProbed({ open, throttledUntil }: Circuit, now: Date): boolean {
  if (open === undefined) return false
  const due = later(open.nextProbeAt, throttledUntil ?? open.nextProbeAt)
  return now.getTime() - toMs(due) < PROBE_MISSED_MS
}

/** Whether the destination takes nothing at present, so that whatever is sent to it stays in the queue. */
export function takesNothing(circuit: Circuit, now: Date): boolean {
  return isThrottled(circuit, now) || isProbed(circuit, now) || isFailing(circuit, now)
}

/** Whether messages of the destination pile up, though it may take some: it is too slow, or refuses some of them. */
export function isBehind(circuit: Circuit, now: Date): boolean {
  const overdue = overdueOf(circuit, now)
  const isSignFresh = overdue !== undefined && now.getTime() - toMs(overdue.at) < BEHIND_MS
  return isSignFresh || takesNothing(circuit, now)
}
