import { EcsFlat } from '@elastic/ecs'
import { describe, expect, it } from 'vitest'
import { addressesIn } from '../../../../functions/deliver/normal-forms/addresses.ts'
import { normalized } from '../../../../functions/deliver/normal-forms/normalize.ts'
import { plainWords } from '../../../../functions/deliver/normal-forms/words.ts'
import type { NormalForm, OutgoingEvent } from '../../../../shared/contracts/destination.ts'
import { rawValue } from '../../../../shared/contracts/json.ts'
import { ecsProblems } from './ecs-schema.ts'
import { ocsfProblems } from './ocsf-schema.ts'

const ID = 'evt_5nVbYMmWNmWVVyFWUvwzR9aYAjk'
const tines = { id: 'prod-tines', type: 'tines' }

function event(raw: string, changes: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return { id: ID, type: 'tines.Login', time: '2026-05-01T10:15:42.479123Z', raw, ...changes }
}

function documentOf(raw: string, form: NormalForm, changes: Partial<OutgoingEvent> = {}, source = tines): unknown {
  return JSON.parse(normalized(event(raw, changes), source, form).raw)
}

describe('normalized()', () => {
  it.each<NormalForm>(['ocsf', 'ecs'])('changes nothing but the form and the document: %s', (form) => {
    const { raw, ...rest } = normalized(event('{"operation_name":"Login"}'), tines, form)
    expect(rest).toEqual({ id: ID, type: 'tines.Login', time: '2026-05-01T10:15:42.479123Z', form })
    expect(raw.startsWith('{')).toBe(true)
  })

  it('carries the id, the type, the time and the source of the event', () => {
    expect(documentOf('{"operation_name":"Login"}', 'ocsf')).toMatchObject({
      time: 1_777_630_542_479,
      metadata: { uid: ID, type: 'tines.Login', original_time: '2026-05-01T10:15:42.479123Z', source: 'prod-tines' },
    })
    expect(documentOf('{"operation_name":"Login"}', 'ecs')).toMatchObject({
      '@timestamp': '2026-05-01T10:15:42.479123Z',
      event: { id: ID },
      pollhook: { id: ID, type: 'tines.Login', source: 'prod-tines' },
    })
  })

  it('keeps the record in its own characters', () => {
    const raw = '{\n "id" : 9007199254740993,\t"a":1.50,"a":[ ],"\\u00e9":"\\/\\u2028","ratio":1.0e-2 }'
    expect(rawValue(normalized(event(raw), tines, 'ocsf').raw, ['unmapped'])).toBe(raw)
    expect(rawValue(normalized(event(raw), tines, 'ecs').raw, ['tines'])).toBe(raw)
  })

  it('rounds no id', () => {
    const raw = '{"id":9007199254740993,"operation_name":"Login","user_id":12345678901234567890,"tenant_id":1234}'
    expect(documentOf(raw, 'ocsf')).toMatchObject({
      metadata: { original_event_uid: '9007199254740993', tenant_uid: '1234' },
      user: { uid: '12345678901234567890' },
    })
    expect(documentOf(raw, 'ecs')).toMatchObject({ user: { id: '12345678901234567890' } })
  })

  it('reads names that are written with escapes, whatever was parsed before', () => {
    JSON.parse('{"id":1,"\\\\":1}')
    const raw = '{"id":1,"\\u006fperation_name":"Login","user_id":7}'
    expect(documentOf(raw, 'ocsf')).toMatchObject({ class_uid: 3002, metadata: { event_code: 'Login' } })
  })

  it('says nothing of a record that is no object, and keeps it as text or as a value', () => {
    expect(documentOf('[1]', 'ocsf')).toMatchObject({ class_uid: 0, raw_data: '[1]', activity_name: 'Login' })
    expect(documentOf('[1]', 'ecs')).toMatchObject({ event: { action: 'Login' }, tines: { value: [1] } })
  })

  it('says nothing of a record that is not JSON, and keeps it as text', () => {
    const [ocsf, ecs] = [documentOf('{"a":', 'ocsf'), documentOf('{"a":', 'ecs')]
    expect(ocsf).toMatchObject({ class_uid: 0, raw_data: '{"a":' })
    expect(ecs).toMatchObject({ tines: { text: '{"a":' } })
    expect([...ocsfProblems(ocsf), ...ecsProblems(ecs, ['pollhook', 'tines'])]).toEqual([])
  })

  it('makes the most general event of what a source without a mapping writes', () => {
    const acme = { id: 'acme', type: 'acme-audit' }
    const [ocsf, ecs] = (['ocsf', 'ecs'] as const).map((form) =>
      documentOf('{"user_id":7}', form, { type: 'acme_audit.user.created' }, acme),
    )
    expect(ocsf).toMatchObject({
      class_uid: 0,
      type_uid: 99,
      activity_name: 'user.created',
      metadata: { product: { name: 'acme-audit' }, event_code: 'user.created' },
      unmapped: { user_id: 7 },
    })
    expect(ecs).toMatchObject({
      event: { kind: 'event', type: ['info'], action: 'user.created', module: 'acme-audit', dataset: 'acme_audit' },
      acme_audit: { user_id: 7 },
    })
  })

  const names = [...new Set(Object.keys(EcsFlat).map((name) => name.split('.')[0] ?? name))]
  it.each(names.filter((name) => /^[a-z_]+$/.test(name)))('moves a record out of the way of %s', (name) => {
    const type = name.replaceAll('_', '-')
    expect(documentOf('{"a":1}', 'ecs', { type: `${name}.x` }, { id: 'h', type })).toMatchObject({
      [`${name}_record`]: { a: 1 },
    })
  })

  it('says what a gap is', () => {
    const raw = '{"source":"prod-tines","from":"2026-05-01T00:00:00Z","to":"2026-05-01T01:00:00Z","reason":"retention"}'
    const message = 'Events from 2026-05-01T00:00:00Z to 2026-05-01T01:00:00Z may be missing: retention'
    const [ocsf, ecs] = [
      documentOf(raw, 'ocsf', { type: 'pollhook.gap' }),
      documentOf(raw, 'ecs', { type: 'pollhook.gap' }),
    ]
    expect(ocsf).toMatchObject({
      class_uid: 0,
      activity_name: 'Gap',
      severity: 'Medium',
      status: 'Failure',
      message,
      metadata: { product: { name: 'pollhook' }, source: 'prod-tines', event_code: 'gap' },
      unmapped: { reason: 'retention' },
    })
    expect(ecs).toMatchObject({
      event: { type: ['error'], action: 'events-missing', module: 'pollhook', reason: 'retention' },
      message,
      pollhook: { id: ID, type: 'pollhook.gap', source: 'prod-tines', gap: { reason: 'retention' } },
    })
    expect(ecs).not.toHaveProperty('tines')
    expect([...ocsfProblems(ocsf), ...ecsProblems(ecs, ['pollhook'])]).toEqual([])
  })

  it('writes a time of another format as Elasticsearch reads it', () => {
    expect(documentOf('{}', 'ecs', { time: 'Fri, 01 May 2026 10:15:42 GMT' })).toMatchObject({
      '@timestamp': '2026-05-01T10:15:42.000Z',
    })
    expect(documentOf('{}', 'ecs', { time: '2026-05-01T10:15:42+02:00' })).toMatchObject({
      '@timestamp': '2026-05-01T10:15:42+02:00',
    })
  })
})

