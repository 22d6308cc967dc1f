import { describe, expect, it } from 'vitest'
import {
  closed,
  confirmed,
  failed,
  heldMs,
  left,
  opened,
  probeBooked,
  reached,
  taken,
  throttled,
} from '../../../functions/deliver/circuit.ts'
import { type Circuit, CLOSED, isThrottled } from '../../../shared/circuit.ts'

const at = (text: string) => new Date(`2026-05-01T${text}Z`)
const sent = (text: string) => ({ triedSince: at(text), isOrdered: false })
const OPENED = opened(CLOSED, 'the receiver answered 401', 'm1', at('10:00:00'))

describe('opened()', () => {
  it('keeps why, since when, and by which message, and plans the first probe two minutes later', () => {
    expect(OPENED).toEqual({
      holds: [],
      suspects: [],
      open: {
        reason: 'the receiver answered 401',
        since: '2026-05-01T10:00:00.000Z',
        nextProbeAt: '2026-05-01T10:02:00.000Z',
        probes: 0,
        messageId: 'm1',
      },
    })
  })

  it('changes nothing of an open circuit', () => {
    expect(opened(OPENED, 'the receiver answered 404', 'm2', at('10:01:00'))).toBe(OPENED)
  })

  it('ends a row of failures', () => {
    const failing = failed(CLOSED, 'x', at('09:59:00'))
    expect(opened(failing, 'y', undefined, at('10:00:00'))).not.toHaveProperty('failingSince')
  })
})

describe('confirmed()', () => {
  it('keeps the newest reason, and the message whose answer it was', () => {
    const again = confirmed(OPENED, 'the receiver answered 404', 'm2')
    expect(again.open).toEqual({ ...OPENED.open, reason: 'the receiver answered 404', messageId: 'm2' })
    expect(confirmed(OPENED, 'no parameter', undefined).open).not.toHaveProperty('messageId')
    expect(confirmed(CLOSED, 'x', 'm2')).toBe(CLOSED)
  })
})

describe('probeBooked()', () => {
  it('books nothing while the circuit is closed or no probe is due', () => {
    expect(probeBooked(CLOSED, 'm2', at('10:00:00'))).toBeUndefined()
    expect(probeBooked(OPENED, 'm2', at('10:01:59.999'))).toBeUndefined()
  })

  it('moves the next probe on, in steps that double up to 15 minutes', () => {
    const minutes: number[] = []
    let circuit: Circuit | undefined = OPENED
    for (let n = 0; n < 5; n++) {
      const due = new Date(circuit?.open?.nextProbeAt ?? '')
      circuit = probeBooked(circuit ?? CLOSED, 'm2', due)
      minutes.push((Date.parse(circuit?.open?.nextProbeAt ?? '') - due.getTime()) / 60_000)
    }
    expect(minutes).toEqual([4, 8, 15, 15, 15])
    expect(circuit?.open?.probes).toBe(5)
  })
})

