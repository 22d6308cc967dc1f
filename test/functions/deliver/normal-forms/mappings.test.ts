import { describe, expect, it } from 'vitest'
import { normalized } from '../../../../functions/deliver/normal-forms/normalize.ts'
import { ecsProblems } from './ecs-schema.ts'
import { ocsfProblems } from './ocsf-schema.ts'

type Row = readonly [what: string, record: object, ocsf: object, ecs: object]

const inBoth = (type: string, vendorType: string, record: object, ocsf: object, ecs: object) => {
  const event = {
    id: 'evt_1',
    type: `${type}.${vendorType}`,
    time: '2026-05-01T10:15:42Z',
    raw: JSON.stringify(record),
  }
  const source = { id: 'prod', type }
  const [inOcsf, inEcs]: unknown[] = (['ocsf', 'ecs'] as const).map((form) =>
    JSON.parse(normalized(event, source, form).raw),
  )
  expect(inOcsf).toMatchObject(ocsf)
  expect(inEcs).toMatchObject(ecs)
  expect([...ocsfProblems(inOcsf), ...ecsProblems(inEcs, ['pollhook', type])]).toEqual([])
}

const iam = (type: string, action: string) => ({ event: { category: ['iam'], type: ['user', type], action } })
const setting = (type: string, action: string) => ({ event: { category: ['configuration'], type: [type], action } })
const content = (type: string, action: string) => ({ event: { category: ['file'], type: [type], action } })