describe('addressesIn()', () => {
  it.each<[text: string | undefined, addresses: string[] | undefined]>([
    ['192.0.2.7', ['192.0.2.7']],
    ['192.0.2.7:443', ['192.0.2.7']],
    [' 203.0.113.9, 10.0.0.1 ,192.0.2.7', ['203.0.113.9', '10.0.0.1', '192.0.2.7']],
    ['2001:db8::1', ['2001:db8::1']],
    ['[2001:db8::1]:51234', ['2001:db8::1']],
    ['[2001:db8::1]', ['2001:db8::1']],
    ['fe80::1%eth0', ['fe80::1']],
    ['unknown, 192.0.2.7', ['192.0.2.7']],
    ['999.0.2.7', undefined],
    ['192.0.2', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, addresses) => {
    expect(addressesIn(text)).toEqual(addresses)
  })
})

describe('plainWords()', () => {
  it.each([
    ['StoryItems', 'Story items'],
    ['SSOIdentityProvider', 'SSO identity provider'],
    ['ACCESS_TOKEN', 'Access token'],
    ['SHEET', 'Sheet'],
    ['MERGE_WEBHOOK_TARGET_CHANGED', 'Merge webhook target changed'],
    ['', ''],
  ])('%s', (name, words) => {
    expect(plainWords(name)).toBe(words)
  })
})
