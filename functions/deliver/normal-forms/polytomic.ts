import type { Activity } from './activities.ts'
import { type Facts, type Mapping, targetThing } from './facts.ts'

/**
 * What the end of a type says (https://apidocs.polytomic.com/guides/events). A run that ended with errors in some records has
 * ended; how it went is not for us to say.
 */
const ENDINGS: readonly (readonly [ending: RegExp, activity: Activity, outcome: Facts['outcome']])[] = [
  [/\.running$/, 'sync-started', 'unknown'],
  [/\.completed$/, 'sync-ended', 'success'],
  [/\.completed_with_errors?$/, 'sync-ended', 'unknown'],
  [/\.failed$/, 'sync-failed', 'failure'],
  [/\.cancell?ed$/, 'sync-canceled', 'unknown'],
]

/** Polytomic: runs of syncs, of model syncs and of bulk syncs. They name no user and no address. */
export const polytomic: Mapping = {
  product: { name: 'Polytomic', vendor: 'Polytomic' },
  log: () => 'events',
  facts(record) {
    const operation = record.text('type')
    const [, activity, outcome] = ENDINGS.find(([ending]) => ending.test(operation ?? '')) ?? []
    return {
      activity: activity ?? 'other',
      operation,
      outcome: outcome ?? 'unknown',
      status: record.text('event', 'status') ?? operation?.split('.').at(-1),
      reason: record.text('event', 'error'),
      recordId: record.text('id'),
      correlation: record.text('event', 'execution_id'),
      tenant: record.firstText(['organization_id'], ['event', 'organization_id']),
      target: targetThing({
        type: operation?.startsWith('bulk_') ? 'Bulk sync' : 'Sync',
        uid: record.text('event', 'sync_id'),
        name: record.text('event', 'sync_name'),
      }),
    }
  },
}
