import type { Activity } from './activities.ts'
import { addressesIn } from './addresses.ts'
import { type Mapping, person, targetUser } from './facts.ts'
import { plainWords } from './words.ts'

/**
 * Event types of the audit trail (https://docs.merge.dev/merge-unified/hris/org-management/audit-trail/list), the first that matches
 * counts. The vendor adds to them, so most are matched by how their names are made.
 */
const TYPES: readonly (readonly [type: RegExp, activity: Activity])[] = [
  [/^INVITED_USER$/, 'user-invited'],
  [/^(ADDED|CREATED)_USER$/, 'user-created'],
  [/^(DELETED|REMOVED)_USER$/, 'user-deleted'],
  [/^CHANGED_PASSWORD$/, 'password-changed'],
  [/^RESET_PASSWORD$/, 'password-reset'],
  [/^CHANGED_PERSONAL_INFORMATION$/, 'user-updated'],
  [/^TWO_FACTOR_AUTH_ENABLED$/, 'mfa-enabled'],
  [/^TWO_FACTOR_AUTH_DISABLED$/, 'mfa-disabled'],
  [/^(CREATED|GENERATED)_.*(API_KEY|MAGIC_LINK|SIGNATURE)$/, 'credential-created'],
  [/^DELETED_.*(API_KEY|MAGIC_LINK|SIGNATURE)$/, 'credential-deleted'],
  [/^(REGENERATED|CHANGED)_.*(API_KEY|MAGIC_LINK|SIGNATURE)$/, 'credential-updated'],
  [/CREDENTIALS_ACCESSED$/, 'credential-read'],
  [/^(CREATED|ADDED|GENERATED)_/, 'configuration-created'],
  [/^(DELETED|REMOVED)_/, 'configuration-deleted'],
  [/^ENABLED_|_ENABLED$/, 'configuration-enabled'],
  [/^DISABLED_|_DISABLED$/, 'configuration-disabled'],
  [/^(CHANGED|UPDATED|MUTED|UNMUTED|REGENERATED|FORCED)_|_(CHANGED|UPDATED)$/, 'configuration-updated'],
]

/** What somebody does to their own account. */
const OWN_ACCOUNT: ReadonlySet<Activity> = new Set([
  'password-changed',
  'password-reset',
  'user-updated',
  'mfa-enabled',
  'mfa-disabled',
])

/**
 * Merge's audit trail. It names what was done and by whom, but in prose to what: only where that is the account of who did it, it is
 * a target.
 */
export const merge: Mapping = {
  product: { name: 'Merge', vendor: 'Merge' },
  log: () => 'audit_trail',
  facts(record) {
    const operation = record.text('event_type')
    const [, activity = 'other'] = TYPES.find(([type]) => type.test(operation ?? '')) ?? []
    const who = {
      fullName: record.text('user_name'),
      email: record.text('user_email'),
      role: record.text('role'),
    }
    return {
      activity,
      operation,
      outcome: 'unknown',
      message: record.text('event_description') ?? (operation && plainWords(operation)),
      recordId: record.text('id'),
      actor: person(who),
      addresses: addressesIn(record.text('ip_address')),
      target: OWN_ACCOUNT.has(activity) ? targetUser(who) : undefined,
    }
  },
}
