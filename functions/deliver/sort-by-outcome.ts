import type { Outcome, OutgoingEvent } from '../../shared/contracts/destination.ts'

/** What became of the events of a request. Each event is in exactly one of the lists. */
export interface Sorted {
  readonly taken: readonly OutgoingEvent[]
  readonly refused: readonly { readonly event: OutgoingEvent; readonly reason: string }[]
  /** To be sent again. */
  readonly left: readonly OutgoingEvent[]
}

/** An event that a partial outcome names twice is refused, not sent again. */
export function sortByOutcome(
  events: readonly OutgoingEvent[],
  outcome: Extract<Outcome, { kind: 'delivered' | 'refused' | 'partial' }>,
): Sorted {
  if (outcome.kind === 'delivered') return { taken: events, refused: [], left: [] }
  if (outcome.kind === 'refused') {
    return { taken: [], refused: events.map((event) => ({ event, reason: outcome.reason })), left: [] }
  }
  const reasons = new Map(outcome.refused.map(({ index, reason }) => [index, reason]))
  const retried = new Set(outcome.retry)
  return {
    taken: events.filter((_, index) => !retried.has(index) && !reasons.has(index)),
    refused: events.flatMap((event, index) => {
      const reason = reasons.get(index)
      return reason === undefined ? [] : [{ event, reason }]
    }),
    left: events.filter((_, index) => retried.has(index) && !reasons.has(index)),
  }
}