describe('BloodHound', () => {
  const by = {
    id: 90_213,
    actor_id: '3c90c3cc-0d44-4b50-8888-8dd25736052a',
    actor_name: 'ada',
    actor_email: 'ada@example.com',
    source_ip_address: '203.0.113.9, 192.0.2.10',
    request_id: '0d9a6c1e-55d7-4f58-b7c5-7d2c5c3c8a01',
    commit_id: '5a1e0f3a-6a8e-4d0d-9d77-2a3b9e0f4c11',
    status: 'success',
  }
  const bob = { id: 'u-2', principal_name: 'bob', email_address: 'bob@example.com' }

  it.each<Row>([
    [
      'who did it, from where, and how it went',
      { ...by, action: 'CreateAuthToken', fields: { id: 't-1', name: 'ci' } },
      {
        class_uid: 3004,
        type_uid: 300_401,
        message: 'CreateAuthToken by ada: Auth token ci',
        status_id: 1,
        status: 'Success',
        actor: { user: { uid: by.actor_id, name: 'ada', email_addr: 'ada@example.com' } },
        src_endpoint: { ip: '203.0.113.9', intermediate_ips: ['192.0.2.10'] },
        http_request: { uid: by.request_id },
        entity: { uid: 't-1', name: 'ci', type: 'Auth token', type_id: 99 },
        metadata: {
          uid: 'evt_1',
          original_event_uid: '90213',
          correlation_uid: by.commit_id,
          event_code: 'CreateAuthToken',
          original_time: '2026-05-01T10:15:42Z',
          product: { name: 'BloodHound', vendor_name: 'SpecterOps' },
        },
      },
      {
        event: { category: ['iam'], type: ['creation'], action: 'credential-created', outcome: 'success', id: 'evt_1' },
        user: { id: by.actor_id, name: 'ada', email: 'ada@example.com' },
        entity: { target: { id: 't-1', name: 'ci', sub_type: 'Auth token' } },
        source: { ip: '203.0.113.9' },
        http: { request: { id: by.request_id } },
        related: { ip: ['203.0.113.9', '192.0.2.10'], user: [by.actor_id, 'ada', 'ada@example.com'] },
      },
    ],
    [
      'what was only meant',
      { ...by, action: 'DeleteAuthToken', fields: { id: 't-1' }, status: 'intent' },
      { type_uid: 300_404, status_id: 99, status: 'intent' },
      { event: { type: ['deletion'], outcome: 'unknown' } },
    ],
    [
      'what failed',
      { ...by, action: 'UpdateParameter', fields: { key: 'auth.expiry', error: 'denied' }, status: 'failure' },
      { type_uid: 300_403, status_id: 2, status: 'Failure', status_detail: 'denied', entity: { uid: 'auth.expiry' } },
      { event: { category: ['configuration'], type: ['change'], outcome: 'failure', reason: 'denied' } },
    ],
    [
      'a new user',
      { ...by, action: 'CreateUser', fields: bob },
      {
        type_uid: 300_101,
        user: { uid: 'u-2', name: 'bob', email_addr: 'bob@example.com' },
        actor: { user: { name: 'ada' } },
      },
      {
        ...iam('creation', 'user-created'),
        user: { name: 'ada', target: { id: 'u-2', name: 'bob', email: 'bob@example.com' } },
      },
    ],
    [
      'a changed user',
      { ...by, action: 'UpdateUser', fields: bob },
      { type_uid: 300_199, activity_name: 'Update' },
      iam('change', 'user-updated'),
    ],
    [
      'a deleted user',
      { ...by, action: 'DeleteUser', fields: bob },
      { type_uid: 300_106 },
      iam('deletion', 'user-deleted'),
    ],
    [
      'a login that failed, by who tried it',
      {
        action: 'LoginAttempt',
        fields: { username: 'mallory', error: 'invalid' },
        status: 'failure',
        source_ip_address: '[2001:db8::1]:51234',
      },
      {
        type_uid: 300_201,
        user: { name: 'mallory' },
        service: { name: 'BloodHound' },
        src_endpoint: { ip: '2001:db8::1' },
        status_id: 2,
      },
      {
        event: { category: ['authentication'], type: ['start'], outcome: 'failure' },
        user: { target: { name: 'mallory' } },
        source: { ip: '2001:db8::1' },
      },
    ],
    [
      'a call that was refused',
      {
        ...by,
        action: 'UnauthorizedAccessAttempt',
        fields: { endpoint: 'POST /api/v2/graphs/cypher' },
        status: 'failure',
      },
      {
        type_uid: 600_399,
        activity_name: 'Refuse',
        http_request: { http_method: 'POST', url: { path: '/api/v2/graphs/cypher' } },
      },
      {
        event: { category: ['api'], type: ['access', 'denied'] },
        http: { request: { method: 'POST' } },
        url: { path: '/api/v2/graphs/cypher' },
      },
    ],
    [
      'a call of the API',
      { ...by, action: 'DELETE /api/v2/saved-queries/7', fields: null },
      {
        type_uid: 600_304,
        activity_name: 'Delete',
        api: { operation: 'DELETE /api/v2/saved-queries/7' },
        http_request: { http_method: 'DELETE' },
      },
      {
        event: { category: ['api'], type: ['deletion'], action: 'api-deleted' },
        url: { path: '/api/v2/saved-queries/7' },
      },
    ],
    [
      'a changed group of assets, whose fields have names of their own',
      { ...by, action: 'UpdateAssetGroup', fields: { asset_group_id: 3, asset_group_name: 'Tier zero' } },
      { type_uid: 300_403, entity: { uid: '3', name: 'Tier zero', type: 'Asset group' } },
      setting('change', 'configuration-updated'),
    ],
    [
      'an export, of which nothing else is known',
      { ...by, action: 'ExportAllRisks', fields: null },
      {
        type_uid: 600_302,
        activity_name: 'Read',
        api: { operation: 'ExportAllRisks', service: { name: 'BloodHound' } },
      },
      content('access', 'content-exported'),
    ],
    [
      'a changed graph',
      { ...by, action: 'MutateGraph', fields: null },
      { type_uid: 600_303, activity_name: 'Update' },
      content('change', 'content-updated'),
    ],
    [
      'a call by a method that OCSF does not know, through the same proxy twice',
      { ...by, action: 'PROPFIND /dav', fields: null, source_ip_address: '192.0.2.10, 192.0.2.10' },
      { type_uid: 600_399, http_request: { url: { path: '/dav' } } },
      { http: { request: { method: 'PROPFIND' } }, related: { ip: ['192.0.2.10'] } },
    ],
    [
      'an action of a later version',
      { ...by, action: 'SomethingNew', fields: null },
      { type_uid: 600_399, activity_name: 'SomethingNew', api: { operation: 'SomethingNew' } },
      { event: { type: ['info'], action: 'SomethingNew' } },
    ],
  ])('shows %s', (_what, record, ocsf, ecs) => inBoth('bloodhound', 'x', record, ocsf, ecs))
})

