import { z } from 'zod'
import type { SourceEvent } from './event.ts'
import { toMs } from './time.ts'

/**
 * Records that are no further apart than this may have ids in another order than times: they were written side by side, by machines
 * whose clocks agree to less than that.
 */
export const ONE_INSTANT_MS = 1_000

/** So many records are not in order by chance. */
const LEAST_FOR_PROOF = 10

/** The order in which a vendor answers by id. */
export const idOrder = z.enum(['falling', 'rising'])

type IdOrder = z.infer<typeof idOrder>

/**
 * The order by id, once a page has proven that it is not an order by time: then the end of a page is exact. A page in another order
 * takes the proof back.
 */
export function provenOrder(page: readonly SourceEvent[], known: IdOrder | undefined): IdOrder | undefined {
  const order = orderBy(page, idOf)
  if (known !== undefined) return page.length < 2 || order === known ? known : undefined
  if (page.length < LEAST_FOR_PROOF || orderBy(page, timeOf) !== undefined) return undefined
  return order === 'level' ? undefined : order
}

/**
 * The ids that a page, which is not all there is, leaves unread: up to one, or after one, or both.
 *
 * The order of the answer is read off the page, and the page's last instant is read again: a vendor that sorts by time may
 * have put any of the records of that instant on it. Where the page shows no order, or one by id and the opposite by time, the range is
 * halved; a range that is small enough fits on one page, whatever the order.
 *
 * @param page at least one record
 */
export function unreadBeside(
  page: readonly SourceEvent[],
  proven: IdOrder | undefined,
): { upTo?: bigint; after?: bigint } {
  const ids = sortedIds(page)
  const [lowest = 0n, highest = 0n] = [ids[0], ids.at(-1)]
  if (proven !== undefined) return proven === 'falling' ? { upTo: lowest - 1n } : { after: highest }

  const lastMs = toMs(page.at(-1)?.time ?? '')
  const orders = [orderBy(page, idOf), orderBy(page, timeOf)]
  const [falls, rises] = [orders.includes('falling'), orders.includes('rising')]
  const [firstOfNewer] = sortedIds(page.filter((event) => timeOf(event) > lastMs + ONE_INSTANT_MS))
  if (firstOfNewer !== undefined && falls && !rises) return { upTo: firstOfNewer - 1n }
  const lastOfOlder = sortedIds(page.filter((event) => timeOf(event) < lastMs - ONE_INSTANT_MS)).at(-1)
  if (lastOfOlder !== undefined && rises && !falls) return { after: lastOfOlder }

  const middle = ids[Math.ceil(ids.length / 2) - 1] ?? 0n
  return ids.length === 1 ? { upTo: middle - 1n, after: middle } : { upTo: middle, after: middle }
}

/** `level` when all are the same; undefined when they go up and down. */
function orderBy(
  page: readonly SourceEvent[],
  key: (event: SourceEvent) => bigint | number,
): IdOrder | 'level' | undefined {
  const pairs = page.slice(1).map((event, index) => [key(page[index] ?? event), key(event)] as const)
  const [falls, rises] = [pairs.every(([a, b]) => a >= b), pairs.every(([a, b]) => a <= b)]
  if (falls) return rises ? 'level' : 'falling'
  return rises ? 'rising' : undefined
}

function sortedIds(events: readonly SourceEvent[]): bigint[] {
  return events.map(idOf).sort((a, b) => (a < b ? -1 : 1))
}

function idOf(event: SourceEvent): bigint {
  return BigInt(event.id)
}

function timeOf(event: SourceEvent): number {
  return toMs(event.time)
}
