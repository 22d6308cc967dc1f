import { describe, expect, test } from 'vitest'
import type { SourceEvent } from '../../../shared/contracts/event.ts'
import type { Span } from '../../../shared/contracts/source.ts'
import {
  advanceStream,
  openStream,
  refuseSameToken,
  rewindStream,
  type Stream,
  stream,
  streamToken,
} from '../../../shared/contracts/stream.ts'

const span: Span = { from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T10:20:00.000Z', overlapMs: 0, bounded: false }
const event = (id: string, time: string): SourceEvent => ({ id, type: 'event', time, raw: '{}' })
const page = (next: string, more: boolean, ...events: SourceEvent[]) => ({ events, malformed: [], next, more })
const started = openStream(undefined, span)

test('a stream begins by time', () => {
  expect(started).toEqual({ reached: span.from, from: span.from, next: { since: span.from }, asOf: span.to })
})

test('a walk is over when there is no more, and reached moves only then', () => {
  const first = advanceStream(started, page('a', true, event('1', '2026-05-01T10:01:00Z')))
  expect(first.position.reached).toBe(span.from)
  const last = advanceStream(first.position, page('b', false, event('2', '2026-05-01T10:02:00Z')))
  expect(last).toMatchObject({ more: false, position: { reached: span.to, next: { token: 'b' } } })
  expect(last.position).not.toHaveProperty('asOf')
})

test('an empty page with more is followed', () => {
  const step = advanceStream(started, page('a', true))
  expect(step).toMatchObject({ more: true, position: { next: { token: 'a' } } })
})

test('a page whose records are all broken is not an empty one', () => {
  const broken = { ...page('a', false), malformed: [{ raw: '{}', problem: 'id: missing' }] }
  expect(advanceStream(started, broken).position).toEqual({ reached: span.to, from: span.from, next: { token: 'a' } })
})

test('the last event’s time is the latest, whatever the order, in one format', () => {
  const times = ['2026-05-01T10:01:00Z', '2026-05-01T12:05:00.123456+02:00', '2026-05-01T10:03:00Z']
  const { position } = advanceStream(started, page('a', true, ...times.map((time) => event(time, time))))
  expect(position.lastEventAt).toBe('2026-05-01T10:05:00.123Z')
  expect(stream.safeParse(position).success).toBe(true)
  expect(advanceStream(position, page('b', true, event('x', '2026-05-01T10:00:30Z'))).position.lastEventAt).toBe(
    '2026-05-01T10:05:00.123Z',
  )
})

test('through idle days the token in use is never older than the day before', () => {
  let at: Stream = { reached: span.from, from: span.from, next: { token: 'day 0' } }
  const used: string[] = []
  for (let hour = 0; hour < 100; hour++) {
    const to = new Date(Date.parse(span.to) + hour * 3_600_000).toISOString()
    at = advanceStream(openStream(at, { ...span, to }), page(`hour-${hour}`, false)).position
    if ('token' in at.next && at.next.token !== used.at(-1)) used.push(at.next.token)
  }
  expect(used).toEqual(['day 0', 'hour-0', 'hour-25', 'hour-50'])
})

describe('rewindStream()', () => {
  test('goes by time from the last event, or from the start', () => {
    const at = { ...started, next: { token: 'a' } }
    expect(rewindStream(at)).toEqual(started)
    expect(rewindStream({ ...at, lastEventAt: '2026-05-01T10:15:00.000Z' })?.next).toEqual({
      since: '2026-05-01T10:15:00.000Z',
    })
  })

  describe('when the vendor shows less than it had shown before', () => {
    const seen = '2026-05-01T10:15:00.000Z'
    const rewound = rewindStream({ ...started, next: { token: 'a' }, lastEventAt: seen }) ?? started
    const gapOf = (...times: string[]) => advanceStream(rewound, page('b', false, ...times.map((t) => event(t, t)))).gap

    test('is no gap while the last event is still there', () => {
      expect(gapOf('2026-05-01T09:59:00Z', seen, '2026-05-01T10:17:00Z')).toBeUndefined()
      expect(gapOf('2026-05-01T10:17:00Z', seen)).toBeUndefined()
    })

    test('is a gap up to the oldest event that is left', () => {
      expect(gapOf('2026-05-01T10:18:00Z', '2026-05-01T10:17:00Z')).toEqual({
        from: seen,
        to: '2026-05-01T10:17:00.000Z',
        reason: 'retention',
      })
    })

    test('is a gap up to the end when nothing is left', () => {
      expect(gapOf()).toEqual({ from: seen, to: '2026-05-01T10:20:00.000Z', reason: 'retention' })
    })

    test('is told by the first page that has events, and once', () => {
      const empty = advanceStream(rewound, page('b', true))
      expect(empty.gap).toBeUndefined()
      const first = advanceStream(empty.position, page('c', true, event('1', '2026-05-01T10:17:00Z')))
      expect(first.gap).toMatchObject({ to: '2026-05-01T10:17:00.000Z' })
      expect(stream.parse(first.position)).not.toHaveProperty('known')
      expect(advanceStream(first.position, page('d', false, event('2', '2026-05-01T10:18:00Z'))).gap).toBeUndefined()
    })

    test('cannot be told where no event was seen', () => {
      const unseen = rewindStream({ ...started, next: { token: 'a' } }) ?? started
      expect(advanceStream(unseen, page('b', false, event('1', '2026-05-01T10:17:00Z'))).gap).toBeUndefined()
    })
  })

  test('is no way out when there was no token', () => {
    expect(rewindStream(started)).toBeUndefined()
  })
})

test('the same token with more is a fault; without, or with another, it is not', () => {
  expect(() => refuseSameToken('a', page('a', true))).toThrow(expect.objectContaining({ name: 'Fault', kind: 'stuck' }))
  for (const fine of [page('a', false), page('b', true)]) expect(() => refuseSameToken('a', fine)).not.toThrow()
  expect(() => refuseSameToken(undefined, page('a', true))).not.toThrow()
})

test('a token is a text without spaces, and not "null"', () => {
  const good = ['a', '2.1.0An4ZapaQaOXPdojlmediSZ1WqMdi5U_3l9gViOW7ic', 'nullable', 'xnull', '0']
  const bad = ['', 'null', 'a b', ' ', 'a\n', null, 7]
  expect(good.filter((value) => !streamToken.safeParse(value).success)).toEqual([])
  expect(bad.filter((value) => streamToken.safeParse(value).success)).toEqual([])
})
