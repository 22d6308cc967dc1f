import type { Activity } from './activities.ts'
import { addressesIn } from './addresses.ts'
import { type Mapping, person, type Target, targetThing, targetUser } from './facts.ts'
import type { Reading } from './reading.ts'
import { plainWords } from './words.ts'

type Rules = readonly (readonly [action: RegExp, activity: Activity])[]

/** Sheets, reports, dashboards, workspaces, folders, forms, attachments, discussions, update requests, and what will come. */
const CONTENT: Rules = [
  [/^(CREATE|UPDATE|DELETE)_RECURRING_BACKUP$/, 'configuration-updated'],
  [/^CREATE_CELL_LINK$/, 'content-updated'],
  [/^(CREATE|SAVE_AS_)/, 'content-created'],
  [/^(LOAD|VIEW|READ|OPEN)/, 'content-read'],
  [/^(EXPORT|DOWNLOAD|REQUEST_BACKUP|LIST_)/, 'content-exported'],
  [/^(ADD_\w*SHARE|ADD_PUBLISH|SEND)/, 'content-shared'],
  [/^(REMOVE_\w*SHARE|REMOVE_PUBLISH)/, 'content-unshared'],
  [/^MOVE$/, 'content-moved'],
  [/^RESTORE$/, 'content-restored'],
  [/^(DELETE|PURGE)/, 'content-deleted'],
  [/^(UPDATE|RENAME|MOVE_ROW|COPY_ROW|ACTIVATE|DEACTIVATE|TRANSFER_OWNERSHIP|BULK_UPDATE)/, 'content-updated'],
]

/**
 * Actions by the type of their object (https://developers.smartsheet.com/api/smartsheet/event-types), the first that matches; those of
 * no type that stands here are about content.
 */
const ACTIONS: Readonly<Record<string, Rules>> = {
  USER: [
    [/^(ADD_TO_ACCOUNT|CREATE)$/, 'user-created'],
    [/^(REMOVE_FROM_ACCOUNT|DELETE)$/, 'user-deleted'],
    [/^SEND_INVITE$/, 'user-invited'],
    [/^SEND_PASSWORD_RESET$/, 'password-reset'],
    [/^(ACTIVATE|REACTIVATE)/, 'user-enabled'],
    [/^DEACTIVATE/, 'user-disabled'],
    [/^DOWNLOAD/, 'content-exported'],
    [/^(UPDATE|ACCEPT_INVITE|DECLINE_INVITE|REMOVE_|TRANSFER_|CHANGE)/, 'user-updated'],
  ],
  GROUP: [
    [/^CREATE$/, 'group-created'],
    [/^(DELETE|PURGE)$/, 'group-deleted'],
    [/^ADD_MEMBER$/, 'group-member-added'],
    [/^REMOVE_MEMBER$/, 'group-member-removed'],
    [/^DOWNLOAD/, 'content-exported'],
    [/^(UPDATE|RENAME|TRANSFER_OWNERSHIP)/, 'group-updated'],
  ],
  ACCESS_TOKEN: [
    [/^(AUTHORIZE|CREATE)$/, 'credential-created'],
    [/^(REFRESH|UPDATE)$/, 'credential-updated'],
    [/^(REVOKE|DELETE)$/, 'credential-deleted'],
  ],
  ACCOUNT: [
    [/^(DOWNLOAD|LIST_|EXPORT)/, 'content-exported'],
    [/^(IMPORT|BULK_UPDATE|UPDATE|RENAME|TRANSFER)/, 'configuration-updated'],
  ],
}

/** Logins and logouts, which are reported since June 2026, whatever the type of their object is. */
const SESSION: Rules = [
  [/^(USER_)?(LOG_?IN|SIGN_?IN)(_|$)/, 'login'],
  [/^(USER_)?(LOG_?OUT|SIGN_?OUT)(_|$)/, 'logout'],
]

/** Smartsheet's event reporting. */
export const smartsheet: Mapping = {
  product: { name: 'Smartsheet', vendor: 'Smartsheet' },
  log: () => 'events',
  facts(record) {
    const [objectType, action] = [record.text('objectType') ?? '', record.text('action') ?? '']
    const rules = [...SESSION, ...(Object.hasOwn(ACTIONS, objectType) ? (ACTIONS[objectType] ?? []) : CONTENT)]
    const [, activity = 'other'] = rules.find(([rule]) => rule.test(action)) ?? []
    return {
      activity,
      // "Each event type has a distinct combination … which forms the event type name".
      operation: objectType === '' && action === '' ? undefined : `${objectType} - ${action}`,
      outcome: 'unknown',
      recordId: record.text('eventId'),
      // "User assumed as the one who initiated the event": another one than `requestUserId` where an application acts for somebody.
      actor: person({
        uid: record.firstText(['userId'], ['requestUserId']),
        email: record.text('additionalDetails', 'emailAddress'),
      }),
      application: record.text('source'),
      addresses: addressesIn(record.firstText(['additionalDetails', 'sourceIpAddress'], ['sourceIpAddress'])),
      target: targetOf(objectType, activity, record),
    }
  },
}

function targetOf(objectType: string, activity: Activity, record: Reading): Target | undefined {
  const uid = idOf(record)
  const isSession = activity === 'login' || activity === 'logout'
  if (isSession) return undefined
  if (objectType === 'USER' && !activity.startsWith('content-')) return targetUser({ uid })
  const word = objectType.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const name = record.firstText(['additionalDetails', `${word}Name`], ['additionalDetails', 'name'])
  return targetThing({ type: objectType === '' ? 'Object' : plainWords(objectType), uid, name })
}

/** -1 stands for an id that is no number. */
function idOf(record: Reading): string | undefined {
  const id = record.firstText(['objectIdStr'], ['objectId'])
  return id === '-1' ? undefined : id
}
