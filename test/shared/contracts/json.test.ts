import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rawElements, rawValue } from '../../../shared/contracts/json.ts'

/** A JSON value written in one of many ways: spaces anywhere, characters of keys and strings escaped or not. */
const written = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.array(fc.nat(11), { minLength: 1, maxLength: 40 }))
  .map(([value, tape]) => {
    let at = 0
    const choose = () => tape[at++ % tape.length] ?? 0
    return { value, text: write(value, choose) }
  })

const SPACES = ['', '', '', '', ' ', '\n', '\t', '\r\n', '  ', '', '', '']

function write(value: unknown, choose: () => number): string {
  const space = () => SPACES[choose()] ?? ''
  if (Array.isArray(value)) {
    return `[${space()}${value.map((item) => write(item, choose)).join(`${space()},${space()}`)}${space()}]`
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, member]) => `${quoted(key, choose)}${space()}:${space()}${write(member, choose)}`,
    )
    return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`
  }
  return typeof value === 'string' ? quoted(value, choose) : JSON.stringify(value)
}

function quoted(text: string, choose: () => number): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
  const coded = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`
  const plain = (unit: number) => JSON.stringify(String.fromCharCode(unit)).slice(1, -1)
  return `"${units.map((unit) => (choose() === 0 ? coded(unit) : plain(unit))).join('')}"`
}

describe('rawElements()', () => {
  test('finds each element as it is written, however that is', () => {
    fc.assert(
      fc.property(fc.array(written), fc.constantFrom('', ' ', '\n '), (elements, space) => {
        const texts = elements.map(({ text }) => text)
        const list = `[${space}${texts.join(`${space},${space}`)}${space}]`
        expect(rawElements(list, [])).toEqual(texts)
        expect(rawElements(`{"a":{"b":${space}${list}}}`, ['a', 'b'])).toEqual(texts)
      }),
    )
  })

  test('finds the list beside anything', () => {
    fc.assert(
      fc.property(written, written, written, (before, element, after) => {
        const text = `{"before":${before.text},"list":[${element.text}],"after":${after.text}}`
        expect(rawElements(text, ['list'])).toEqual([element.text])
      }),
    )
  })

  test.each([
    ['[]', [], []],
    [' [ ] ', [], []],
    ['[1, 2.50 ,-0,1e400]', [], ['1', '2.50', '-0', '1e400']],
    ['[9007199254740993]', [], ['9007199254740993']],
    ['["]","\\"]",{"a":"}]"}]', [], ['"]"', '"\\"]"', '{"a":"}]"}']],
    ['["\\\\",1]', [], ['"\\\\"', '1']],
    ['[[[]],{}]', [], ['[[]]', '{}']],
    ['{"data":{"logs":[{"id":1}]}}', ['data', 'logs'], ['{"id":1}']],
    ['{"l\\u0069st":[1]}', ['list'], ['1']],
    ['{"list":[1],"list":[2]}', ['list'], ['2']],
    ['{"__proto__":[1]}', ['__proto__'], ['1']],
    ['{"":[1]}', [''], ['1']],
  ])('%s at %j holds %j', (text, path, elements) => {
    expect(rawElements(text, path)).toEqual(elements)
  })

  test.each([
    ['{"list":null}', ['list']],
    ['{"list":{}}', ['list']],
    ['{"other":[]}', ['list']],
    ['{"list":{"list":[]}}', ['list']],
    ['[1]', ['list']],
    ['"[1]"', []],
    ['{"a":"{\\"list\\":[1]}"}', ['list']],
  ])('%s has no list at %j', (text, path) => {
    expect(rawElements(text, path)).toBeUndefined()
  })
})

describe('rawValue()', () => {
  test('finds a value as it is written, and it means the same', () => {
    fc.assert(
      fc.property(fc.string(), written, (key, { value, text }) => {
        const raw = rawValue(`{"x":1,${JSON.stringify(key)} : ${text} }`, [key])
        expect(raw).toBe(text)
        expect(JSON.parse(raw ?? '')).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('keeps the digits that a double would round', () => {
    expect(rawValue('{"a":{"id": 123456789012345678901234567890 }}', ['a', 'id'])).toBe(
      '123456789012345678901234567890',
    )
  })

  test('is undefined where there is nothing', () => {
    expect(rawValue('{"a":1}', ['b'])).toBeUndefined()
    expect(rawValue('{"a":1}', ['a', 'b'])).toBeUndefined()
    expect(rawValue('{}', ['a'])).toBeUndefined()
  })
})
