import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, deliveryOf, encode, type Message } from '../../shared/message.ts'

const SOURCE = { id: 'prod', type: 'tines' }
const message = (...raws: string[]): Message => ({
  v: 1,
  destination: 'hook',
  source: SOURCE,
  events: raws.map((raw, n) => ({ id: `evt_${n}`, type: 'tines.event', time: '2026-05-01T10:00:00Z', raw })),
})

describe('a message', () => {
  it.each([
    '{"id":9007199254740993,"n":1.10,"e":1E5,"text":"é漢😀 \\u00e9 \\" \\\\"}',
    '{ "pretty" : [ 1 ,\n\t2 ] }',
    '{"events":[{"record":1}],"record":{"record":[]}}',
    '"just text"',
    'null',
    '0.10',
  ])('brings a record back in its own characters: %s', (raw) => {
    expect(decode(encode(message(raw, '{}', raw)))).toEqual(message(raw, '{}', raw))
  })

  it('brings any JSON back', () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { minLength: 1 }), (raws) => {
        const back = decode(encode(message(...raws)))
        expect('events' in back && back.events.map(({ raw }) => JSON.parse(raw))).toEqual(
          raws.map((raw) => JSON.parse(raw)),
        )
      }),
    )
  })

  it('holds no character that SQS refuses, and means the same', () => {
    const text = encode(message('"\uFFFE\uFFFF"'))
    expect(text).not.toMatch(/[\uFFFE\uFFFF]/)
    expect(decode(text)).toEqual(message('"\\ufffe\\uffff"'))
  })

  it.each([
    ['no JSON', '{'],
    ['another version', '{"v":2,"destination":"a","claim":"b"}'],
    ['no event', '{"v":1,"destination":"a","source":{"id":"a","type":"b"},"events":[]}'],
    ['an unknown key', '{"v":1,"destination":"a","claim":"b","x":1}'],
    ['cut off', encode(message('{}', '{"a":1}')).slice(0, -1)],
    ['too long', `${encode(message('{}'))} `],
  ])('is refused when it is %s', (_, text) => {
    expect(() => decode(text)).toThrow()
  })
})

describe('deliveryOf()', () => {
  it('takes the id of the one event', () => {
    expect(deliveryOf(message('{}')).id).toBe('evt_0')
  })

  it('makes an id of the events, the same for the same events', () => {
    expect(deliveryOf(message('{}', '{}')).id).toMatch(/^msg_[A-Za-z0-9_-]{27}$/)
    expect(deliveryOf(message('{}', '{}')).id).toBe(deliveryOf(message('1', '2')).id)
    expect(deliveryOf(message('{}', '{}')).id).not.toBe(deliveryOf(message('{}', '{}', '{}')).id)
  })
})