describe('Merge', () => {
  const by = {
    id: 'b5ceea2a-7171-47ce-8090-165cfce5572c',
    user_name: 'Ada Byrne',
    user_email: 'ada@example.com',
    role: 'ADMIN',
    ip_address: '192.0.2.123',
    event_description: 'It was done',
  }

  it.each<Row>([
    [
      'a changed setting, as a call, since no field says of what',
      { ...by, event_type: 'CHANGED_SCOPES' },
      {
        type_uid: 600_303,
        message: 'It was done',
        status_id: 0,
        actor: {
          user: {
            name: 'ada@example.com',
            full_name: 'Ada Byrne',
            email_addr: 'ada@example.com',
            type: 'ADMIN',
            type_id: 2,
          },
        },
        api: { operation: 'CHANGED_SCOPES', service: { name: 'Merge' } },
        src_endpoint: { ip: '192.0.2.123' },
        metadata: { original_event_uid: by.id },
      },
      {
        ...setting('change', 'configuration-updated'),
        message: 'It was done',
        user: { name: 'ada@example.com', full_name: 'Ada Byrne', email: 'ada@example.com', roles: ['ADMIN'] },
        source: { ip: '192.0.2.123' },
      },
    ],
    [
      'somebody’s own password',
      { ...by, event_type: 'CHANGED_PASSWORD' },
      { type_uid: 300_103, user: { name: 'ada@example.com' }, actor: { user: { name: 'ada@example.com' } } },
      { ...iam('change', 'password-changed'), user: { target: { email: 'ada@example.com' } } },
    ],
    [
      'a second factor given up',
      { ...by, event_type: 'TWO_FACTOR_AUTH_DISABLED' },
      { type_uid: 300_111, activity_name: 'MFA Factor Disable' },
      iam('change', 'mfa-disabled'),
    ],
    [
      'an invitation, whose receiver no field names',
      { ...by, event_type: 'INVITED_USER' },
      { type_uid: 600_399, activity_name: 'Invite' },
      iam('info', 'user-invited'),
    ],
    [
      'a new key',
      { ...by, event_type: 'CREATED_TEST_API_KEY' },
      { type_uid: 600_301 },
      { event: { category: ['iam'], type: ['creation'], action: 'credential-created' } },
    ],
    [
      'a key made anew',
      { ...by, event_type: 'REGENERATED_PRODUCTION_API_KEY' },
      { type_uid: 600_303 },
      { event: { action: 'credential-updated' } },
    ],
    [
      'credentials that were looked at',
      { ...by, event_type: 'END_USER_CREDENTIALS_ACCESSED' },
      { type_uid: 600_302 },
      { event: { action: 'credential-read' } },
    ],
    [
      'a deleted account',
      { ...by, event_type: 'DELETED_LINKED_ACCOUNT' },
      { type_uid: 600_304 },
      setting('deletion', 'configuration-deleted'),
    ],
    [
      'a hook turned off',
      { ...by, event_type: 'DISABLED_MERGE_WEBHOOK' },
      { type_uid: 600_303 },
      setting('change', 'configuration-disabled'),
    ],
    [
      'a change whose verb comes last',
      { ...by, event_type: 'MERGE_WEBHOOK_TARGET_CHANGED' },
      { type_uid: 600_303 },
      setting('change', 'configuration-updated'),
    ],
    [
      'an event without an address, of which only the Base Event is left',
      { ...by, event_type: 'CHANGED_SCOPES', ip_address: 'unknown' },
      {
        class_uid: 0,
        type_uid: 99,
        activity_name: 'CHANGED_SCOPES',
        metadata: { profiles: ['host'] },
        actor: { user: { full_name: 'Ada Byrne' } },
      },
      setting('change', 'configuration-updated'),
    ],
    [
      'a service, and an address that OCSF does not take for one',
      { ...by, event_type: 'MUTED_ISSUE', role: 'MERGE_TEAM', user_email: 'jürgen@example.com' },
      { actor: { user: { name: 'jürgen@example.com', type: 'MERGE_TEAM', type_id: 99 } } },
      { user: { email: 'jürgen@example.com', roles: ['MERGE_TEAM'] } },
    ],
    [
      'a type of a later version',
      { ...by, event_type: 'REVIEWED_SOMETHING' },
      { type_uid: 600_399, activity_name: 'REVIEWED_SOMETHING' },
      { event: { type: ['info'], action: 'REVIEWED_SOMETHING', code: 'REVIEWED_SOMETHING' } },
    ],
  ])('shows %s', (_what, record, ocsf, ecs) => inBoth('merge', 'x', record, ocsf, ecs))
})

