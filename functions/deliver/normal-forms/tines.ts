import type { Activity } from './activities.ts'
import { addressesIn } from './addresses.ts'
import { type Facts, type Mapping, person, type Target, targetThing, targetUser } from './facts.ts'
import type { Reading } from './reading.ts'
import { plainWords } from './words.ts'

/**
 * What the end of an operation's name says. The names are a noun and what was done to it
 * (https://www.tines.com/docs/api/audit-logs), such as `GlobalResourceCreation`; there are hundreds, and there will be more.
 */
const VERBS: readonly (readonly [ending: RegExp, verb: Verb])[] = [
  [/(Creation|Addition|Import|Clone|Duplication)$/, 'created'],
  [/(Deletion|Destruction|Removal|Clearance|Archive|Archival|DeleteAll|Disconnect)$/, 'deleted'],
  [/(Export|Download|View|Reveal)$/, 'read'],
  [/(Rerun|Run|Test)$/, 'run'],
  [/(Change|Update|Save|Set|Movement|Replacement|Refresh|Reorder|Release|Restore|Toggle|Rename|Publish)$/, 'updated'],
]

type Verb = 'created' | 'read' | 'updated' | 'deleted' | 'run'

/** What the beginning of an operation's name says, the first that matches; anything else is part of how the tenant is set up. */
const NOUNS: readonly (readonly [beginning: RegExp, kind: Kind])[] = [
  [/^(User)?Credential/, 'credential'],
  [/^(Tenant|Service|Personal)?(AuthenticationToken|ApiKey)/, 'credential'],
  [/^Team(Member|Membership|User)/, 'member'],
  [/^Team(Name|Description)?(?=[A-Z][a-z]+$)/, 'group'],
  [/^User(Role|Roles|Name|Email|Permissions?)?(?=[A-Z][a-z]+$)/, 'user'],
  [/^(Event|ActionsEvents|Actions?Logs|Actions?Memory|Record|Case|Note|Page)(?=[A-Z])/, 'content'],
]

type Kind = 'credential' | 'member' | 'group' | 'user' | 'content' | 'configuration'

const ACTIVITY_OF: Readonly<Record<Kind, Readonly<Partial<Record<Verb, Activity>>>>> = {
  credential: {
    created: 'credential-created',
    read: 'credential-read',
    updated: 'credential-updated',
    deleted: 'credential-deleted',
  },
  member: { created: 'group-member-added', updated: 'group-updated', deleted: 'group-member-removed' },
  group: { created: 'group-created', updated: 'group-updated', deleted: 'group-deleted' },
  user: { created: 'user-created', updated: 'user-updated', deleted: 'user-deleted' },
  content: {
    created: 'content-created',
    read: 'content-exported',
    updated: 'content-updated',
    deleted: 'content-deleted',
  },
  configuration: {
    created: 'configuration-created',
    read: 'configuration-read',
    updated: 'configuration-updated',
    deleted: 'configuration-deleted',
    run: 'run-requested',
  },
}

/** Tines: the audit logs of a tenant, or the events of its stories. Which of them a record is of, its fields tell. */
export const tines: Mapping = {
  product: { name: 'Tines', vendor: 'Tines' },
  log: (record) => (isAuditLog(record) ? 'audit_logs' : 'events'),
  facts: (record) => (isAuditLog(record) ? auditFacts(record) : eventFacts(record)),
}

function isAuditLog(record: Reading): boolean {
  return record.text('operation_name') !== undefined
}

function auditFacts(record: Reading): Facts {
  const operation = record.text('operation_name') ?? ''
  const { activity, kind, noun } = meaningOf(operation)
  return {
    activity,
    operation,
    outcome: 'unknown',
    recordId: record.text('id'),
    tenant: record.text('tenant_id'),
    actor: person({
      uid: record.text('user_id'),
      fullName: record.text('user_name'),
      email: record.text('user_email'),
    }),
    addresses: addressesIn(record.text('request_ip')),
    userAgent: record.text('request_user_agent'),
    target: noun === undefined ? undefined : targetOf(kind, noun, record),
  }
}

function meaningOf(operation: string): { activity: Activity; kind: Kind; noun: string | undefined } {
  const kind = NOUNS.find(([beginning]) => beginning.test(operation))?.[1] ?? 'configuration'
  if (/^(Login|SignIn)$/.test(operation)) return { activity: 'login', kind, noun: undefined }
  if (/^(Logout|SignOut)$/.test(operation)) return { activity: 'logout', kind, noun: undefined }
  if (/^User(Invit|Invitation)/.test(operation)) return { activity: 'user-invited', kind: 'user', noun: 'User' }
  const [ending, verb] = VERBS.find(([ending]) => ending.test(operation)) ?? []
  if (ending === undefined || verb === undefined) return { activity: 'other', kind, noun: undefined }
  return { activity: ACTIVITY_OF[kind][verb] ?? 'other', kind, noun: operation.replace(ending, '') }
}

/** What the operation was asked to do is in `inputs`: an id of its own, or one that is named after the first word of the noun. */
function targetOf(kind: Kind, noun: string, record: Reading): Target | undefined {
  const [name, email] = [record.text('inputs', 'inputs', 'name'), record.text('inputs', 'inputs', 'email')]
  const idOf = (word: string) => record.firstText(['inputs', 'inputs', `${word}Id`], ['inputs', `${word}Id`])
  const own = record.firstText(['inputs', 'inputs', 'id'], ['inputs', 'id'])
  if (kind === 'user') return targetUser({ uid: idOf('user') ?? own, email, fullName: name })
  if (kind === 'member') return targetThing({ type: 'Team', uid: idOf('team') })
  const word = /^[A-Z][a-z]*?(?=s?[A-Z]|s?$)/.exec(noun)?.[0].toLowerCase() ?? ''
  return targetThing({ type: plainWords(noun), uid: own ?? idOf(word), name })
}

/** What an action of a story emitted. Its payload is the customer's own and is not looked into. */
function eventFacts(record: Reading): Facts {
  return {
    activity: 'event-emitted',
    operation: undefined,
    outcome: 'unknown',
    recordId: record.text('id'),
    correlation: record.text('story_run_guid'),
    target: targetThing({ type: 'Action', uid: record.text('agent_id') }),
  }
}
