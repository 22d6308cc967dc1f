import type { SQSRecord } from 'aws-lambda'

/** The same messages come together the third time: perhaps one of them ends the function. */
const FIRST_RECEIVES = 3

/** From then on now and then, as most that are received so often wait for their receiver. */
const LAST_RECEIVES = 10

const MINUTE_MS = 60_000
const SPREAD_MS = 10 * MINUTE_MS

/**
 * Sees to it that messages which keep coming back do not come back together, should this invocation die: each is hidden for a time of
 * its own, longer than the function can run. Otherwise a message that kills the function would do so with the same others each time, and
 * take them along to the dead-letter queue. What becomes of them when the invocation ends is said again then.
 *
 * @param postpone never fails
 * @param random in [0, 1)
 */
export async function partWays(
  records: readonly SQSRecord[],
  remainingMs: number,
  postpone: (record: SQSRecord, delayMs: number) => Promise<void>,
  random: () => number,
): Promise<void> {
  if (records.length === 1) return
  const recurring = records.filter(({ attributes }) => isRecurring(Number(attributes.ApproximateReceiveCount)))
  await Promise.all(recurring.map((record) => postpone(record, remainingMs + MINUTE_MS + SPREAD_MS * random())))
}

function isRecurring(receives: number): boolean {
  return receives >= FIRST_RECEIVES && (receives <= LAST_RECEIVES || receives % LAST_RECEIVES === 0)
}
