import type { Delivery, OutgoingEvent } from '../../../shared/contracts/destination.ts'
import { toMs } from '../../../shared/contracts/time.ts'
import { rowOf } from './activities.ts'
import { API_ACTIVITY, classFor, type OcsfClass } from './ocsf/classes.ts'
import { actorOf, endpointOf, httpRequestOf, observablesOf } from './ocsf/objects.ts'
import type { Understood } from './understood.ts'

/** The release whose classes and objects are used (https://schema.ocsf.io/1.8.0). */
const OCSF_VERSION = '1.8.0'

/** The longest activity id has two digits. */
const IDS_PER_CLASS = 100
const OTHER = 99

const SEVERITIES = { 1: 'Informational', 3: 'Medium' } as const

/** An event as an event of OCSF. The vendor's record is in `unmapped`, in its own characters; in `raw_data`, as text, when it is no object. */
export function ocsfDocument(event: OutgoingEvent, source: Delivery['source'], understood: Understood): string {
  const { facts, product } = understood
  const { ocsf, severity = 1 } = rowOf(facts.activity)
  const { row, subject } = classFor(ocsf[0], facts, product)
  const activity = activityOf(understood, row)
  const document = {
    activity_id: activity.id,
    activity_name: activity.name,
    category_uid: row.category.uid,
    category_name: row.category.name,
    class_uid: row.uid,
    class_name: row.name,
    type_uid: row.uid * IDS_PER_CLASS + activity.id,
    type_name: `${row.name}: ${activity.id === OTHER ? 'Other' : activity.name}`,
    severity_id: severity,
    severity: SEVERITIES[severity],
    time: toMs(event.time),
    message: understood.message,
    ...statusOf(understood),
    metadata: metadataOf(event, source, understood, row),
    actor: actorOf(facts),
    ...(row.hasRequest && { src_endpoint: endpointOf(facts), http_request: httpRequestOf(facts) }),
    ...subject,
    observables: nonEmpty(observablesOf(facts)),
  }
  const [key, value] = understood.isObject ? ['unmapped', event.raw] : ['raw_data', JSON.stringify(event.raw)]
  return `${JSON.stringify(document).slice(0, -1)},"${key}":${value}}`
}

/** The activity in the class that it came to, which may not be the one that it was meant for. */
function activityOf({ facts, operation }: Understood, { uid, activities }: OcsfClass): { id: number; name: string } {
  const { ocsf, api, name = operation } = rowOf(facts.activity)
  const id = uid === ocsf[0] ? ocsf[1] : uid === API_ACTIVITY.uid ? api : OTHER
  return { id, name: activities[id] ?? name }
}

function statusOf({ facts: { outcome, status, reason } }: Understood): Readonly<Record<string, unknown>> {
  if (outcome === 'success') return { status_id: 1, status: 'Success' }
  if (outcome === 'failure') return { status_id: 2, status: 'Failure', status_detail: reason }
  return status === undefined ? { status_id: 0, status: 'Unknown' } : { status_id: OTHER, status }
}

function metadataOf(
  event: OutgoingEvent,
  source: Delivery['source'],
  { facts, product, log, operation }: Understood,
  { actor }: OcsfClass,
): Readonly<Record<string, unknown>> {
  return {
    version: OCSF_VERSION,
    product: { name: product.name, vendor_name: product.vendor },
    uid: event.id,
    original_event_uid: facts.recordId,
    original_time: event.time,
    event_code: operation,
    type: event.type,
    source: source.id,
    log_name: log,
    log_provider: 'pollhook',
    tenant_uid: facts.tenant,
    correlation_uid: facts.correlation,
    profiles: actor === 'host' && actorOf(facts) !== undefined ? ['host'] : undefined,
  }
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
