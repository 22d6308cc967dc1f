import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SOURCES } from '../../../../functions/poll/sources/registry.ts'
import { simulatedBloodhound } from '../../../../local/vendors/bloodhound.ts'
import { simulatedMerge } from '../../../../local/vendors/merge.ts'
import { simulatedPolytomic } from '../../../../local/vendors/polytomic.ts'
import { simulatedSmartsheet } from '../../../../local/vendors/smartsheet.ts'
import { simulatedTines } from '../../../../local/vendors/tines.ts'
import type { SimulatedVendor } from '../../../../local/vendors/vendor.ts'
import type { Delivery, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import type { SourceEvent } from '../../../../shared/contracts/event.ts'
import { eventId, eventType } from '../../../../shared/event-id.ts'

export interface Origin {
  readonly event: OutgoingEvent
  readonly source: Delivery['source']
}

/** A feed, and a page of it made of records. */
interface Feed {
  readonly type: string
  readonly config: object
  /** Which recorded pages are of it. */
  readonly files: RegExp
  page(records: readonly string[]): string
  readonly vendor: SimulatedVendor
}

const FEEDS: readonly Feed[] = [
  {
    type: 'bloodhound',
    config: {},
    files: /\.json$/,
    page: (records) => `{"data":{"logs":[${records}]}}`,
    vendor: simulatedBloodhound(),
  },
  {
    type: 'merge',
    config: {},
    files: /\.json$/,
    page: (records) => `{"next":null,"results":[${records}]}`,
    vendor: simulatedMerge(),
  },
  {
    type: 'polytomic',
    config: {},
    files: /\.json$/,
    page: (records) => `{"data":[${records}]}`,
    vendor: simulatedPolytomic(),
  },
  {
    type: 'smartsheet',
    config: {},
    files: /\.json$/,
    page: (records) => `{"nextStreamPosition":"p","moreAvailable":false,"data":[${records}]}`,
    vendor: simulatedSmartsheet(),
  },
  {
    type: 'tines',
    config: { feed: 'events' },
    files: /events.*\.json$/,
    page: (records) => `{"events":[${records}]}`,
    vendor: simulatedTines({ idsAbove: 2n ** 53n }),
  },
  {
    type: 'tines',
    config: { feed: 'audit_logs' },
    files: /audit-logs.*\.json$/,
    page: (records) => `{"audit_logs":[${records}]}`,
    vendor: simulatedTines({ feed: 'audit_logs' }),
  },
]

/** Every record of every recorded page, as an event. Pages that the source refuses have none. */
export function recordedEvents(): Origin[] {
  return FEEDS.flatMap((feed) => {
    const folder = join(import.meta.dirname, '../../../fixtures', feed.type)
    const files = readdirSync(folder).filter((file) => feed.files.test(file))
    return files.flatMap((file) => eventsOf(feed, readFileSync(join(folder, file), 'utf8')))
  })
}

/** So many events of each simulated feed. */
export function simulatedEvents(count: number): Origin[] {
  return FEEDS.flatMap((feed) => {
    const log = feed.vendor.open(7)
    const records = Array.from({ length: count }, (_, index) => log.emit(new Date(1_777_630_542_000 + index * 997)).raw)
    return eventsOf(feed, feed.page(records))
  })
}

function eventsOf({ type, config }: Feed, body: string): Origin[] {
  const source = { id: `prod-${type}`, type }
  return eventsIn(type, config, body).map(({ id, type: vendorType, time, raw }) => ({
    source,
    event: { id: eventId(source.id, id), type: eventType(type, vendorType), time, raw },
  }))
}

function eventsIn(type: string, config: object, body: string): readonly SourceEvent[] {
  try {
    return SOURCES[type]?.parse({ status: 200, headers: {}, body }, config).events ?? []
  } catch {
    return []
  }
}