describe('closed()', () => {
  it('keeps the hold for the give-up clock', () => {
    const after = closed(OPENED, 'm1', at('11:30:00'))
    expect(after.open).toBeUndefined()
    expect(after.holds).toEqual([{ from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T11:30:00.000Z' }])
  })

  it('suspects the message whose answer had opened the circuit when another one closes it', () => {
    expect(closed(OPENED, 'm2', at('11:30:00')).suspects).toEqual(['m1'])
    expect(closed(OPENED, 'm1', at('11:30:00')).suspects).toEqual([])
    expect(closed({ ...OPENED, suspects: ['m1'] }, 'm2', at('11:30:00')).suspects).toEqual(['m1'])
    const withoutAnswer = opened(CLOSED, 'no parameter', undefined, at('10:00:00'))
    expect(closed(withoutAnswer, 'm2', at('11:30:00')).suspects).toEqual([])
  })

  it('remembers the last 50 suspects', () => {
    let circuit: Circuit = CLOSED
    for (let n = 0; n < 60; n++)
      circuit = closed(opened(circuit, 'x', `m${n}`, at('10:00:00')), 'other', at('10:02:00'))
    expect(circuit.suspects).toHaveLength(50)
    expect(circuit.suspects.at(-1)).toBe('m59')
  })

  it('forgets holds that are older than any message can be', () => {
    const old = { from: '2026-04-17T09:00:00.000Z', to: '2026-04-17T10:59:59.999Z' }
    const young = { from: '2026-04-17T09:00:00.000Z', to: '2026-04-17T11:00:00.001Z' }
    expect(closed({ ...OPENED, holds: [old, young] }, 'm1', at('11:00:00')).holds).toHaveLength(2)
  })

  it('joins holds when there are more than 200, the closest ones first', () => {
    const from = Date.parse('2026-04-20T00:00:00Z')
    const hold = (minute: number) => ({
      from: new Date(from + minute * 60_000).toISOString(),
      to: new Date(from + (minute + 1) * 60_000).toISOString(),
    })
    const holds = Array.from({ length: 199 }, (_, n) => hold(n * 10))
    const close = hold(502)
    const circuit = closed({ ...OPENED, holds: holds.toSpliced(51, 0, close) }, 'm1', at('11:30:00'))
    expect(circuit.holds).toHaveLength(200)
    expect(circuit.holds[50]).toEqual({ from: hold(500).from, to: close.to })
  })

  it('changes nothing when the circuit is closed', () => {
    expect(closed(CLOSED, 'm1', at('10:00:00'))).toBe(CLOSED)
  })
})

describe('failed() and reached()', () => {
  it('note the first failure, and open the circuit once there was nothing else for five minutes', () => {
    const first = failed(CLOSED, 'no such name', at('10:00:00'))
    expect(first).toEqual({ ...CLOSED, failingSince: '2026-05-01T10:00:00.000Z' })
    expect(failed(first, 'no such name', at('10:04:59.999'))).toBe(first)
    expect(failed(first, 'no such name', at('10:05:00')).open).toMatchObject({
      reason: 'no such name',
      since: '2026-05-01T10:05:00.000Z',
    })
  })

  it('begin anew after an answer', () => {
    const answered = reached(failed(CLOSED, 'x', at('10:00:00')))
    expect(answered).toEqual(CLOSED)
    expect(failed(answered, 'x', at('10:06:00')).open).toBeUndefined()
    expect(reached(CLOSED)).toBe(CLOSED)
  })

  it('do not count a failure of the day before yesterday as lasting', () => {
    const old = { ...CLOSED, failingSince: '2026-04-29T10:00:00.000Z' }
    expect(failed(old, 'x', at('10:00:00'))).toEqual({ ...CLOSED, failingSince: '2026-05-01T10:00:00.000Z' })
  })
})

describe('throttled()', () => {
  it('holds everybody until the instant, and not longer', () => {
    const circuit = throttled(CLOSED, at('10:00:30'))
    expect(isThrottled(circuit, at('10:00:29.999'))).toBe(true)
    expect(isThrottled(circuit, at('10:00:30'))).toBe(false)
    expect(isThrottled(CLOSED, at('10:00:00'))).toBe(false)
  })

  it('is moved on and never back, and not for less than a second', () => {
    const circuit = throttled(CLOSED, at('10:00:30'))
    expect(throttled(circuit, at('10:00:10'))).toBe(circuit)
    expect(throttled(circuit, at('10:00:30.999'))).toBe(circuit)
    expect(throttled(circuit, at('10:00:31')).throttledUntil).toBe('2026-05-01T10:00:31.000Z')
  })
})

describe('left()', () => {
  const first = left(CLOSED, sent('09:56:00'), at('10:00:00'))

  it('is no sign until the message is four minutes old, and was tried three times', () => {
    expect(left(CLOSED, sent('09:56:00.001'), at('10:00:00'))).toBe(CLOSED)
    expect(first).toEqual({
      ...CLOSED,
      overdue: {
        since: '2026-05-01T10:00:00.000Z',
        at: '2026-05-01T10:00:00.000Z',
        queuedAt: '2026-05-01T09:56:00.000Z',
      },
    })
  })

  it('is written down again after ten minutes, with the youngest message of all', () => {
    expect(left(first, sent('09:57:00'), at('10:09:59.999'))).toBe(first)
    expect(left(first, sent('09:50:00'), at('10:10:00')).overdue).toEqual({
      ...first.overdue,
      at: '2026-05-01T10:10:00.000Z',
    })
  })

  it('is written down at once when it shows that the receiver fails whatever it is sent, and then not again', () => {
    expect(left(first, sent('10:01:59.999'), at('10:06:00'))).toBe(first)
    const failing = left(first, sent('10:02:00'), at('10:06:00'))
    expect(failing.overdue).toEqual({
      since: '2026-05-01T10:00:00.000Z',
      at: '2026-05-01T10:06:00.000Z',
      queuedAt: '2026-05-01T10:02:00.000Z',
    })
    expect(left(failing, sent('10:03:00'), at('10:07:00'))).toBe(failing)
  })

  it('speaks for all that is queued by now where messages keep their order', () => {
    const ordered = { ...sent('09:50:00'), isOrdered: true }
    expect(left(CLOSED, { ...sent('09:56:00.001'), isOrdered: true }, at('10:00:00'))).toBe(CLOSED)
    expect(left(first, ordered, at('10:02:00')).overdue?.queuedAt).toBe('2026-05-01T10:02:00.000Z')
  })

  it('begins anew after 13 hours without a sign', () => {
    expect(left(first, sent('22:55:00'), at('22:59:59.999')).overdue?.since).toBe('2026-05-01T10:00:00.000Z')
    expect(left(first, sent('22:55:00'), at('23:00:00')).overdue?.since).toBe('2026-05-01T23:00:00.000Z')
  })
})

describe('taken()', () => {
  const watched = left(CLOSED, sent('09:50:00'), at('10:00:00'))
  const once = taken(watched, at('10:05:00'))

  it('writes nothing while there are no signs of the contrary', () => {
    expect(taken(CLOSED, at('10:00:00'))).toBe(CLOSED)
  })

  it('is written down once in two minutes', () => {
    expect(once.overdue).toEqual({ ...watched.overdue, takenAt: '2026-05-01T10:05:00.000Z' })
    expect(taken(once, at('10:06:59.999'))).toBe(once)
    expect(taken(once, at('10:07:00')).overdue?.takenAt).toBe('2026-05-01T10:07:00.000Z')
  })

  it('forgets the signs when there was none for 13 hours', () => {
    expect(taken(once, at('22:59:59.999')).overdue?.takenAt).toBe('2026-05-01T22:59:59.999Z')
    expect(taken(once, at('23:00:00'))).toEqual(CLOSED)
  })
})

describe('heldMs()', () => {
  const circuit: Circuit = {
    ...OPENED,
    holds: [
      { from: '2026-05-01T08:00:00.000Z', to: '2026-05-01T08:30:00.000Z' },
      { from: '2026-05-01T09:00:00.000Z', to: '2026-05-01T09:10:00.000Z' },
    ],
  }

  it.each([
    ['07:00:00', '07:59:00', 0],
    ['07:00:00', '08:15:00', 15],
    ['08:10:00', '09:05:00', 25],
    ['07:00:00', '10:00:00', 40],
    ['08:45:00', '10:20:00', 30],
    ['10:10:00', '10:20:00', 10],
  ])('is what of %s to %s the destination was on hold: %i minutes', (from, to, minutes) => {
    expect(heldMs(circuit, at(from), at(to)) / 60_000).toBe(minutes)
  })
})
