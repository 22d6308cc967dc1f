import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJson } from '../../../shared/config/json-text.ts'

describe('readJson()', () => {
  test.each<[text: string, problem: string, line: number, column: number]>([
    ['', 'a value is wanted', 1, 1],
    ['{"a": }', 'a value is wanted', 1, 7],
    ['{"a": 1,}', 'a key in double quotes is wanted', 1, 9],
    ["{'a': 1}", 'a key in double quotes is wanted', 1, 2],
    ['{"a" 1}', 'a colon is wanted', 1, 6],
    ['{"a": 1\n "b": 2}', 'a comma or } is wanted', 2, 2],
    ['[1 2]', 'a comma or ] is wanted', 1, 4],
    ['[01]', 'a comma or ] is wanted', 1, 3],
    ['["a', 'a string has no end, an unknown escape or a control character', 1, 2],
    ['"\\x"', 'a string has no end, an unknown escape or a control character', 1, 1],
    ['{} // note', 'something follows the end of the value', 1, 4],
    ['{"a": 1, "\\u0061": 2}', 'a key stands in its object twice', 1, 10],
    ['['.repeat(100), 'values are nested deeper than 32', 1, 34],
  ])('%j: %s', (text, problem, line, column) => {
    expect(readJson(text)).toEqual({ problem, line, column })
  })

  test('the same key may stand in different objects', () => {
    expect(readJson('{"a":{"a":1},"b":{"a":[{"a":2},{"a":3}]}}')).toHaveProperty('value')
  })

  test('reads what JSON.stringify writes', () => {
    const json = fc.json({ maxDepth: 5 }).filter((text) => !/[\u007f-\u009f]/.test(text))
    const read = fc.property(json, (text) => {
      expect(readJson(text)).toEqual({ value: JSON.parse(text) })
    })
    fc.assert(read)
  })
})
