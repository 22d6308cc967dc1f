import { describe, expect, it } from 'vitest'
import type { Attempted } from '../../../functions/deliver/attempt.ts'
import { decide, decideWaiting, type Timing } from '../../../functions/deliver/decide.ts'
import type { Later } from '../../../functions/deliver/stop.ts'
import { type Circuit, CLOSED } from '../../../shared/circuit.ts'
import { DAY, HOUR, MINUTE, SECOND } from './world.ts'

const NOW = Date.parse('2026-05-04T10:00:00Z')

function timing(more: Partial<Timing> & { readonly ageMs?: number } = {}): Timing {
  const { ageMs = 20 * MINUTE, ...rest } = more
  const sentAt = new Date(NOW - ageMs)
  const firstReceivedAt = sentAt
  const usual = { giveUpAfterMs: 3 * DAY, receives: 2, isOrdered: false, random: 0 }
  return { sentAt, firstReceivedAt, now: new Date(NOW), ...usual, ...rest }
}

const inMs = (ms: number) => new Date(NOW + ms)
const decideLater = (later: Later | undefined, at: Timing, circuit: Circuit = CLOSED) =>
  decide({ kind: 'time', ...(later !== undefined && { later }) }, circuit, at)
const laterIn = (delayMs: number) => ({ kind: 'later', delayMs })

describe('a message that nothing is wrong with', () => {
  it('is seen again after a second when there was no time for it, whatever its age', () => {
    expect(decideLater(undefined, timing({ ageMs: 4 * DAY }))).toEqual(laterIn(SECOND))
  })

  it('comes back when its place in the line says, and after a second at least', () => {
    const queued = (untilMs: number): Later => ({ kind: 'queued', until: inMs(untilMs), reason: 'full' })
    expect(decideLater(queued(7_500), timing())).toEqual(laterIn(7_500))
    expect(decideLater(queued(-1), timing())).toEqual(laterIn(SECOND))
  })

  it('comes back later the more receives it has used, so that 500 last for 14 days', () => {
    const queued: Later = { kind: 'queued', until: inMs(0), reason: 'full' }
    const delayAfter = (receives: number) => decideLater(queued, timing({ receives, giveUpAfterMs: 13 * DAY }))
    expect([0, 24, 25, 50, 250].map(delayAfter)).toEqual(
      [SECOND, SECOND, 2 * SECOND, 4 * SECOND, 1_024 * SECOND].map(laterIn),
    )
    expect(delayAfter(499)).toEqual(laterIn(11.9 * HOUR))
  })

  it('makes room for others the older it is when too many requests are under way', () => {
    const crowded: Later = { kind: 'crowded', reason: 'all taken' }
    expect(decideLater(crowded, timing())).toEqual(laterIn(5 * MINUTE))
    expect(decideLater(crowded, timing({ ageMs: 0 }))).toEqual(laterIn(SECOND))
  })

  it('is given up when it is old enough, but not while the receiver has its events', () => {
    const old = timing({ ageMs: 3 * DAY })
    const reason = (text: string) => `given up after 4320 minutes of trying: ${text}`
    expect(decideLater({ kind: 'queued', until: inMs(1), reason: 'full' }, old)).toMatchObject({
      reason: reason('full'),
    })
    expect(decideLater({ kind: 'crowded', reason: 'all taken' }, old)).toMatchObject({ reason: reason('all taken') })
    const accepted: Later = { kind: 'unconfirmed', until: inMs(10 * SECOND), reason: 'not confirmed' }
    expect(decideLater(accepted, old)).toEqual(laterIn(10 * SECOND))
  })

  it('comes back in time for a last attempt, not when it would be too old', () => {
    const queued: Later = { kind: 'queued', until: inMs(HOUR), reason: 'full' }
    expect(decideLater(queued, timing({ ageMs: 3 * DAY - MINUTE }))).toEqual(laterIn(MINUTE))
  })

  it('does not grow older while its destination is on hold', () => {
    const holds = [{ from: '2026-05-02T10:00:00.000Z', to: '2026-05-03T10:00:00.000Z' }]
    const queued: Later = { kind: 'queued', until: inMs(MINUTE), reason: 'full' }
    expect(decideLater(queued, timing({ ageMs: 3 * DAY }), { ...CLOSED, holds })).toEqual(laterIn(MINUTE))
  })

  it('is a dead letter before its queue deletes it, also while the receiver has its events', () => {
    const accepted: Later = { kind: 'unconfirmed', until: inMs(10 * SECOND), reason: 'not confirmed' }
    expect(decideLater(accepted, timing({ ageMs: 13.5 * DAY, giveUpAfterMs: 13 * DAY }))).toEqual({
      kind: 'dead-letter',
      why: 'given-up',
      reason: 'given up because the queue keeps a message for 14 days only: not confirmed',
    })
  })
})

describe('a message whose receiver asked everybody to wait', () => {
  const throttled: Circuit = { ...CLOSED, throttledUntil: '2026-05-04T10:00:10.000Z' }

  it('waits until then, and longer the older it is, because others go first', () => {
    expect(decideWaiting(throttled, timing({ ageMs: 0 }))).toEqual(laterIn(10 * SECOND))
    expect(decideWaiting(throttled, timing())).toEqual(laterIn(5 * MINUTE))
  })

  it('waits until then alone when it is the first of a row, as all others stand behind it', () => {
    expect(decideWaiting(throttled, timing({ isOrdered: true }))).toEqual(laterIn(10 * SECOND))
  })
})

describe('a message that was tried and has to be tried again', () => {
  const attempted: Attempted = {
    outcome: { kind: 'retry', reason: 'busy' },
    endpointFailed: false,
    startedAt: new Date(NOW),
    endedAt: new Date(NOW),
  }
  const tried = (at: Timing) => decide({ kind: 'retry', reason: 'busy', attempted }, CLOSED, at)
  const received = { firstReceivedAt: inMs(-6 * SECOND), random: 0.5 }

  it('comes back by its age, or where the order is kept by the time since it has had nothing in front of it', () => {
    expect(tried(timing({ ...received, ageMs: DAY }))).toEqual(laterIn(11.9 * HOUR))
    expect(tried(timing({ ...received, ageMs: DAY, isOrdered: true }))).toEqual(laterIn(5 * MINUTE))
  })

  it('is given up by its age, however long it stood behind others', () => {
    expect(tried(timing({ ...received, ageMs: 3 * DAY, isOrdered: true }))).toMatchObject({ kind: 'dead-letter' })
  })
})
