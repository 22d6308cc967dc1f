import type { Activity } from './activities.ts'
import { addressesIn } from './addresses.ts'
import { type Facts, type Mapping, person, type Target, targetThing, targetUser } from './facts.ts'
import type { Reading } from './reading.ts'
import { plainWords } from './words.ts'

/**
 * Actions of the audit log (`cmd/api/src/model/audit.go` in https://github.com/SpecterOps/BloodHound), the first that matches counts. Most are
 * a verb and a noun, so that new ones are matched too.
 */
const ACTIONS: readonly (readonly [action: RegExp, activity: Activity])[] = [
  [/^LoginAttempt$/, 'login'],
  [/^\w+ \/api\/v\d+\/login\b/, 'login'],
  [/^\w+ \/api\/v\d+\/logout\b/, 'logout'],
  [/^UnauthorizedAccessAttempt$/, 'access-refused'],
  [/^CreateUser$/, 'user-created'],
  [/^UpdateUser$/, 'user-updated'],
  [/^DeleteUser$/, 'user-deleted'],
  [/^Create(AuthToken|AuthSecret|ClientToken)$/, 'credential-created'],
  [/^(Update|Replace)(AuthToken|AuthSecret|ClientToken)$/, 'credential-updated'],
  [/^Delete(AuthToken|AuthSecret|ClientToken)$/, 'credential-deleted'],
  [/^Import/, 'content-imported'],
  [/^Export/, 'content-exported'],
  [/^(MutateGraph|UpdateGraph)$/, 'content-updated'],
  [/^DeleteBloodhoundData$/, 'content-deleted'],
  [/^(Create|Add)[A-Z]/, 'configuration-created'],
  [/^(Delete|Remove)[A-Z]/, 'configuration-deleted'],
  [/^(Update|Replace|Toggle|Accept|Unaccept|Set)[A-Z]/, 'configuration-updated'],
  [/^POST \//, 'api-created'],
  [/^(PUT|PATCH) \//, 'api-updated'],
  [/^DELETE \//, 'api-deleted'],
  [/^(GET|HEAD) \//, 'api-read'],
]

/** BloodHound's audit log. Each change has two records with one `commit_id`: what was meant, and how it went. */
export const bloodhound: Mapping = {
  product: { name: 'BloodHound', vendor: 'SpecterOps' },
  log: () => 'audit',
  facts(record) {
    const operation = record.text('action')
    const [, activity = 'other'] = ACTIONS.find(([action]) => action.test(operation ?? '')) ?? []
    const status = record.text('status')
    return {
      activity,
      operation,
      outcome: status === 'success' || status === 'failure' ? status : 'unknown',
      status,
      reason: record.text('fields', 'error'),
      recordId: record.text('id'),
      correlation: record.text('commit_id'),
      request: requestOf(record),
      actor: actorOf(record),
      addresses: addressesIn(record.text('source_ip_address')),
      target: targetOf(activity, operation, record),
    }
  },
}

/** Before a login, who asks is nobody yet, or `anonymous`. */
function actorOf(record: Reading): Facts['actor'] {
  return person({
    uid: record.text('actor_id'),
    login: record.text('actor_name'),
    email: record.text('actor_email'),
  })
}

/** The audited call itself, which is the action, or the one that was refused, which is among the fields. */
function requestOf(record: Reading): Facts['request'] {
  const id = record.text('request_id')
  const call = record.firstText(['fields', 'endpoint'], ['action'])
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(call ?? '') ?? []
  return (id ?? method) === undefined ? undefined : { id, method, path }
}

function targetOf(activity: Activity, operation: string | undefined, record: Reading): Target | undefined {
  if (activity === 'login') return targetUser({ login: record.text('fields', 'username') })
  if (activity.startsWith('user-')) {
    return targetUser({
      uid: record.text('fields', 'id'),
      login: record.text('fields', 'principal_name'),
      email: record.text('fields', 'email_address'),
    })
  }
  const [, noun] = /^[A-Z][a-z]+([A-Z]\w*)$/.exec(operation ?? '') ?? []
  if (noun === undefined) return undefined
  return targetThing({
    type: plainWords(noun),
    uid: record.firstText(['fields', 'id'], ['fields', 'asset_group_id'], ['fields', 'saml_id'], ['fields', 'key']),
    name: record.firstText(['fields', 'name'], ['fields', 'asset_group_name'], ['fields', 'saml_name']),
  })
}
