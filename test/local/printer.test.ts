import { describe, expect, it } from 'vitest'
import { isQuietInDemo } from '../../local/demo/demo.ts'
import type { Note } from '../../local/note.ts'
import { createJsonPrinter, createPrinter, type PrinterOptions } from '../../local/printer.ts'

const AT = '2026-05-01T10:15:42.479Z'

function print(options: Partial<PrinterOptions> = {}) {
  const lines: string[] = []
  let nowMs = new Date(2026, 4, 1, 12, 0, 3).getTime()
  const printer = createPrinter({
    print: (line) => lines.push(line),
    colours: false,
    now: () => new Date(nowMs),
    ...options,
  })
  const log = (fields: object, stream: 'stdout' | 'stderr' = 'stdout') =>
    printer.note({
      kind: 'line',
      functionName: 'Poll',
      text: JSON.stringify({ at: AT, level: 'info', ...fields }),
      stream,
    })
  const wait = (ms: number) => {
    nowMs += ms
  }
  return { ...printer, log, lines, wait }
}

const POLL = { event: 'poll.finished', source: 'prod-tines', type: 'tines', outcome: 'finished', pages: 1, requests: 1 }
const READ = { ...POLL, found: 3, enqueued: 3, quarantined: 0, gaps: 0, unfinished: false, durationMs: 50 }
const SENT = { event: 'delivery.attempted', destination: 'soc', source: 'prod-tines', messageId: 'evt_1', events: 1 }

describe('createPrinter()', () => {
  it('begins a line with the time of the day and who speaks', () => {
    const { say, lines } = print()
    say('tines', 'event 1785421735 appeared')
    expect(lines).toEqual(['12:00:03  tines        event 1785421735 appeared'])
  })

  it.each([
    [READ, 'prod-tines: 3 new events in 1 page'],
    [{ ...READ, enqueued: 1, pages: 2, unfinished: true }, 'prod-tines: 1 new event in 2 pages, more to come'],
    [{ ...READ, quarantined: 1, gaps: 2 }, 'prod-tines: 3 new events in 1 page, 1 malformed record set aside, 2 gaps'],
    [{ ...POLL, outcome: 'busy' }, 'prod-tines: another run is at work'],
    [{ ...POLL, level: 'warn', outcome: 'failed', message: 'Cannot reach x' }, 'prod-tines: Cannot reach x'],
  ])('says how a poll ended: %j', (fields, text) => {
    const { log, lines } = print()
    log(fields)
    expect(lines).toEqual([`12:00:03  poll         ${text}`])
  })

  it.each([
    [{ ...SENT, outcome: 'delivered', status: 204, durationMs: 34 }, 'soc: 1 event delivered, status 204, 34 ms'],
    [
      { ...SENT, level: 'warn', outcome: 'retry', status: 503, attempt: 2, reason: 'the receiver answered 503' },
      'soc: 1 event not delivered at attempt 2 (retry), status 503: the receiver answered 503',
    ],
  ])('says how a delivery ended: %j', (fields, text) => {
    const { log, lines } = print()
    log(fields)
    expect(lines).toEqual([`12:00:03  deliver      ${text}`])
  })

  it('shows warnings and errors in full, and keeps other information for programs', () => {
    const { log, lines } = print()
    log({ event: 'tick.finished', sources: 2 })
    log({ level: 'error', event: 'source.gap', source: 'a', from: AT, to: AT, reason: 'retention' })
    expect(lines).toEqual([`12:00:03  error        source.gap source=a from=${AT} to=${AT} reason=retention`])
  })

  it('says what every tick repeats once, and again after five minutes', () => {
    const { log, lines, wait } = print()
    const broken = { level: 'error', event: 'configuration.unusable', problem: 'Cannot use /pollhook/sources/a' }
    log(broken)
    log(broken)
    expect(lines).toEqual(['12:00:03  config       Cannot use /pollhook/sources/a'])
    wait(300_000)
    log(broken)
    expect(lines).toHaveLength(2)
  })

  it('says every failed delivery, however alike they are', () => {
    const { log, lines } = print()
    const failed = { ...SENT, level: 'warn', outcome: 'retry', attempt: 1, reason: 'no answer' }
    log(failed)
    log(failed)
    expect(lines).toHaveLength(2)
  })

  it('shows what is no log line, and no metrics', () => {
    const { note, lines } = print()
    const write = (text: string, stream: 'stdout' | 'stderr') =>
      note({ kind: 'line', functionName: 'Poll', text, stream })
    write('{"_aws":{"Timestamp":1},"EventsPolled":3}', 'stdout')
    write('', 'stderr')
    write('(node:1) Warning: something', 'stderr')
    expect(lines).toEqual(['12:00:03  stderr       (node:1) Warning: something'])
  })

  it('says that an invocation failed, and why', () => {
    const { note, lines } = print()
    note({
      kind: 'failure',
      functionName: 'Poll',
      error: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 300.00 seconds', trace: [] },
    })
    expect(lines).toEqual(['12:00:03  problem      Poll failed: Sandbox.Timedout: Task timed out after 300.00 seconds'])
  })

  it('shows colours only where they are wanted', () => {
    const { say, lines } = print({ colours: true })
    say('webhook', 'ok', 'good')
    say('poll', 'ok')
    expect(lines).toEqual(['12:00:03  webhook      \u001b[32mok\u001b[0m', '12:00:03  poll         ok'])
  })

  it('in the demo, leaves out polls without an event and deliveries that the receiver tells of', () => {
    const { log, lines } = print({ isQuiet: isQuietInDemo })
    log({ ...READ, enqueued: 0 })
    log({ ...POLL, outcome: 'busy' })
    log({ ...SENT, outcome: 'delivered', status: 204, durationMs: 34 })
    expect(lines).toEqual([])
    log({ ...POLL, level: 'warn', outcome: 'failed', message: 'Cannot reach x', enqueued: 0 })
    log({ ...SENT, level: 'warn', outcome: 'hold', attempt: 1, reason: 'no such host' })
    expect(lines).toHaveLength(2)
  })
})

describe('createJsonPrinter()', () => {
  const lines: string[] = []
  const printer = createJsonPrinter(
    (line) => lines.push(line),
    () => new Date(AT),
  )
  const said = (note: Note) => {
    lines.length = 0
    printer.note(note)
    return lines
  }

  it("passes the functions' lines on as they are, metrics included", () => {
    for (const text of ['{"at":"x","level":"info","event":"tick.finished"}', '{"_aws":{}}']) {
      expect(said({ kind: 'line', functionName: 'Dispatch', text, stream: 'stdout' })).toEqual([text])
    }
  })

  it('says everything else as a line like them', () => {
    expect(said({ kind: 'folder', change: 'added', name: 'sources/a' })).toEqual([
      `{"at":"${AT}","level":"info","event":"local.folder","change":"added","name":"sources/a"}`,
    ])
    expect(said({ kind: 'line', functionName: 'Poll', text: 'oops', stream: 'stderr' })).toEqual([
      `{"at":"${AT}","level":"warn","event":"local.line","functionName":"Poll","text":"oops","stream":"stderr"}`,
    ])
  })
})
