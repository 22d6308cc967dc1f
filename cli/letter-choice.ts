import { toMs } from '../shared/contracts/time.ts'
import { type Call, textOption } from './command.ts'
import type { Letter } from './letter.ts'
import { instant } from './time.ts'

/** The options that choose among dead letters. */
export const CHOICE_OPTIONS = {
  source: { type: 'string' },
  destination: { type: 'string' },
  reason: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const

export const CHOICE_HELP = [
  '  --source ID, --destination ID   only those of one source or destination',
  '  --reason TEXT                   only those of a kind, such as refused, or with a word in their reason, such as 413',
  '  --since TIME, --until TIME      only those that were buried from a time on, or before one; RFC 3339, or ago, such as 24h',
]

/** Whether an option was given that chooses. */
export function isChoosing(call: Call): boolean {
  return Object.keys(CHOICE_OPTIONS).some((name) => textOption(call, name) !== undefined)
}

/**
 * Which letters the options mean.
 *
 * @throws UsageError for a time that is none
 */
export function choiceOf(call: Call): (letter: Letter) => boolean {
  const [source, destination] = [textOption(call, 'source'), textOption(call, 'destination')]
  const reason = textOption(call, 'reason')
  const timeMs = (name: 'since' | 'until', otherwise: number) => {
    const text = textOption(call, name)
    return text === undefined ? otherwise : toMs(instant(`--${name}`, text, call.now()))
  }
  const [sinceMs, untilMs] = [timeMs('since', Number.NEGATIVE_INFINITY), timeMs('until', Number.POSITIVE_INFINITY)]
  return (letter) => {
    const sentMs = toMs(letter.sentAt)
    return (
      (source === undefined || letter.source === source) &&
      (destination === undefined || letter.destination === destination) &&
      (reason === undefined || letter.kind === reason || letter.reason.includes(reason)) &&
      sentMs >= sinceMs &&
      sentMs < untilMs
    )
  }
}
