import { type Circuit, isFailing, overdueOf, TAKEN_EVERY_MS } from '../../shared/circuit.ts'
import { earlier, fromMs, later, shift, toMs } from '../../shared/contracts/time.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** From one probe to the next: doubling, so that a slip of minutes is noticed in minutes. */
const FIRST_PROBE_MS = 2 * MINUTE_MS
const LAST_PROBE_MS = 15 * MINUTE_MS

/** How long the message that opened the circuit, or failed as the last probe, leaves a probe that is due to others. */
const OTHERS_FIRST_MS = MINUTE_MS

/** Only such failures for this long: the endpoint is wrong, not the moment. */
const LASTING_MS = 5 * MINUTE_MS

/**
 * A row older than this is no row: what failed then was given up, and nothing was sent since. The longest time between two
 * attempts of one message is 12 h.
 */
const FORGOTTEN_MS = DAY_MS

/** By this age a message was tried three times: at once, after 5 s and after 5 m, ±20 %. */
const OVERDUE_MS = 4 * MINUTE_MS

/** How often a sign is renewed that is known already. */
const SIGN_EVERY_MS = 10 * MINUTE_MS

/** No message is older than the queue's retention, so no older hold can matter. */
const HOLDS_KEPT_MS = 14 * DAY_MS
const MOST_HOLDS = 200
const MOST_SUSPECTS = 50

/*
 * Every function gives the circuit after something happened, and the same object when that changes nothing, so that nothing
 * is written.
 */

/**
 * The endpoint is wrong. An open circuit stays as it is.
 *
 * @param messageId the queue message whose answer says so; undefined when there was no answer
 */
export function opened(circuit: Circuit, reason: string, messageId: string | undefined, now: Date): Circuit {
  const { open, failingSince: _, ...rest } = circuit
  if (open !== undefined) return circuit
  const since = now.toISOString()
  const by = messageId === undefined ? {} : { messageId }
  return { ...rest, open: { reason, since, nextProbeAt: shift(since, FIRST_PROBE_MS), probes: 0, ...by } }
}

/** The probe says that the endpoint is still wrong, or wrong in another way. */
export function confirmed(circuit: Circuit, reason: string, messageId: string | undefined): Circuit {
  if (circuit.open === undefined) return circuit
  const { messageId: _, ...open } = circuit.open
  return { ...circuit, open: { ...open, reason, ...(messageId !== undefined && { messageId }) } }
}

/**
 * Books the next probe for a message. Whoever saves the result makes the request; should it die, the next one is due after the
 * interval all the same. The message that has failed last lets others go first for a while.
 *
 * @returns undefined while no probe is due
 */
export function probeBooked(circuit: Circuit, messageId: string, now: Date): Circuit | undefined {
  const { open } = circuit
  if (open === undefined) return undefined
  const waitMs = open.messageId === messageId ? OTHERS_FIRST_MS : 0
  if (now.getTime() < toMs(open.nextProbeAt) + waitMs) return undefined
  const probes = open.probes + 1
  const nextProbeAt = fromMs(now.getTime() + Math.min(FIRST_PROBE_MS * 2 ** probes, LAST_PROBE_MS))
  return { ...circuit, open: { ...open, probes, nextProbeAt } }
}

/**
 * The receiver took a message again, or judged it. If it was another message's answer that had opened the circuit, that message
 * is a suspect: perhaps it is refused for itself, as a firewall does with a record that looks like an attack.
 */
export function closed(circuit: Circuit, messageId: string, now: Date): Circuit {
  const { open, ...rest } = circuit
  if (open === undefined) return circuit
  const oldest = fromMs(now.getTime() - HOLDS_KEPT_MS)
  const holds = [...circuit.holds.filter((hold) => hold.to > oldest), { from: open.since, to: now.toISOString() }]
  return { ...rest, holds: merged(holds), suspects: suspectsOf(circuit, open.messageId, messageId) }
}

function suspectsOf({ suspects }: Circuit, openedBy: string | undefined, closedBy: string): string[] {
  if (openedBy === undefined || openedBy === closedBy || suspects.includes(openedBy)) return suspects
  return [...suspects, openedBy].slice(-MOST_SUSPECTS)
}

