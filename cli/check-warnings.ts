import { ageWarnings } from '../shared/config/age-warnings.ts'
import { durationText } from '../shared/config/duration-text.ts'
import { type Filter, matches } from '../shared/config/filter.ts'
import { retentionOf } from '../shared/config/retention.ts'
import type { SourceConfig } from '../shared/config/source-config.ts'
import { toMs } from '../shared/contracts/time.ts'
import { eventType } from '../shared/event-id.ts'
import type { Checked } from './check-folder.ts'

/** Something that can be used as it stands, and is hardly what was meant. */
export interface Warning {
  readonly side: 'sources' | 'destinations'
  readonly id: string
  readonly text: string
}

/**
 * What a person who reads the configuration carefully would ask about.
 *
 * @param local a local run reaches receivers on this machine
 */
export function warningsOf({ sources, destinations }: Checked, now: Date, local: boolean): Warning[] {
  const ofSources = sources.flatMap((source) => {
    const receivers = destinations.filter(({ id }) => source.destinations.includes(id))
    const texts = [...sourceWarnings(source, now), ...ageWarnings(source.startFrom, receivers, now)]
    return texts.map((text) => ({ side: 'sources' as const, id: source.id, text }))
  })
  const ofDestinations = destinations.flatMap(({ id, url, filter }) => {
    const senders = sources.filter((source) => source.destinations.includes(id))
    const texts = [...(local ? [] : placeWarnings(url)), ...filterWarnings(filter, senders)]
    return texts.map((text) => ({ side: 'destinations' as const, id, text }))
  })
  return [...ofSources, ...ofDestinations]
}

function sourceWarnings(config: SourceConfig, now: Date): string[] {
  const { startFrom, everyMs, settleMs, overlapMs, sweep } = config
  const retentionMs = retentionOf(config)
  const kept = retentionMs === undefined ? '' : durationText(retentionMs)
  const found: [isFound: boolean, text: string][] = [
    [
      settleMs === 0 && overlapMs === 0 && sweep === false,
      'an event that appears late is never found: found settle 0s, overlap 0s and no sweep, wanted one of them',
    ],
    [
      sweep !== false && sweep.backMs < sweep.everyMs,
      `some of the log is never swept: found sweep.back ${sweep && durationText(sweep.backMs)} with sweep.every ${sweep && durationText(sweep.everyMs)}, wanted it at least as long`,
    ],
    [
      startFrom !== 'now' && startFrom !== 'earliest' && toMs(startFrom) > now.getTime(),
      `nothing is read until then: found startFrom ${startFrom}, wanted a time that is past`,
    ],
    [
      retentionMs !== undefined && everyMs * 2 >= retentionMs,
      `one poll that fails is a gap: found every ${durationText(everyMs)}, wanted less than half of the ${kept} that the vendor keeps events`,
    ],
    [
      retentionMs !== undefined && sweep !== false && sweep.everyMs >= retentionMs,
      `a sweep finds nothing that the vendor still has: found sweep.every ${sweep && durationText(sweep.everyMs)}, wanted less than the ${kept} that it keeps events`,
    ],
  ]
  return found.flatMap(([isFound, text]) => (isFound ? [text] : []))
}

/** Without TLS an address can only be one of this machine: the schema refuses all others. */
function placeWarnings(url: string | undefined): string[] {
  return url?.startsWith('http:') === true
    ? ['it is held in AWS, and works in a local run only: found an http:// url, wanted https://']
    : []
}

/** A pattern that nothing fits is a slip of the pen; a source of which nothing passes need not be named. */
function filterWarnings(filter: Filter, senders: readonly SourceConfig[]): string[] {
  if (senders.length === 0) return []
  const idle = filter.types.filter((glob) => !senders.some((source) => canSend(source, { types: [glob], exclude: [] })))
  if (idle.length > 0) {
    const types = [...new Set(senders.map(({ type }) => `${type}.…`))].join(', ')
    return idle.map(
      (glob) => `a filter takes nothing: found types "${glob}", wanted a pattern of what its sources send: ${types}`,
    )
  }
  return senders
    .filter((source) => !canSend(source, filter))
    .map(({ id }) => `nothing of source ${id} passes the filter: found it among the destinations of that source`)
}

/** Whether a source can send an event that a filter takes; true where that cannot be told. */
function canSend(config: SourceConfig, { types, exclude }: Filter): boolean {
  const known = config.source.types?.(config.own)
  if (known !== undefined) return known.some((type) => matches({ types, exclude }, eventType(config.type, type)))
  const prefix = `${config.type}.`
  return types.some((glob) => fitsSome(glob, prefix)) && !exclude.some((glob) => fitsAll(glob, prefix))
}

/** Whether some text that begins with the prefix, and goes on, fits the pattern. */
function fitsSome(glob: string, prefix: string): boolean {
  const [head = ''] = glob.split('*')
  if (head === glob) return glob.startsWith(prefix) && glob !== prefix
  return head.startsWith(prefix) || prefix.startsWith(head)
}

function fitsAll(glob: string, prefix: string): boolean {
  return glob.endsWith('*') && !glob.slice(0, -1).includes('*') && prefix.startsWith(glob.slice(0, -1))
}
