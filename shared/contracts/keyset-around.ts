import type { Gap } from './event.ts'
import { DISORDER_MS, goOn, type Keyset, openWalkOf, type Range, type Walk } from './keyset.ts'
import { ONE_INSTANT_MS } from './page-order.ts'
import type { Step } from './source.ts'
import { shift } from './time.ts'

/** The first stretch that is split off a range without an end. */
const FIRST_STRETCH = 1_024n

/** Of more than these, the next walk meets the oldest once more, and passes them over once more. */
const MOST_PASSED_OVER = 500

/**
 * The way around a record that is too large to be read even alone. Its id is not known, so the range that cannot be read is narrowed:
 * one without an end is cut ever further up, one with both ends is halved. A single id is put off until all others are read, which
 * tells when its record was written; then it is passed over, and is a gap.
 *
 * The upper half is asked for first: where the newest come first, it answers with nothing, or with the same record.
 */
export function aroundRecord(at: Keyset): Omit<Step<Keyset>, 'events'> {
  const { walk, next } = openWalkOf(at)
  const others = walk.unread.slice(0, -1)
  const after = BigInt(next.after ?? '0')
  const cut = next.upTo === undefined ? stretch(after) : (after + BigInt(next.upTo)) / 2n
  if (cut !== after) {
    const parts = [
      { ...next, upTo: String(cut) },
      { ...next, after: String(cut) },
    ]
    return goOn(at, walk, [...others, ...parts])
  }
  if (others.some(({ alone }) => alone !== true)) return goOn(at, walk, [{ ...next, alone: true }, ...others])
  const record = next.upTo ?? ''
  const passedOver = [...(at.passedOver ?? []), record].sort((a, b) => (BigInt(a) > BigInt(b) ? -1 : 1))
  const past = { ...at, passedOver: passedOver.slice(0, MOST_PASSED_OVER) }
  return { ...goOn(past, walk, others), gap: gapOf(record, next, walk, at) }
}

/** The next bound above an id: each is at least twice as far away as the one before it, without anything to remember. */
function stretch(after: bigint): bigint {
  const lowestBit = after & -after
  return lowestBit >= FIRST_STRETCH ? after + lowestBit : (after / FIRST_STRETCH + 1n) * FIRST_STRETCH
}

/** Records are in the order of their ids, but for those that were written side by side. */
function gapOf(record: string, { between }: Range, walk: Walk, { reached, trail }: Keyset): Gap {
  const [below, above] = between ?? [null, null]
  const from = below === null ? (walk.from ?? trail[0]?.at ?? reached) : shift(below, -ONE_INSTANT_MS)
  const to = above === null ? (walk.until ?? shift(walk.asOf, DISORDER_MS)) : shift(above, ONE_INSTANT_MS)
  return { from, to, reason: 'too-large', record }
}