/** Everybody has to wait until then. */
export function throttled(circuit: Circuit, until: Date): Circuit {
  const untilText = until.toISOString()
  const known = circuit.throttledUntil
  // A second more is not worth a write: with many messages in flight each of them is told a slightly later instant.
  if (known !== undefined && toMs(untilText) - toMs(known) < 1_000) return circuit
  return { ...circuit, throttledUntil: untilText }
}

/** No answer, because of a name or a certificate. The first failure is noted; once they last, the circuit opens. */
export function failed(circuit: Circuit, reason: string, now: Date): Circuit {
  if (circuit.open !== undefined) return circuit
  const failingMs = circuit.failingSince === undefined ? undefined : now.getTime() - toMs(circuit.failingSince)
  if (failingMs === undefined || failingMs > FORGOTTEN_MS) return { ...circuit, failingSince: now.toISOString() }
  return failingMs < LASTING_MS ? circuit : opened(circuit, reason, undefined, now)
}

/** An answer came, whatever it says: the row of failures is over. */
export function reached(circuit: Circuit): Circuit {
  if (circuit.failingSince === undefined) return circuit
  const { failingSince: _, ...rest } = circuit
  return rest
}

/**
 * A message is left for another attempt. When it is overdue, that is a sign; from the first one on it is watched what is taken.
 *
 * @param message since when it is tried, and whether those behind it wait for it: then whatever is queued by now fails with it
 */
export function left(
  circuit: Circuit,
  message: { readonly triedSince: Date; readonly isOrdered: boolean },
  now: Date,
): Circuit {
  if (now.getTime() - message.triedSince.getTime() < OVERDUE_MS) return circuit
  const [at, known] = [now.toISOString(), overdueOf(circuit, now)]
  const queuedAt = message.isOrdered ? at : message.triedSince.toISOString()
  if (known === undefined) return { ...circuit, overdue: { since: at, at, queuedAt } }
  const signed = { ...circuit, overdue: { ...known, at, queuedAt: later(known.queuedAt, queuedAt) } }
  const isNews = now.getTime() - toMs(known.at) >= SIGN_EVERY_MS || isFailing(signed, now) !== isFailing(circuit, now)
  return isNews ? signed : circuit
}

/** A message is done. Written down only while there are signs of the contrary, and no more often than it has to be. */
export function taken(circuit: Circuit, now: Date): Circuit {
  const { overdue, ...rest } = circuit
  if (overdue === undefined) return circuit
  if (overdueOf(circuit, now) === undefined) return rest
  const isKnown = overdue.takenAt !== undefined && now.getTime() - toMs(overdue.takenAt) < TAKEN_EVERY_MS
  return isKnown ? circuit : { ...circuit, overdue: { ...overdue, takenAt: now.toISOString() } }
}

/** How much of `[from, to)` the destination was on hold. */
export function heldMs(circuit: Circuit, from: Date, to: Date): number {
  const [fromText, toText] = [from.toISOString(), to.toISOString()]
  const holds =
    circuit.open === undefined ? circuit.holds : [...circuit.holds, { from: circuit.open.since, to: toText }]
  return holds.reduce((sum, hold) => {
    return sum + Math.max(0, toMs(earlier(hold.to, toText)) - toMs(later(hold.from, fromText)))
  }, 0)
}

/** Joins the two that lie closest while there are too many: the clock stands still a little longer, and the item stays small. */
function merged(holds: Circuit['holds']): Circuit['holds'] {
  const joined = [...holds]
  while (joined.length > MOST_HOLDS) {
    const gaps = joined.slice(1).map((hold, index) => toMs(hold.from) - toMs(joined[index]?.to ?? hold.from))
    const at = gaps.indexOf(Math.min(...gaps))
    const [first, second] = joined.slice(at, at + 2)
    if (first === undefined || second === undefined) return joined
    joined.splice(at, 2, { from: first.from, to: second.to })
  }
  return joined
}
