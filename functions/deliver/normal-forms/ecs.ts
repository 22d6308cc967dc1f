import type { Delivery, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import { fromMs, toMs } from '../../../shared/contracts/time.ts'
import { rowOf } from './activities.ts'
import { type Facts, nameOf, type Person } from './facts.ts'
import type { Understood } from './understood.ts'

/** The release whose fields are used (https://www.elastic.co/docs/reference/ecs/ecs-field-reference). */
const ECS_VERSION = '9.4.0'

/** Top-level names of ECS: a record whose source has such a name stands under `<name>_record`. */
const FIELD_SETS = new Set(
  `agent client cloud container data_stream destination device dll dns ecs email entity error event faas file gen_ai group host http labels
   log message network observer orchestrator organization package pollhook process registry related rule server service source span tags
   threat tls trace transaction url user user_agent volume vulnerability`.split(/\s+/),
)

/** What Elasticsearch reads as a date without being told how. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** An event as a document of the Elastic Common Schema. The vendor's record is an object under the type of its source, in its own characters. */
export function ecsDocument(event: OutgoingEvent, source: Delivery['source'], understood: Understood): string {
  const { facts, message } = understood
  const { actor, target, addresses, userAgent, tenant } = facts
  const document = {
    '@timestamp': RFC_3339.test(event.time) ? event.time : fromMs(toMs(event.time)),
    ecs: { version: ECS_VERSION },
    event: eventOf(event, understood),
    message,
    user: userOf(facts),
    ...(target?.kind === 'thing' && targetOf(facts)),
    source: addresses && { ip: addresses[0] },
    user_agent: userAgent === undefined ? undefined : { original: userAgent },
    organization: tenant === undefined ? undefined : { id: tenant },
    ...requestOf(facts),
    related: relatedOf(actor, target?.kind === 'user' ? target.person : undefined, addresses),
    pollhook: { id: event.id, type: event.type, source: source.id },
  }
  return withRecord(JSON.stringify(document), event, source, understood)
}

function eventOf(
  event: OutgoingEvent,
  { facts, product, module, log, operation }: Understood,
): Readonly<Record<string, unknown>> {
  const { category, type } = rowOf(facts.activity).ecs
  return {
    kind: 'event',
    category,
    type,
    action: facts.activity === 'other' ? operation : facts.activity,
    code: operation,
    outcome: facts.outcome,
    reason: facts.reason,
    id: event.id,
    provider: product.name,
    module,
    // Part of a data stream's name, in which a hyphen separates.
    dataset: log.replaceAll('-', '_'),
  }
}

function userOf({ actor, target }: Facts): Readonly<Record<string, unknown>> | undefined {
  const changed = target?.kind === 'user' ? { target: fieldsOf(target.person) } : undefined
  return actor === undefined ? changed : { ...fieldsOf(actor), ...changed }
}

function fieldsOf(person: Person): Readonly<Record<string, unknown>> {
  const { uid, fullName, email, role } = person
  return {
    id: uid,
    name: nameOf(person),
    full_name: fullName,
    email,
    roles: role === undefined ? undefined : [role],
  }
}

/** A group has fields of its own; for all else there is the entity, which ECS has been trying out since 9.3. */
function targetOf({ activity, target }: Facts): Readonly<Record<string, unknown>> {
  if (target?.kind !== 'thing') return {}
  const { uid, name, type } = target
  if (activity.startsWith('group-')) return { group: { id: uid, name } }
  return { entity: { target: { id: uid, name, sub_type: type } } }
}

function requestOf({ request }: Facts): Readonly<Record<string, unknown>> {
  if (request === undefined) return {}
  const { id, method, path } = request
  return { http: { request: { id, method } }, url: path === undefined ? undefined : { path } }
}

function relatedOf(
  actor: Person | undefined,
  target: Person | undefined,
  addresses: readonly string[] | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const names = [actor, target].flatMap((one) => [one?.uid, one?.login, one?.fullName, one?.email])
  const user = [...new Set(names.filter((name) => name !== undefined))]
  if (user.length === 0 && addresses === undefined) return undefined
  return { ip: addresses && [...new Set(addresses)], user: user.length === 0 ? undefined : user }
}

/** A gap that pollhook found stands with pollhook's own fields. What is no object gets a key, so that one mapping fits all. */
function withRecord(
  document: string,
  { type, raw }: OutgoingEvent,
  source: Delivery['source'],
  { isObject, isJson }: Understood,
): string {
  const record = isObject ? raw : isJson ? `{"value":${raw}}` : `{"text":${JSON.stringify(raw)}}`
  const isOwn = type.startsWith('pollhook.')
  const name = source.type.replaceAll('-', '_')
  const key = isOwn ? type.slice('pollhook.'.length) : FIELD_SETS.has(name) ? `${name}_record` : name
  return `${document.slice(0, isOwn ? -2 : -1)},${JSON.stringify(key)}:${record}${isOwn ? '}}' : '}'}`
}
