import { z } from 'zod'
import type { Note } from './note.ts'

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'quiet'

/** One line for a person. */
export interface Said {
  readonly who: string
  readonly text: string
  readonly tone: Tone
  /** Something that is so, and that every tick says again while it is. */
  readonly isState?: boolean
}

const logLine = z.looseObject({ level: z.enum(['info', 'warn', 'error']), event: z.string() })

/** A line that a function logged: see shared/aws/log.ts. */
export type LogLine = z.infer<typeof logLine>

/** @returns undefined for anything that is not a log line, such as metrics */
export function readLogLine(text: string): LogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/**
 * A note as a person wants to read it; undefined for what only programs want to know.
 *
 * @param line the note's log line, if it is one
 */
export function saidOf(note: Note, line: LogLine | undefined): Said | undefined {
  return line === undefined ? ofNote(note) : ofLine(line)
}

/** `3 new events`, `1 page`. */
export function count(value: unknown, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

function ofNote(note: Note): Said | undefined {
  switch (note.kind) {
    case 'folder':
      return { who: 'config', text: `${note.name} ${note.change}`, tone: 'plain' }
    case 'progress':
      return { who: 'starting', text: note.text, tone: 'quiet' }
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

function ofLine(line: LogLine): Said | undefined {
  const tone = ({ info: 'plain', warn: 'warning', error: 'bad' } as const)[line.level]
  switch (line.event) {
    case 'poll.finished':
      return { who: 'poll', text: `${line.source}: ${pollText(line)}`, tone }
    case 'delivery.attempted':
      return { who: 'deliver', text: `${line.destination}: ${deliveryText(line)}`, tone }
    case 'configuration.unusable':
      return { who: 'config', text: `${line.problem}`, tone, isState: true }
    case 'source.suspended':
      return { who: 'poll', text: `${line.source} is suspended: ${line.message}`, tone, isState: true }
    case 'destination.held':
      return { who: 'deliver', text: `${line.destination} is held: ${line.reason}`, tone, isState: true }
  }
  const isState = line.event.startsWith('source.')
  return line.level === 'info' ? undefined : { who: line.level, text: `${line.event} ${fields(line)}`, tone, isState }
}

function pollText({ outcome, message, pages, enqueued, unfinished, quarantined, gaps }: LogLine): string {
  if (outcome === 'busy') return 'another run is at work'
  if (outcome === 'paused') return 'paused'
  if (outcome !== 'finished') return `${message}`
  return [
    `${count(enqueued, 'new event')} in ${count(pages, 'page')}`,
    ...(unfinished === true ? ['more to come'] : []),
    ...(quarantined === 0 ? [] : [`${count(quarantined, 'malformed record')} set aside`]),
    ...(gaps === 0 ? [] : [count(gaps, 'gap')]),
  ].join(', ')
}

function deliveryText({ outcome, events, status, durationMs, reason, attempt }: LogLine): string {
  const answer = status === undefined ? '' : `, status ${status}`
  if (outcome === 'delivered') return `${count(events, 'event')} delivered${answer}, ${durationMs} ms`
  return `${count(events, 'event')} not delivered at attempt ${attempt} (${outcome})${answer}: ${reason}`
}

/** All fields but those that every line has. */
function fields(line: LogLine): string {
  return Object.entries(line)
    .filter(([name]) => !['at', 'level', 'event'].includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
