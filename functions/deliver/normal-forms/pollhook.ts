import type { Mapping } from './facts.ts'

/** pollhook's own events: an interval whose events may be missing. */
export const pollhook: Mapping = {
  product: { name: 'pollhook', vendor: 'pollhook' },
  log: () => 'gaps',
  facts(record) {
    const [from, to, reason] = [record.text('from'), record.text('to'), record.text('reason')]
    const message = `Events from ${from ?? 'an unknown time'} to ${to ?? 'an unknown time'} may be missing`
    return {
      activity: 'events-missing',
      operation: undefined,
      outcome: 'failure',
      reason,
      message: reason === undefined ? message : `${message}: ${reason}`,
    }
  },
}
