import type { Delivery, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import { type Facts, type Mapping, nameOf, type Product } from './facts.ts'
import { Reading } from './reading.ts'
import { MAPPINGS } from './registry.ts'

/** An event as far as it is understood: all that a schema's document is made of. */
export interface Understood {
  readonly facts: Facts
  readonly product: Product
  /** The type of the source; `pollhook` for pollhook's own events. */
  readonly module: string
  /** The log that the record comes from, `<source type>.<log>`. */
  readonly log: string
  /** What the vendor calls what happened. */
  readonly operation: string
  /** One line for a reader. */
  readonly message: string
  /** Whether the record is a JSON object, so that it can stand in a document as one. */
  readonly isObject: boolean
  /** Whether the record is JSON at all. */
  readonly isJson: boolean
}

const NOTHING: Facts = { activity: 'other', operation: undefined, outcome: 'unknown' }

/** Reads an event by the mapping of its source. A record that is none, or of a source without a mapping, says nothing. */
export function understand(event: OutgoingEvent, source: Delivery['source']): Understood {
  const module = event.type.startsWith('pollhook.') ? 'pollhook' : source.type
  const mapping = Object.hasOwn(MAPPINGS, module) ? MAPPINGS[module] : undefined
  const reading = read(event.raw)
  const known = mapping !== undefined && reading?.isObject ? factsOf(mapping, reading) : undefined
  const { facts, log } = known ?? { facts: NOTHING, log: undefined }
  const operation = facts.operation ?? event.type.slice(event.type.indexOf('.') + 1)
  return {
    facts: { ...facts, operation },
    product: mapping?.product ?? { name: source.type, vendor: source.type },
    module,
    log: log === undefined ? module : `${module}.${log}`,
    operation,
    message: facts.message ?? summary(operation, facts),
    isObject: reading?.isObject ?? false,
    isJson: reading !== undefined,
  }
}

function read(raw: string): Reading | undefined {
  try {
    return new Reading(raw)
  } catch {
    return undefined
  }
}

function factsOf(mapping: Mapping, reading: Reading): { facts: Facts; log: string } {
  return { facts: mapping.facts(reading), log: mapping.log(reading) }
}

/** `CreateAuthToken by ada: API token ci`. */
function summary(operation: string, { actor, target }: Facts): string {
  const by = actor === undefined ? undefined : (nameOf(actor) ?? actor.uid)
  const what =
    target?.kind === 'thing'
      ? `${target.type} ${target.name ?? target.uid}`
      : target && `user ${nameOf(target.person) ?? target.person.uid}`
  return `${operation}${by === undefined ? '' : ` by ${by}`}${what === undefined ? '' : `: ${what}`}`
}
