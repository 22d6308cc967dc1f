import { describe, expect, it } from 'vitest'
import { type Circuit, CLOSED, isBehind, isFailing, isProbed, takesNothing } from '../../shared/circuit.ts'

const at = (text: string) => new Date(`2026-05-01T${text}Z`)
const instant = (text: string) => at(text).toISOString()

/** Signs from 10:00 on, the last one at `last`, of messages queued until `queued`. */
const overdue = (last: string, queued: string, taken?: string): Circuit => ({
  ...CLOSED,
  overdue: {
    since: instant('10:00:00'),
    at: instant(last),
    queuedAt: instant(queued),
    ...(taken !== undefined && { takenAt: instant(taken) }),
  },
})

describe('isFailing()', () => {
  it('is false for a single message, however often it fails: what went before was not watched', () => {
    expect(isFailing(CLOSED, at('10:00:00'))).toBe(false)
    expect(isFailing(overdue('10:35:00', '09:55:00'), at('10:35:00'))).toBe(false)
  })

  it('is true when a message fails that was queued two minutes after the first sign, and none was taken', () => {
    expect(isFailing(overdue('10:06:00', '10:01:59.999'), at('10:06:00'))).toBe(false)
    expect(isFailing(overdue('10:06:00', '10:02:00'), at('10:06:00'))).toBe(true)
  })

  it('is false once a message is taken, until one fails that was queued two minutes later', () => {
    expect(isFailing(overdue('10:06:00', '10:02:00', '10:30:00'), at('10:30:00'))).toBe(false)
    expect(isFailing(overdue('10:40:00', '10:31:59.999', '10:30:00'), at('10:40:00'))).toBe(false)
    expect(isFailing(overdue('10:40:00', '10:32:00', '10:30:00'), at('10:40:00'))).toBe(true)
  })

  it('is over after 13 hours without a sign: every overdue message is tried twice a day', () => {
    expect(isFailing(overdue('10:06:00', '10:02:00'), at('23:05:59.999'))).toBe(true)
    expect(isFailing(overdue('10:06:00', '10:02:00'), at('23:06:00'))).toBe(false)
  })
})

const open = (nextProbe: string): Circuit => ({
  ...CLOSED,
  open: { reason: 'the receiver answered 401', since: instant('09:00:00'), nextProbeAt: instant(nextProbe), probes: 1 },
})

describe('isProbed()', () => {
  it('is true while an open circuit has messages, which look within 72 minutes whether a probe is due', () => {
    expect(isProbed(CLOSED, at('10:00:00'))).toBe(false)
    expect(isProbed(open('10:00:00'), at('09:50:00'))).toBe(true)
    expect(isProbed(open('10:00:00'), at('12:59:59.999'))).toBe(true)
    expect(isProbed(open('10:00:00'), at('13:00:00'))).toBe(false)
  })

  it('counts from the end of the time that the receiver asked everybody to wait', () => {
    const circuit = { ...open('10:00:00'), throttledUntil: instant('15:00:00') }
    expect(isProbed(circuit, at('17:59:59.999'))).toBe(true)
    expect(isProbed(circuit, at('18:00:00'))).toBe(false)
  })
})

it('takesNothing() is true while a circuit is open, the receiver asked to wait, or fails whatever it is sent', () => {
  expect(takesNothing(CLOSED, at('10:00:00'))).toBe(false)
  expect(takesNothing(open('10:00:00'), at('10:00:00'))).toBe(true)
  expect(takesNothing({ ...CLOSED, throttledUntil: instant('10:00:01') }, at('10:00:00'))).toBe(true)
  expect(takesNothing({ ...CLOSED, throttledUntil: instant('10:00:00') }, at('10:00:00'))).toBe(false)
  expect(takesNothing(overdue('10:06:00', '10:02:00'), at('10:06:00'))).toBe(true)
  expect(takesNothing(overdue('10:06:00', '09:50:00'), at('10:06:00'))).toBe(false)
})

it('isBehind() is also true for half an hour after a sign from a destination that takes messages all the same', () => {
  expect(isBehind(CLOSED, at('10:00:00'))).toBe(false)
  expect(isBehind(open('10:00:00'), at('10:00:00'))).toBe(true)
  const slow = overdue('10:10:00', '09:50:00', '10:09:00')
  expect(isBehind(slow, at('10:39:59.999'))).toBe(true)
  expect(isBehind(slow, at('10:40:00'))).toBe(false)
})
