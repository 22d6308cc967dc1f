import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { describe, expect, test } from 'vitest'
import { processTerminal } from '../../cli/terminal.ts'

/** A terminal on which somebody types `keys`, and what happened on it, in order. */
function typing(keys: string) {
  const events: string[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => {
      events.push(raw ? 'hides' : 'shows')
      if (raw) input.write(keys)
    },
  })
  const screen = { isTTY: true, write: (text: string) => events.push(text) }
  const terminal = processTerminal(
    input as unknown as ReadStream,
    screen as unknown as WriteStream,
    screen as unknown as WriteStream,
  )
  return { events, terminal }
}

describe('secret() on a terminal', () => {
  test('hides what is typed before it asks, and shows again afterwards', async () => {
    const { events, terminal } = typing('abc\r')
    expect(await terminal.secret('Value: ')).toBe('abc')
    expect(events).toEqual(['hides', 'Value: ', 'shows', '\n'])
  })

  test.each([
    ['ab\u007fc\r', 'ac'],
    ['ab\bc\n', 'ac'],
    ['abc\u0004', 'abc'],
    ['\r', ''],
    ['one\rtwo\r', 'one'],
  ])('%j is %j', async (keys, secret) => {
    expect(await typing(keys).terminal.secret('')).toBe(secret)
  })
})

test('secret() without a terminal is all of standard input', async () => {
  const input = new PassThrough()
  const errors: string[] = []
  const screen = { write: (text: string) => errors.push(text) }
  const terminal = processTerminal(
    input as unknown as ReadStream,
    screen as unknown as WriteStream,
    screen as unknown as WriteStream,
  )
  input.end('a\nb\n')
  expect(await terminal.secret('Value: ')).toBe('a\nb\n')
  expect(errors).toEqual([])
})