describe('Polytomic', () => {
  const run = {
    id: '6f0f2f1e-7a54-4a0e-9d0a-1f2b7f3a9c11',
    organization_id: 'c3b1a7d2-0f4e-4d6c-8a57-5b0b6f1f7e90',
    event: { sync_id: 's-1', sync_name: 'Accounts to CRM', execution_id: 'x-1' },
  }
  const database = (type: string, action: string, outcome: string) => ({
    event: { category: ['database'], type: [type], action, outcome },
    entity: { target: { id: 's-1', name: 'Accounts to CRM' } },
    organization: { id: run.organization_id },
  })

  it.each<Row>([
    [
      'a run that began',
      { ...run, type: 'sync.running' },
      {
        type_uid: 600_203,
        activity_name: 'Start',
        status_id: 99,
        status: 'running',
        app: { uid: 's-1', name: 'Accounts to CRM', vendor_name: 'Polytomic', feature: { name: 'Sync' } },
        metadata: { correlation_uid: 'x-1', tenant_uid: run.organization_id },
      },
      database('info', 'sync-started', 'unknown'),
    ],
    [
      'a run that ended',
      { ...run, type: 'bulk_sync.completed' },
      { type_uid: 600_204, status_id: 1, app: { feature: { name: 'Bulk sync' } } },
      database('change', 'sync-ended', 'success'),
    ],
    [
      'a run that ended with errors',
      { ...run, type: 'bulk_sync.completed_with_error' },
      { type_uid: 600_204, status_id: 99, status: 'completed_with_error' },
      database('change', 'sync-ended', 'unknown'),
    ],
    [
      'a run that was canceled',
      { ...run, type: 'sync.canceled' },
      { type_uid: 600_204, status_id: 99, status: 'canceled' },
      database('info', 'sync-canceled', 'unknown'),
    ],
    [
      'a run that failed, and why',
      { ...run, type: 'sync.failed', event: { ...run.event, error: 'connection refused' } },
      { type_uid: 600_204, status_id: 2, status: 'Failure', status_detail: 'connection refused' },
      { event: { category: ['database'], type: ['error'], outcome: 'failure', reason: 'connection refused' } },
    ],
    [
      'a run of no sync',
      { id: 'e', type: 'sync.running' },
      { class_uid: 0, type_uid: 99, activity_name: 'Start' },
      { event: { category: ['database'] } },
    ],
    [
      'a type of a later version',
      { ...run, type: 'model.changed' },
      { type_uid: 99, activity_name: 'model.changed' },
      { event: { type: ['info'], action: 'model.changed' } },
    ],
  ])('shows %s', (_what, record, ocsf, ecs) => inBoth('polytomic', 'x', record, ocsf, ecs))
})

