import type { Delivery, Outcome, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import { outcomeOf } from '../../../../shared/contracts/outcome.ts'
import { CODES } from './codes.ts'
import { hecReply } from './reply.ts'

/**
 * Splunk Cloud answers a body above its limit (5,242,880 bytes, more or less) like an unreadable first object: 400, code 6, number 0. So
 * a body that could be too large is halved, which is right in either case, as nothing of it was indexed. 1,000,000 bytes is the
 * lowest limit that a release ever had (`max_content_length` of limits.conf).
 */
const COULD_BE_TOO_LARGE_BYTES = 1_000_000

/**
 * What Splunk's answer to events means, as far as its indexers are not asked.
 *
 * @param prefixCounts false where events without an acknowledgement do not count as taken: then what was indexed before a bad
 *   event is sent again, and is there twice
 */
export function splunkOutcome(response: HttpResponse, delivery: Delivery, prefixCounts: boolean): Outcome {
  const { status, body } = response
  const reply = hecReply(body)
  if (reply === undefined) return byStatus(status)
  const { means, text } = CODES[reply.code] ?? { means: 'taken', text: 'a code that is not known' }
  const reason = `the receiver answered ${status}, code ${reply.code}: ${text}`
  switch (means) {
    case 'taken':
      return isSuccess(status) ? { kind: 'delivered' } : byStatus(status)
    case 'cut-off':
      return cutOff(reply.invalidEvent, delivery.events, reason, prefixCounts)
    case 'wrong-index':
      return wrongIndex(reply.invalidEvent, delivery.events, reason, prefixCounts)
    default:
      return { kind: means, reason }
  }
}

/**
 * Without a reply. 404 passes: Splunk Cloud answers it now and then (https://github.com/vectordotdev/vector/issues/13414), and so do
 * proxies whose collector restarts.
 */
export function byStatus(status: number): Outcome {
  if (isSuccess(status)) return { kind: 'retry', reason: `the receiver answered ${status} without a collector's reply` }
  return status === 404 ? { kind: 'retry', reason: 'the receiver answered 404' } : outcomeOf(status)
}

function cutOff(
  bad: number | undefined,
  events: readonly OutgoingEvent[],
  reason: string,
  prefixCounts: boolean,
): Outcome {
  const isTooLarge = bad === 0 && bytesOf(events) > COULD_BE_TOO_LARGE_BYTES
  if (bad === undefined || bad >= events.length || events.length === 1 || isTooLarge) return { kind: 'refused', reason }
  const retry = [...events.keys()].filter((index) => index > bad || (index < bad && !prefixCounts))
  return { kind: 'partial', retry, refused: [{ index: bad, reason }], unread: true }
}

/** The events before the bad one are there already. What is left begins with the bad one, so the next answer is a plain hold. */
function wrongIndex(
  behind: number | undefined,
  events: readonly OutgoingEvent[],
  reason: string,
  prefixCounts: boolean,
): Outcome {
  const bad = Math.min((behind ?? 0) - 1, events.length - 1)
  if (bad <= 0 || !prefixCounts) return { kind: 'hold', reason }
  return { kind: 'partial', retry: [...events.keys()].slice(bad), refused: [] }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

function bytesOf(events: readonly OutgoingEvent[]): number {
  return events.reduce((bytes, { raw }) => bytes + Buffer.byteLength(raw), 0)
}
