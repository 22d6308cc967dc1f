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
 * - 408, 425, 429: the request came at a bad time
 */
const BY_STATUS: Readonly<Record<number, Kind>> = {
  401: 'hold',
  403: 'hold',
  404: 'hold',
  405: 'hold',
  407: 'hold',
  408: 'retry',
  410: 'hold',
  425: 'retry',
  429: 'retry',
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