describe('Smartsheet', () => {
  const by = {
    eventId: '4b12345abc444def333e149fe2b15b3f',
    objectId: -1,
    objectIdStr: '345678901234',
    userId: 123_457_654_321,
    requestUserId: 999,
    source: 'WEB_APP',
    additionalDetails: { sheetName: 'Q3 plan', emailAddress: 'ada@example.com', sourceIpAddress: '192.0.2.5' },
  }
  const sheet = (action: string) => ({ ...by, objectType: 'SHEET', action })
  const group = (action: string) => ({
    ...by,
    objectType: 'GROUP',
    action,
    additionalDetails: { groupName: 'Finance' },
  })
  const user = (action: string) => ({ ...by, objectType: 'USER', action })

  it.each<Row>([
    [
      'who did it, with what, from where',
      sheet('CREATE'),
      {
        type_uid: 600_101,
        message: 'SHEET - CREATE by ada@example.com: Sheet Q3 plan',
        actor: { user: { uid: '123457654321', name: 'ada@example.com' }, app_name: 'WEB_APP' },
        src_endpoint: { ip: '192.0.2.5' },
        web_resources: [{ uid: '345678901234', name: 'Q3 plan', type: 'Sheet' }],
        metadata: { event_code: 'SHEET - CREATE', profiles: ['host'], original_event_uid: by.eventId },
      },
      {
        event: {
          category: ['file'],
          type: ['creation'],
          action: 'content-created',
          code: 'SHEET - CREATE',
          provider: 'Smartsheet',
          module: 'smartsheet',
          dataset: 'smartsheet.events',
        },
        user: { id: '123457654321', email: 'ada@example.com' },
        entity: { target: { id: '345678901234', name: 'Q3 plan', sub_type: 'Sheet' } },
      },
    ],
    ['what was read', sheet('LOAD'), { type_uid: 600_102 }, content('access', 'content-read')],
    ['what was changed', sheet('MOVE_ROW'), { type_uid: 600_103 }, content('change', 'content-updated')],
    ['what was moved', sheet('MOVE'), { type_uid: 600_199, activity_name: 'Move' }, content('change', 'content-moved')],
    ['what was deleted', sheet('PURGE'), { type_uid: 600_104 }, content('deletion', 'content-deleted')],
    ['what was exported', sheet('REQUEST_BACKUP'), { type_uid: 600_107 }, content('access', 'content-exported')],
    [
      'what was shared',
      sheet('ADD_SHARE_MEMBER'),
      { type_uid: 600_108, activity_name: 'Share' },
      content('change', 'content-shared'),
    ],
    ['what was sent', sheet('SEND_AS_ATTACHMENT'), { type_uid: 600_108 }, content('change', 'content-shared')],
    [
      'what is shared no more',
      sheet('REMOVE_WORKSPACE_SHARE'),
      { type_uid: 600_199, activity_name: 'Unshare' },
      content('change', 'content-unshared'),
    ],
    ['a link between cells', sheet('CREATE_CELL_LINK'), { type_uid: 600_103 }, content('change', 'content-updated')],
    [
      'a group',
      group('CREATE'),
      { type_uid: 300_606, group: { uid: '345678901234', name: 'Finance' } },
      { event: { type: ['group', 'creation'] }, group: { id: '345678901234', name: 'Finance' } },
    ],
    [
      'a new member',
      group('ADD_MEMBER'),
      { type_uid: 300_603, activity_name: 'Add User' },
      { event: { type: ['group', 'change'], action: 'group-member-added' } },
    ],
    ['a member less', group('REMOVE_MEMBER'), { type_uid: 300_604 }, { event: { action: 'group-member-removed' } }],
    [
      'a renamed group',
      group('RENAME'),
      { type_uid: 300_699, activity_name: 'Update' },
      { event: { action: 'group-updated' } },
    ],
    [
      'a new user',
      user('ADD_TO_ACCOUNT'),
      { type_uid: 300_101, user: { uid: '345678901234' } },
      { ...iam('creation', 'user-created'), user: { target: { id: '345678901234' } } },
    ],
    ['a user less', user('REMOVE_FROM_ACCOUNT'), { type_uid: 300_106 }, iam('deletion', 'user-deleted')],
    ['an invitation', user('SEND_INVITE'), { type_uid: 300_199, activity_name: 'Invite' }, iam('info', 'user-invited')],
    ['a password to be set anew', user('SEND_PASSWORD_RESET'), { type_uid: 300_104 }, iam('change', 'password-reset')],
    ['a user who was shut out', user('DEACTIVATE'), { type_uid: 300_105 }, iam('change', 'user-disabled')],
    [
      'a token',
      { ...by, objectType: 'ACCESS_TOKEN', action: 'AUTHORIZE' },
      { type_uid: 300_401, entity: { uid: '345678901234', type: 'Access token' } },
      { event: { category: ['iam'], action: 'credential-created' } },
    ],
    [
      'a token that is of no use any more',
      { ...by, objectType: 'ACCESS_TOKEN', action: 'REVOKE' },
      { type_uid: 300_404 },
      { event: { action: 'credential-deleted' } },
    ],
    [
      'a list that was taken along',
      { ...by, objectType: 'ACCOUNT', action: 'DOWNLOAD_LOGIN_HISTORY' },
      { type_uid: 600_107 },
      content('access', 'content-exported'),
    ],
    [
      'a login',
      { ...by, objectType: 'USER', action: 'LOGIN' },
      { type_uid: 300_201, user: { uid: '123457654321' } },
      { event: { category: ['authentication'], type: ['start'] } },
    ],
    [
      'an object without an id',
      { ...sheet('LOAD'), objectIdStr: undefined, additionalDetails: {} },
      { class_uid: 0, activity_name: 'SHEET - LOAD' },
      content('access', 'content-read'),
    ],
    [
      'an action of a later version',
      sheet('ADMIRE'),
      { class_uid: 6003, activity_name: 'SHEET - ADMIRE' },
      { event: { type: ['info'], action: 'SHEET - ADMIRE' } },
    ],
  ])('shows %s', (_what, record, ocsf, ecs) => inBoth('smartsheet', 'x', record, ocsf, ecs))
})

