import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exactId, readRecords, type Shape } from '../../../shared/contracts/records.ts'

const shape: Shape<{ next?: string | undefined }, { id: string | number; at: string }> = {
  list: ['data', 'items'],
  document: z.object({ next: z.string().optional() }),
  record: z.object({ id: z.union([z.string(), z.number()]), at: z.string() }),
  event: ({ id, at }, raw) => ({ id: exactId(id, raw, 'id'), type: 'thing', time: at }),
}

const answer = (body: string, type = 'application/json') => ({ status: 200, headers: { 'content-type': type }, body })

describe('readRecords()', () => {
  test('gives the checked document, and each record with its own text', () => {
    const body =
      '{"next":"b","data":{"items":[ {"id":9007199254740993,"at":"2026-05-01T10:15:42Z", "x": 1.50} ]},"y":0}'
    expect(readRecords(answer(body), shape)).toEqual({
      document: { next: 'b' },
      events: [
        {
          id: '9007199254740993',
          type: 'thing',
          time: '2026-05-01T10:15:42Z',
          raw: '{"id":9007199254740993,"at":"2026-05-01T10:15:42Z", "x": 1.50}',
        },
      ],
      malformed: [],
    })
  })

  test('sets broken records aside, and says where without saying what', () => {
    const body =
      '{"data":{"items":[{"id":"a","at":"s3cret"},{"id":{"k":"s3cret"},"at":""},{"id":"b","at":"2026-05-01"}]}}'
    const { events, malformed } = readRecords(answer(body), shape)
    expect(events.map(({ id, time }) => [id, time])).toEqual([['b', '2026-05-01T00:00:00.000Z']])
    expect(malformed).toEqual([
      { raw: '{"id":"a","at":"s3cret"}', problem: 'its time is not a date' },
      { raw: '{"id":{"k":"s3cret"},"at":""}', problem: 'id: Invalid input' },
    ])
  })

  test('takes a null list for an empty one only where the vendor says so', () => {
    const body = '{"data":{"items":null}}'
    expect(readRecords(answer(body), { ...shape, listMayBeNull: true }).events).toEqual([])
    expect(() => readRecords(answer(body), shape)).toThrow('found no list at data.items')
  })

  test.each([
    ['{"data":{}}', 'found no list at data.items'],
    ['{"data":null}', 'found no list at data.items'],
    ['[]', 'found a document with another shape'],
    ['{"next":1,"data":{"items":[]}}', 'found a document with another shape: next: Invalid input'],
    ['{"data":', 'found 8 characters of application/json that are not JSON'],
    ['', 'found 0 characters of application/json that are not JSON'],
  ])('%s is a fault', (body, text) => {
    const read = () => readRecords(answer(body), shape)
    expect(read).toThrow(expect.objectContaining({ name: 'Fault', kind: 'unexpected-answer', status: 200 }))
    expect(read).toThrow(text)
  })

  test('a page of HTML is named by its type, and never quoted', () => {
    const read = () => readRecords(answer('<html>s3cret</html>', 'text/html'), shape)
    expect(read).toThrow('found 19 characters of text/html that are not JSON')
    expect(read).not.toThrow('s3cret')
  })

  test('the document itself may be the list', () => {
    const whole = { ...shape, list: [], document: z.array(z.unknown()).transform(() => ({})) }
    const { events } = readRecords(answer(' [{"id":"a","at":"2026-05-01T10:15:42Z"}] '), whole)
    expect(events.map(({ raw }) => raw)).toEqual(['{"id":"a","at":"2026-05-01T10:15:42Z"}'])
  })
})

describe('exactId()', () => {
  test.each([
    ['a-1', '{"id":"a-1"}', 'a-1'],
    [42, '{"id":42}', '42'],
    [Number.MAX_SAFE_INTEGER, '{"id":9007199254740991}', '9007199254740991'],
    [9007199254740992, '{"id":9007199254740993}', '9007199254740993'],
    [1e30, '{"x":{"id":1},"id":1000000000000000000000000000001}', '1000000000000000000000000000001'],
  ])('%s in %s is %s', (value, raw, id) => {
    expect(exactId(value, raw, 'id')).toBe(id)
  })
})
