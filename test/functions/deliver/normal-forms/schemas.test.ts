import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIVITIES, type Activity } from '../../../../functions/deliver/normal-forms/activities.ts'
import { ecsDocument } from '../../../../functions/deliver/normal-forms/ecs.ts'
import type { Facts } from '../../../../functions/deliver/normal-forms/facts.ts'
import { normalized } from '../../../../functions/deliver/normal-forms/normalize.ts'
import { ocsfDocument } from '../../../../functions/deliver/normal-forms/ocsf.ts'
import { rawValue } from '../../../../shared/contracts/json.ts'
import { ecsProblems } from './ecs-schema.ts'
import { ocsfProblems } from './ocsf-schema.ts'
import { type Origin, recordedEvents, simulatedEvents } from './vendor-events.ts'

function problemsOf({ event, source }: Origin): string[] {
  const ocsf: unknown = JSON.parse(normalized(event, source, 'ocsf').raw)
  const ecs: unknown = JSON.parse(normalized(event, source, 'ecs').raw)
  const problems = [...ocsfProblems(ocsf), ...ecsProblems(ecs, ['pollhook', source.type])]
  return problems.map((problem) => `${event.type}: ${problem}`)
}

describe('the published schemas', () => {
  it('accept every recorded record in its normal form', () => {
    const events = recordedEvents()
    expect(events.length).toBeGreaterThanOrEqual(50)
    expect(new Set(events.map(({ source }) => source.type)).size).toBe(5)
    expect(events.flatMap(problemsOf)).toEqual([])
  })

  it('accept what the simulated vendors write', () => {
    const events = simulatedEvents(300)
    expect(events).toHaveLength(6 * 300)
    expect(events.flatMap(problemsOf)).toEqual([])
  })

  const event = { id: 'evt_1', type: 'tines.Login', time: '2026-05-01T10:15:42Z', raw: '{}' }
  const source = { id: 'prod', type: 'tines' }
  const nothing = { operation: 'Do', outcome: 'unknown' } as const
  const everything = {
    operation: 'Do',
    outcome: 'failure',
    status: 'bad',
    reason: 'because',
    message: 'It was done',
    recordId: '1',
    correlation: '2',
    request: { id: '3', method: 'POST', path: '/api/v2/x' },
    tenant: '4',
    actor: { uid: '5', login: 'ada', fullName: 'Ada Byrne', email: 'ada@example.com', role: 'ADMIN' },
    application: 'WEB_APP',
    addresses: ['192.0.2.1', '2001:db8::1'],
    userAgent: 'curl/8',
  } as const
  const targets: readonly Facts['target'][] = [
    undefined,
    { kind: 'user', person: { uid: '6' } },
    { kind: 'user', person: { fullName: 'Ada Byrne' } },
    { kind: 'thing', type: 'Sheet', name: 'Q3 plan' },
    { kind: 'thing', type: 'Sheet', uid: '7' },
  ]
  const activities = Object.keys(ACTIVITIES) as Activity[]

  it.each(activities)('accept the activity %s, however much or little a record says', (activity) => {
    const said = [nothing, everything, { ...nothing, actor: { email: 'weiß@example.com' } }]
    const problems = said.flatMap((facts) =>
      targets.flatMap((target) => {
        const understood = {
          facts: { ...facts, activity, target },
          product: { name: 'Tines', vendor: 'Tines' },
          module: 'tines',
          log: 'tines.audit_logs',
          operation: 'Do',
          message: 'It was done',
          isObject: true,
          isJson: true,
        }
        const ocsf: unknown = JSON.parse(ocsfDocument(event, source, understood))
        const ecs: unknown = JSON.parse(ecsDocument(event, source, understood))
        return [...ocsfProblems(ocsf), ...ecsProblems(ecs, ['pollhook', 'tines'])]
      }),
    )
    expect(problems).toEqual([])
  })
})

describe('any record', () => {
  /** The names that the mappings look at, so that odd values stand where they matter. */
  const keys = fc.constantFrom(
    ...[
      'id',
      'type',
      'event',
      'status',
      'error',
      'action',
      'fields',
      'name',
      'username',
      'actor_id',
      'actor_name',
      'inputs',
    ],
    ...[
      'actor_email',
      'source_ip_address',
      'request_id',
      'endpoint',
      'event_type',
      'user_email',
      'ip_address',
      'role',
      'email',
    ],
    ...['event_description', 'operation_name', 'request_ip', 'request_user_agent', 'tenant_id', 'user_id', 'user_name'],
    ...[
      'objectType',
      'objectId',
      'objectIdStr',
      'userId',
      'additionalDetails',
      'sourceIpAddress',
      'emailAddress',
      'sync_id',
    ],
    ...['from', 'to', 'reason', 'organization_id', 'commit_id', 'agent_id', '__proto__', 'constructor', 'a"\\\u2028'],
  )
  const scalars = fc.oneof(
    fc.constantFrom(
      'CreateUser',
      'DELETE /api/v2/users/1',
      'POST /',
      'Login',
      'TeamCreation',
      'UserDestruction',
      'StoryUpdate',
    ),
    fc.constantFrom(
      'CHANGED_PASSWORD',
      'INVITED_USER',
      'sync.failed',
      '.running',
      'USER',
      'SHEET',
      'GROUP',
      'ADD_MEMBER',
      'LOAD',
    ),
    fc.constantFrom(
      '192.0.2.1',
      '10.0.0.1, 192.0.2.1',
      '[::1]:80',
      '::ffff:192.0.2.1',
      '999.1.1.1',
      ' ',
      'fe80::1%eth0',
      'a@b.c',
    ),
    fc.string({ unit: 'binary' }),
    fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.bigInt().map(String)),
  )
  const { record } = fc.letrec<{ record: unknown; value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, scalars, scalars, tie('record'), fc.array(tie('value'), { maxLength: 3 })),
    record: fc.array(fc.tuple(keys, tie('value')), { maxLength: 12 }).map((members) => Object.fromEntries(members)),
  }))
  const types = fc.constantFrom('bloodhound', 'merge', 'polytomic', 'smartsheet', 'tines', 'http', 'acme-audit')

  it('of any source makes a document that both schemas accept, and stands in it as it was written', () => {
    fc.assert(
      fc.property(types, fc.oneof(record, fc.jsonValue()), fc.boolean(), (type, value, isGap) => {
        const event = {
          id: 'evt_0000000000000000000000000',
          type: isGap ? 'pollhook.gap' : `${type.replace('-', '_')}.x`,
          time: '2026-05-01T10:15:42.318204Z',
          raw: JSON.stringify(value, null, 1),
        }
        const source = { id: 'prod', type }
        const [ocsf, ecs] = [normalized(event, source, 'ocsf').raw, normalized(event, source, 'ecs').raw]
        const key = type === 'http' ? 'http_record' : type.replace('-', '_')
        expect(ocsfProblems(JSON.parse(ocsf))).toEqual([])
        expect(ecsProblems(JSON.parse(ecs), isGap ? ['pollhook'] : ['pollhook', key])).toEqual([])

        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
        const place = isGap ? ['pollhook', 'gap'] : [key]
        expect(rawValue(ecs, isObject ? place : [...place, 'value'])).toBe(event.raw)
        if (isObject) expect(rawValue(ocsf, ['unmapped'])).toBe(event.raw)
        else expect(JSON.parse(ocsf)).toMatchObject({ raw_data: event.raw })
      }),
      { numRuns: 500 },
    )
  })
})
