import { SOURCES } from '../../functions/poll/sources/registry.ts'
import { simulatedBloodhound } from '../../local/vendors/bloodhound.ts'
import { simulatedMerge } from '../../local/vendors/merge.ts'
import { simulatedPolytomic } from '../../local/vendors/polytomic.ts'
import { simulatedSmartsheet } from '../../local/vendors/smartsheet.ts'
import { simulatedTines } from '../../local/vendors/tines.ts'
import type { SimulatedVendor } from '../../local/vendors/vendor.ts'
import { parseSource, type SourceConfig } from '../../shared/config/source-config.ts'
import type { AnySource } from '../../shared/contracts/source.ts'
import { START } from './world.ts'

/** A vendor as it may behave, where its documents leave that open. */
export interface Subject {
  readonly name: string
  readonly vendor: SimulatedVendor
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'polytomic with page tokens', vendor: simulatedPolytomic({ tokens: true }) },
  { name: 'polytomic without page tokens', vendor: simulatedPolytomic({ tokens: false }) },
  { name: 'merge', vendor: simulatedMerge() },
  { name: 'bloodhound', vendor: simulatedBloodhound() },
  { name: 'tines events, newest first', vendor: simulatedTines({ feed: 'events' }) },
  { name: 'tines events, oldest first', vendor: simulatedTines({ feed: 'events', order: 'oldest' }) },
  { name: 'tines audit_logs', vendor: simulatedTines({ feed: 'audit_logs' }) },
  { name: 'smartsheet', vendor: simulatedSmartsheet() },
]

/** Vendors that take back the positions they gave. */
export const UNKIND: readonly Subject[] = [
  { name: 'merge, refusing every seventh cursor', vendor: simulatedMerge({ rejects: (nth) => nth % 7 === 0 }) },
  {
    name: 'polytomic, refusing every seventh page token',
    vendor: simulatedPolytomic({ rejects: (nth) => nth % 7 === 0 }),
  },
  { name: 'smartsheet, whose positions expire', vendor: simulatedSmartsheet({ positionsExpireMs: 240_000 }) },
]

/** The subject's source as it would be configured, but with small pages, so that a page ends at every place. */
export function configOf(
  { vendor }: Subject,
  pageSize: number,
  mutate: (source: AnySource) => AnySource = (source) => source,
  more: Readonly<Record<string, unknown>> = { sweep: false },
): SourceConfig {
  const original = SOURCES[vendor.type]
  if (original === undefined) throw new TypeError(`There is no source ${vendor.type}`)
  const traits = { ...original.traits, pageSize: { initial: pageSize, least: 1 }, requestsPerMinute: 600 }
  const source = mutate({ ...original, traits })
  const common = { type: vendor.type, destinations: ['hook'], startFrom: START, ...more }
  const fields = { ...common, baseUrl: 'https://vendor.example', ...vendor.settings }
  return parseSource('/pollhook/sources/subject', JSON.stringify(fields), { [vendor.type]: source })
}
