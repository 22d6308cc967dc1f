import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { rawValue } from '../../../../shared/contracts/json.ts'
import { oneLine } from '../one-line.ts'
import { datasetOf, type Target } from './target.ts'

/** The release of the Elastic Common Schema whose fields are used (https://www.elastic.co/docs/reference/ecs/ecs-field-reference). */
const ECS_VERSION = '9.4.0'

/** Field sets of ECS that a type of source may be named after; then its records need another key. */
const FIELD_SETS = new Set(
  `agent client cloud container data_stream destination device dll dns ecs email entity error event faas file gen_ai
   group host http labels log message network observer orchestrator organization package pollhook process registry
   related rule server service source span tags threat tls trace transaction url user user_agent volume vulnerability`.split(
    /\s+/,
  ),
)

/** How documents are shaped. */
export interface Shape extends Target {
  readonly recordField?: string | undefined
  readonly eventOriginal: boolean
}

/**
 * An event as a document in the Elastic Common Schema, on one line: the vendor's record stands under a key of its own, in its own
 * characters. An event in normal form is such a document already (`ecs`), or stands under `ocsf`.
 */
export function document(event: OutgoingEvent, { source }: Delivery, shape: Shape): string {
  const raw = oneLine(event.raw).trim()
  const origin = { id: event.id, type: event.type, source: source.id }
  if (event.form === 'ecs') return completed(raw, event, origin)

  const names = datasetOf(shape)
  const original = shape.eventOriginal && event.form === undefined && { original: event.raw }
  const dataset = names?.dataset ?? source.type
  const fields = {
    '@timestamp': event.time,
    ecs: { version: ECS_VERSION },
    event: { id: event.id, kind: 'event', module: source.type, dataset, ...original },
    ...(names !== undefined && { data_stream: names }),
    pollhook: origin,
  }
  // A gap that pollhook found stands with pollhook's own fields: the mapping of the vendor's records is not made for it.
  const isOwn = event.form === undefined && event.type.startsWith('pollhook.')
  const open = JSON.stringify(fields).slice(0, isOwn ? -2 : -1)
  const key = isOwn ? event.type.slice('pollhook.'.length) : keyOf(event, source.type, shape)
  return `${open},${JSON.stringify(key)}:${raw}${isOwn ? '}}' : '}'}`
}

function keyOf({ form }: OutgoingEvent, sourceType: string, { recordField }: Shape): string {
  if (form === 'ocsf') return 'ocsf'
  const name = sourceType.replaceAll('-', '_')
  return recordField ?? (FIELD_SETS.has(name) ? `${name}_record` : name)
}

/** A document of ECS with what a data stream needs, and the event's id, where it has none. */
function completed(raw: string, { time }: OutgoingEvent, origin: Readonly<Record<string, string>>): string {
  const missing = Object.entries({ '@timestamp': time, pollhook: origin }).filter(
    ([key]) => rawValue(raw, [key]) === undefined,
  )
  const added = JSON.stringify(Object.fromEntries(missing)).slice(1, -1)
  const own = raw.slice(1).trim()
  return `{${[added, own.slice(0, -1).trim()].filter((part) => part !== '').join(',')}}`
}
