import type { Delivery, Outcome } from '../../../shared/contracts/destination.ts'

/**
 * The outcome when a receiver has lost events of a request without saying which, or must not be asked again: each goes to
 * the dead-letter queue, and none is sent again by itself. Nothing is lost, and no request repeats what the receiver has
 * (docs/decisions/062-opaque-answers.md).
 *
 * @param among the indexes that it can be; default all
 */
export function allRefused(
  { events }: Delivery,
  reason: string,
  among: readonly number[] = [...events.keys()],
): Outcome {
  return { kind: 'partial', retry: [], refused: among.map((index) => ({ index, reason })) }
}
