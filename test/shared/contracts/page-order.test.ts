import { describe, expect, test } from 'vitest'
import type { SourceEvent } from '../../../shared/contracts/event.ts'
import { provenOrder, unreadBeside } from '../../../shared/contracts/page-order.ts'
import { fromMs } from '../../../shared/contracts/time.ts'

const START_MS = Date.parse('2026-05-01T00:00:00.000Z')

/** Records as `[id, seconds]`. */
const page = (...records: [id: number, seconds: number][]): SourceEvent[] =>
  records.map(([id, seconds]) => ({
    id: String(id),
    type: 'event',
    time: fromMs(START_MS + seconds * 1_000),
    raw: '{}',
  }))

/** Twelve, newest id first, two of which were written in the other order. */
const BY_ID = page(...Array.from({ length: 12 }, (_, n): [number, number] => [112 - n, n === 5 ? 50 : 100 - n * 5]))

describe('unreadBeside()', () => {
  test.each([
    [
      'newest first: below the records that are newer than the last instant',
      page([9, 90], [7, 70], [5, 50.5], [4, 50]),
      { upTo: 6n },
    ],
    ['oldest first: above those that are older', page([4, 50], [5, 50.5], [7, 70], [9, 90]), { after: 7n }],
    ['by id alone: as if by time, while that is not known', page([9, 90], [7, 70], [5, 71], [4, 60]), { upTo: 4n }],
    ['by id one way and by time the other: both halves', page([9, 10], [7, 20], [5, 30]), { upTo: 7n, after: 7n }],
    ['in no order: both halves', page([7, 70], [9, 90], [5, 50]), { upTo: 7n, after: 7n }],
    ['all within an instant: both halves', page([9, 50.9], [7, 50.5], [5, 50]), { upTo: 7n, after: 7n }],
    ['a single one: both sides', page([7, 70]), { upTo: 6n, after: 7n }],
  ])('%s', (_, records, unread) => {
    expect(unreadBeside(records, undefined)).toEqual(unread)
  })

  test('what is beside it exactly, once the order is known to be by id', () => {
    const dense = page([9, 50.9], [7, 50.5], [5, 50.6])
    expect(unreadBeside(dense, 'falling')).toEqual({ upTo: 4n })
    expect(unreadBeside(dense.toReversed(), 'rising')).toEqual({ after: 9n })
  })
})

describe('provenOrder()', () => {
  test('is by id when the times of ten records and more go up and down', () => {
    expect(provenOrder(BY_ID, undefined)).toBe('falling')
    expect(provenOrder(BY_ID.toReversed(), undefined)).toBe('rising')
  })

  test('is not proven by few records, nor by records that are in order of time as well', () => {
    expect(provenOrder(BY_ID.slice(2, 11), undefined)).toBeUndefined()
    expect(
      provenOrder(page(...BY_ID.map(({ id }, n): [number, number] => [Number(id), 100 - n])), undefined),
    ).toBeUndefined()
    expect(provenOrder(page(...BY_ID.map(({ id }): [number, number] => [Number(id), 100])), undefined)).toBeUndefined()
  })

  test('stays known until a page is in another order', () => {
    expect(provenOrder(page([7, 1], [5, 2]), 'falling')).toBe('falling')
    expect(provenOrder(page([7, 1]), 'falling')).toBe('falling')
    expect(provenOrder([], 'falling')).toBe('falling')
    expect(provenOrder(page([5, 1], [7, 2]), 'falling')).toBeUndefined()
  })
})
