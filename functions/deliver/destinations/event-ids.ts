import type { Delivery } from '../../../shared/contracts/destination.ts'

/** As many ids as fit into a header: 3,200 bytes, of the 8 KiB that servers commonly allow for all headers together. */
export const MOST_IDS = 100

/** Where pollhook's ids stand when nothing but the vendor's records may be in the body: in the order of the records. */
export function eventIds({ source, events }: Delivery): Record<string, string> {
  return { 'pollhook-source': source.id, 'pollhook-event-ids': events.map(({ id }) => id).join(',') }
}
