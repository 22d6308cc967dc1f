import { describe, expect, it } from 'vitest'
import type { Attempted } from '../../../functions/deliver/attempt.ts'
import { opened } from '../../../functions/deliver/circuit.ts'
import { learn } from '../../../functions/deliver/learn.ts'
import type { Stop } from '../../../functions/deliver/stop.ts'
import { CLOSED } from '../../../shared/circuit.ts'

const NOW = new Date('2026-05-01T10:00:00Z')
const IN_A_MINUTE = new Date('2026-05-01T10:01:00Z')
const OPEN = opened(CLOSED, 'the receiver answered 404', 'm1', NOW)

const attemptedWith = (status: number | undefined): Attempted => ({
  outcome: { kind: 'delivered' },
  status,
  endpointFailed: false,
  startedAt: NOW,
  endedAt: NOW,
})
const stop = (kind: 'retry' | 'hold', status: number | undefined, notBefore?: Date): Stop => ({
  kind,
  reason: 'because',
  notBefore,
  attempted: attemptedWith(status),
})
const sender = (more: { messageId?: string; isProbe?: boolean; triedSince?: Date } = {}) => ({
  messageId: 'm2',
  isProbe: false,
  triedSince: NOW,
  isOrdered: false,
  now: NOW,
  ...more,
})
const judged = { answered: true, judged: true, stop: undefined }

describe('learn()', () => {
  it('closes the circuit by the answer to the probe, and by no other that comes in late', () => {
    expect(learn(OPEN, judged, sender({ isProbe: true })).open).toBeUndefined()
    expect(learn(OPEN, judged, sender())).toBe(OPEN)
  })

  it('closes and opens again when a probe of several requests ends badly', () => {
    const ending = { ...judged, stop: stop('hold', 401) }
    const circuit = learn(OPEN, ending, sender({ isProbe: true }))
    expect(circuit.holds).toHaveLength(1)
    expect(circuit.open).toMatchObject({ reason: 'because', messageId: 'm2' })
  })

  it('leaves a circuit alone that others have opened', () => {
    expect(learn(OPEN, { answered: true, judged: false, stop: stop('hold', 401) }, sender())).toBe(OPEN)
  })

  it('opens by no answer to a suspect, but by what concerns no message', () => {
    const circuit = { ...CLOSED, suspects: ['m2'] }
    const ending = (status: number | undefined) => ({ answered: true, judged: false, stop: stop('hold', status) })
    expect(learn(circuit, ending(403), sender())).toBe(circuit)
    expect(learn(circuit, ending(403), sender({ messageId: 'm3' })).open).toMatchObject({ messageId: 'm3' })
    expect(learn(circuit, ending(undefined), sender()).open).not.toHaveProperty('messageId')
  })

  it.each([
    [429, '2026-05-01T10:01:00.000Z'],
    [503, '2026-05-01T10:01:00.000Z'],
    [500, undefined],
    [408, undefined],
    [200, undefined],
  ])('makes everybody wait after %i with a time: until %s', (status, until) => {
    const ending = { answered: true, judged: false, stop: stop('retry', status, IN_A_MINUTE) }
    expect(learn(CLOSED, ending, sender()).throttledUntil).toBe(until)
  })

  it('makes nobody wait for a time that is over', () => {
    const ending = { answered: true, judged: false, stop: stop('retry', 429, NOW) }
    expect(learn(CLOSED, ending, sender())).toBe(CLOSED)
  })

  const overdue = { since: '2026-05-01T09:00:00.000Z', at: NOW.toISOString(), queuedAt: '2026-05-01T09:56:00.000Z' }

  it('takes an overdue message that is to be tried again for a sign, whatever the answer, and none that is on hold or out of time', () => {
    const old = { triedSince: new Date('2026-05-01T09:56:00Z') }
    const signed = { ...overdue, since: NOW.toISOString() }
    for (const status of [undefined, 500, 429]) {
      const ending = { answered: status !== undefined, judged: false, stop: stop('retry', status) }
      expect(learn(CLOSED, ending, sender(old)).overdue).toEqual(signed)
    }
    const hold = { answered: true, judged: false, stop: stop('hold', 401) }
    expect(learn(CLOSED, hold, sender(old)).overdue).toBeUndefined()
    const late = { answered: true, judged: true, stop: { kind: 'time' } as const }
    expect(learn(CLOSED, late, sender(old))).toBe(CLOSED)
  })

  it('knows that the receiver takes messages by one that is done, and not by a part of one', () => {
    const circuit = { ...CLOSED, overdue }
    expect(learn(circuit, judged, sender()).overdue).toEqual({ ...overdue, takenAt: NOW.toISOString() })
    expect(learn(circuit, { ...judged, stop: stop('retry', 200) }, sender()).overdue).toEqual(overdue)
  })
})