describe('Tines', () => {
  const by = {
    id: 3_717_060,
    request_ip: '192.0.2.7',
    request_user_agent: 'Mozilla/5.0',
    tenant_id: 1234,
    user_id: 7331,
    user_email: 'ada@example.com',
    user_name: 'Ada Byrne',
  }
  const did = (operation_name: string, inputs: object = {}) => ({ ...by, operation_name, inputs: { inputs } })

  it.each<Row>([
    [
      'a login',
      { ...by, operation_name: 'Login', inputs: null },
      {
        type_uid: 300_201,
        user: { uid: '7331', name: 'ada@example.com', full_name: 'Ada Byrne' },
        service: { name: 'Tines' },
        src_endpoint: { ip: '192.0.2.7' },
        http_request: { user_agent: 'Mozilla/5.0' },
        metadata: { tenant_uid: '1234', log_name: 'tines.audit_logs' },
      },
      {
        event: {
          category: ['authentication'],
          type: ['start'],
          action: 'login',
          code: 'Login',
          dataset: 'tines.audit_logs',
        },
        user: { id: '7331', name: 'ada@example.com', full_name: 'Ada Byrne', email: 'ada@example.com' },
        user_agent: { original: 'Mozilla/5.0' },
        organization: { id: '1234' },
      },
    ],
    [
      'a new resource by its name',
      did('GlobalResourceCreation', { teamId: 7485, name: 'fleet_url' }),
      { type_uid: 300_401, entity: { name: 'fleet_url', type: 'Global resource' } },
      {
        ...setting('creation', 'configuration-created'),
        entity: { target: { name: 'fleet_url', sub_type: 'Global resource' } },
      },
    ],
    [
      'an API key',
      did('AuthenticationTokenCreation', { isServiceToken: true, name: 'tenant-api-key' }),
      { type_uid: 300_401, entity: { name: 'tenant-api-key', type: 'Authentication token' } },
      { event: { action: 'credential-created' } },
    ],
    [
      'a credential',
      did('UserCredentialSave', { id: 9 }),
      { type_uid: 300_403, entity: { uid: '9', type: 'User credential' } },
      { event: { action: 'credential-updated' } },
    ],
    [
      'what a story is made of, by the id of the story',
      did('StoryItemsDestruction', { storyId: 101 }),
      { type_uid: 300_404, entity: { uid: '101', type: 'Story items' } },
      setting('deletion', 'configuration-deleted'),
    ],
    [
      'actions, by the id of an action',
      did('ActionsOptionsChange', { actionId: 33 }),
      { type_uid: 300_403, entity: { uid: '33', type: 'Actions options' } },
      setting('change', 'configuration-updated'),
    ],
    [
      'a team',
      did('TeamCreation', { id: 5, name: 'Blue' }),
      { type_uid: 300_606, group: { uid: '5', name: 'Blue' } },
      { event: { type: ['group', 'creation'] }, group: { id: '5', name: 'Blue' } },
    ],
    [
      'the end of a team, of which nothing else is said',
      did('TeamDestruction'),
      { type_uid: 600_304, api: { operation: 'TeamDestruction' } },
      { event: { type: ['group', 'deletion'] } },
    ],
    [
      'a new member',
      did('TeamMemberAddition', { teamId: 5, userId: 6 }),
      { type_uid: 300_603, group: { uid: '5' } },
      { event: { action: 'group-member-added' } },
    ],
    [
      'a user',
      did('UserDestruction', { userId: 6, email: 'bob@example.com' }),
      { type_uid: 300_106, user: { uid: '6', email_addr: 'bob@example.com' } },
      { ...iam('deletion', 'user-deleted'), user: { target: { id: '6' } } },
    ],
    [
      'an invitation',
      did('UserInvitationCreation', { email: 'bob@example.com' }),
      { type_uid: 300_199, activity_name: 'Invite' },
      iam('info', 'user-invited'),
    ],
    [
      'how users sign in',
      did('SsoConfigurationSamlSet'),
      { type_uid: 600_303 },
      setting('change', 'configuration-updated'),
    ],
    [
      'events that were deleted',
      did('EventDeletion', { id: 77 }),
      { type_uid: 600_104, web_resources: [{ uid: '77', type: 'Event' }] },
      content('deletion', 'content-deleted'),
    ],
    [
      'a run by hand',
      did('ActionRun', { id: 33 }),
      { type_uid: 600_203, app: { uid: '33' } },
      { event: { type: ['start'], action: 'run-requested' } },
    ],
    [
      'an operation of a later version',
      did('AnalyticsCapture'),
      { type_uid: 600_399, activity_name: 'AnalyticsCapture' },
      { event: { type: ['info'], action: 'AnalyticsCapture' } },
    ],
    [
      'an event of a story, and nothing of its payload',
      { id: 1_785_421_735, agent_id: 21, payload: { user_email: 'x' }, story_run_guid: 'd59cd024' },
      {
        class_uid: 0,
        type_uid: 99,
        activity_name: 'Emit',
        metadata: { correlation_uid: 'd59cd024', log_name: 'tines.events' },
      },
      {
        event: { type: ['info'], action: 'event-emitted', dataset: 'tines.events' },
        entity: { target: { id: '21', sub_type: 'Action' } },
      },
    ],
  ])('shows %s', (_what, record, ocsf, ecs) => inBoth('tines', 'x', record, ocsf, ecs))
})
