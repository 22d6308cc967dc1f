import { z } from 'zod'
import type { Note } from './note.ts'

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'quiet'

export interface Printer {
  /** One line: the time, who speaks, and what happened. */
  say(who: string, text: string, tone?: Tone): void
  /** What a local run has to say, as one line; nothing for what only programs want to know. */
  note(note: Note): void
}

export interface PrinterOptions {
  readonly print: (line: string) => void
  /** Whether the terminal shows colours. */
  readonly colours: boolean
  /** What a person would rather not see, such as polls without an event. */
  readonly isQuiet?: (line: LogLine) => boolean
  readonly now?: () => Date
}

const logLine = z.looseObject({ level: z.enum(['info', 'warn', 'error']), event: z.string() })

/** A line that a function logged: see shared/aws/log.ts. */
export type LogLine = z.infer<typeof logLine>

const WHO_WIDTH = 12
const COLOURS: Readonly<Record<Tone, string>> = {
  plain: '',
  good: '\u001b[32m',
  warning: '\u001b[33m',
  bad: '\u001b[31m',
  quiet: '\u001b[2m',
}

/** Prints for a person who watches. */
export function createPrinter({ print, colours, isQuiet, now = () => new Date() }: PrinterOptions): Printer {
  const say = (who: string, text: string, tone: Tone = 'plain') => {
    const time = now().toTimeString().slice(0, 8)
    const [on, off] = colours && tone !== 'plain' ? [COLOURS[tone], '\u001b[0m'] : ['', '']
    print(`${time}  ${who.padEnd(WHO_WIDTH)} ${on}${text}${off}`)
  }
  return {
    say,
    note(note) {
      const line = note.kind === 'line' ? readLogLine(note.text) : undefined
      if (line !== undefined && isQuiet?.(line) === true) return
      const said = line === undefined ? ofNote(note) : ofLogLine(line)
      if (said !== undefined) say(said.who, said.text, said.tone)
    },
  }
}

/** Prints for programs: the functions' own lines as they are, metrics included, and everything else as lines like them. */
export function createJsonPrinter(print: (line: string) => void, now: () => Date): Printer {
  const log = (level: LogLine['level'], event: string, fields: object) =>
    print(JSON.stringify({ at: now().toISOString(), level, event, ...fields }))
  return {
    say: (who, text, tone) =>
      log(tone === 'bad' ? 'error' : tone === 'warning' ? 'warn' : 'info', 'local.said', { who, text }),
    note(note) {
      const { kind, ...fields } = note
      if (note.kind === 'line' && note.text.startsWith('{')) print(note.text)
      else log(kind === 'folder' ? 'info' : kind === 'line' ? 'warn' : 'error', `local.${kind}`, fields)
    },
  }
}

/** @returns undefined for anything that is not a log line, such as metrics */
export function readLogLine(text: string): LogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

interface Said {
  readonly who: string
  readonly text: string
  readonly tone: Tone
}

function ofNote(note: Note): Said | undefined {
  switch (note.kind) {
    case 'folder':
      return { who: 'config', text: `${note.name} ${note.change}`, tone: 'plain' }
    case 'problem':
      return { who: 'problem', text: note.text, tone: 'bad' }
    case 'failure': {
      const { errorType, errorMessage } = note.error
      return { who: 'problem', text: `${note.functionName} failed: ${errorType}: ${errorMessage}`, tone: 'bad' }
    }
    case 'line':
      // Metrics are for CloudWatch; anything else that is no log line was not meant to be written, and is worth seeing.
      if (note.text.startsWith('{"_aws":') || note.text === '') return undefined
      return { who: note.stream, text: note.text, tone: 'warning' }
  }
}

function ofLogLine(line: LogLine): Said | undefined {
  const tone = ({ info: 'plain', warn: 'warning', error: 'bad' } as const)[line.level]
  if (line.event === 'poll.finished') return { who: 'poll', text: pollText(line), tone }
  if (line.event === 'delivery.attempted') return { who: 'deliver', text: deliveryText(line), tone }
  return line.level === 'info' ? undefined : { who: line.event, text: rest(line, []), tone }
}

function pollText(line: LogLine): string {
  const { source, enqueued, pages } = line
  return `${source}: ${count(enqueued, 'new event')} in ${count(pages, 'page')}${rest(line, [])}`
}

function deliveryText(line: LogLine): string {
  const { destination, events, outcome, status } = line
  return `${destination}: ${count(events, 'event')} ${outcome}${status === undefined ? '' : `, status ${status}`}`
}

/** `3 new events`, `1 page`. */
export function count(value: unknown, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

/** All other fields, as they are. */
function rest(line: LogLine, shown: readonly string[]): string {
  return Object.entries(line)
    .filter(([name]) => !['at', 'level', 'event', ...shown].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
