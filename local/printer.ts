import type { Note } from './note.ts'
import { type LogLine, readLogLine, type Said, saidOf, type Tone } from './said.ts'

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

const WHO_WIDTH = 12
/** Every tick says what is wrong; a person is told again after this long. */
const SAID_AGAIN_AFTER_MS = 300_000
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
  const saidAtMs = new Map<string, number>()
  const isRepeat = ({ text }: Said) => {
    const nowMs = now().getTime()
    const lastMs = saidAtMs.get(text) ?? Number.NEGATIVE_INFINITY
    if (nowMs - lastMs < SAID_AGAIN_AFTER_MS) return true
    saidAtMs.set(text, nowMs)
    return false
  }
  return {
    say,
    note(note) {
      const line = note.kind === 'line' ? readLogLine(note.text) : undefined
      const said = line !== undefined && isQuiet?.(line) === true ? undefined : saidOf(note, line)
      if (said !== undefined && !(said.isState && isRepeat(said))) say(said.who, said.text, said.tone)
    },
  }
}

const LEVELS = { progress: 'info', folder: 'info', line: 'warn', failure: 'error', problem: 'error' } as const

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
      else log(LEVELS[kind], `local.${kind}`, fields)
    },
  }
}
