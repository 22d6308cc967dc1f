import { expect, it } from 'vitest'
import { cut } from '../../../functions/poll/cut.ts'
import type { Route } from '../../../shared/assignment.ts'

const SOURCE = { id: 'prod', type: 'tines' }
const ALL = { types: ['*'], exclude: [] }

const event = (id: string, bytes = 10, type = 'tines.event') => {
  return { id, type, time: '2026-05-01T10:00:00Z', raw: JSON.stringify('x'.repeat(bytes - 2)) }
}
const route = (maxEvents: number, maxBytes: number): Route => ({
  id: 'hook',
  batch: { maxEvents, maxBytes },
  filter: ALL,
})
const idsOf = (messages: ReturnType<typeof cut>) => messages.map(({ events }) => events.map(({ id }) => id))

it('cut() puts at most maxEvents into a message and keeps the order', () => {
  const messages = cut(
    ['a', 'b', 'c', 'd', 'e'].map((id) => event(id)),
    SOURCE,
    [route(2, 1000)],
  )
  expect(idsOf(messages)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

it('cut() counts the bytes of the records, not their characters', () => {
  const wide = { ...event('wide'), raw: JSON.stringify('ä'.repeat(4)) }
  expect(idsOf(cut([wide, wide], SOURCE, [route(9, 20)]))).toEqual([['wide', 'wide']])
  expect(idsOf(cut([wide, wide], SOURCE, [route(9, 19)]))).toEqual([['wide'], ['wide']])
})

it('cut() gives an event larger than maxBytes a message of its own', () => {
  const messages = cut([event('a'), event('big', 500), event('b')], SOURCE, [route(9, 100)])
  expect(idsOf(messages)).toEqual([['a'], ['big'], ['b']])
})

it('cut() marks what is to keep its order', () => {
  const [inOrder, others] = [
    { ...route(1, 100), ordered: true },
    { ...route(1, 100), id: 'other' },
  ]
  const messages = cut([event('a'), event('b')], SOURCE, [inOrder, others])
  expect(messages.map(({ destination, ordered }) => [destination, ordered])).toEqual([
    ['hook', true],
    ['hook', true],
    ['other', undefined],
    ['other', undefined],
  ])
})

it('cut() sends each destination the events of its filter', () => {
  const failed = { ...route(9, 999), id: 'failures', filter: { types: ['polytomic.*'], exclude: ['*.running'] } }
  const events = [
    event('1', 9, 'polytomic.sync.failed'),
    event('2', 9, 'polytomic.sync.running'),
    event('3', 9, 'merge.X'),
  ]
  const messages = cut(events, SOURCE, [route(9, 999), failed])
  expect(messages.map(({ destination }) => destination)).toEqual(['hook', 'failures'])
  expect(idsOf(messages)).toEqual([['1', '2', '3'], ['1']])
})

it('cut() tells a gap to a destination that filters for something else', () => {
  const narrow = { ...route(9, 999), filter: { types: ['merge.*'], exclude: [] } }
  expect(idsOf(cut([event('gap', 9, 'pollhook.gap')], SOURCE, [narrow]))).toEqual([['gap']])
})
