import type { Route } from '../../shared/assignment.ts'
import { matches } from '../../shared/config/filter.ts'
import type { OutgoingEvent } from '../../shared/contracts/destination.ts'
import type { Message } from '../../shared/message.ts'

/**
 * Cuts events into messages, each as large as its destination takes in one request. An event larger than `maxBytes` has a
 * message of its own.
 */
export function cut(events: readonly OutgoingEvent[], source: Message['source'], routes: readonly Route[]): Message[] {
  return routes.flatMap((route) => {
    const wanted = events.filter((event) => matches(route.filter, event.type))
    const ordered = route.ordered === true ? { ordered: true } : {}
    return batches(wanted, route.batch).map(
      (batch) => ({ v: 1, destination: route.id, source, events: batch, ...ordered }) as const,
    )
  })
}

function batches(events: readonly OutgoingEvent[], limit: Route['batch']): OutgoingEvent[][] {
  const found: OutgoingEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const size = Buffer.byteLength(event.raw)
    const open = found.at(-1)
    if (open !== undefined && open.length < limit.maxEvents && bytes + size <= limit.maxBytes) {
      open.push(event)
      bytes += size
    } else {
      found.push([event])
      bytes = size
    }
  }
  return found
}
