import type { Outcome } from './destination.ts'

/** What a status alone can say. */
type StatusOutcome = Exclude<Outcome, { kind: 'partial' | 'accepted' }>
type Kind = StatusOutcome['kind']

/**
 * What a status says by itself, as Standard Webhooks reads it
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability);
 * the ranges below it are for all others.
 *
 * - 401, 403, 404, 405, 407, 410: the receiver's address, method or credential is wrong, not the event. From SIEMs these are
 *   often passing (https://github.com/vectordotdev/vector/issues/10870), so nothing is dropped for them
 * - 402, 421, 426, 451: the same; an account that is not paid, a server that is not the one, a protocol that is wanted, a law
 *   (RFC 9110, sections 15.5.3, 15.5.20 and 15.5.22; RFC 7725). No other event would fare better
 * - 408, 425, 429: the request came at a bad time
 */
const BY_STATUS: Readonly<Record<number, Kind>> = {
  401: 'hold',
  402: 'hold',
  403: 'hold',
  404: 'hold',
  405: 'hold',
  407: 'hold',
  408: 'retry',
  410: 'hold',
  421: 'hold',
  425: 'retry',
  426: 'hold',
  429: 'retry',
  451: 'hold',
}

/** By the hundreds. 1xx is never a final answer; a redirect is not followed, so its endpoint is wrong. */
const BY_CLASS: Readonly<Record<number, Kind>> = { 1: 'retry', 2: 'delivered', 3: 'hold', 4: 'refused', 5: 'retry' }

/**
 * The outcome that a destination falls back on when it has no reading of its own. A status that HTTP does not know is a
 * `retry`, because nothing is known of the event. The core adds what Retry-After says.
 */
export function outcomeOf(status: number): StatusOutcome {
  const kind = BY_STATUS[status] ?? BY_CLASS[Math.floor(status / 100)] ?? 'retry'
  return kind === 'delivered' ? { kind } : { kind, reason: `the receiver answered ${status}` }
}
