import { describe, expect, test } from 'vitest'
import { matches } from '../../../shared/config/filter.ts'

describe('matches()', () => {
  test.each<[types: string[], exclude: string[], eventType: string, expected: boolean]>([
    [['*'], [], 'tines.event', true],
    [['merge.*'], [], 'merge.sync.running', true],
    [['merge.*'], [], 'merge', false],
    [['merge.*'], [], 'tines.merge.a', false],
    [['merge.sync'], [], 'merge.sync', true],
    [['merge.sync'], [], 'merge.sync.running', false],
    [['*.running'], [], 'merge.sync.running', true],
    [['*.running'], [], 'merge.sync.running.late', false],
    [['merge.*.running'], [], 'merge.a.b.running', true],
    [['merge.*.running'], [], 'merge.running', false],
    [['a*b*c'], [], 'abc', true],
    [['a*b*c'], [], 'acb', false],
    [['ab*ba'], [], 'aba', false],
    [['a**a'], [], 'aa', true],
    [['tines.Event'], [], 'tines.event', false],
    [['merge.*', 'tines.*'], [], 'tines.event', true],
    [['*'], ['*.sync.running'], 'merge.sync.running', false],
    [['*'], ['*.sync.running'], 'merge.sync.failed', true],
    [['merge.*'], ['merge.*'], 'merge.sync', false],
  ])('types %j, exclude %j: %s → %s', (types, exclude, eventType, expected) => {
    expect(matches({ types, exclude }, eventType)).toBe(expected)
  })

  test("pollhook's own events are not subject to types, so that a gap does not go unsaid", () => {
    expect(matches({ types: ['merge.*'], exclude: [] }, 'pollhook.gap')).toBe(true)
    expect(matches({ types: ['merge.*'], exclude: ['pollhook.*'] }, 'pollhook.gap')).toBe(false)
  })
})
