import { describe, expect, it } from 'vitest'
import { ecsProblems } from './ecs-schema.ts'
import { ocsfProblems } from './ocsf-schema.ts'

const base = {
  severity_id: 1,
  severity: 'Informational',
  time: 1_777_630_542_318,
  status_id: 1,
  status: 'Success',
  metadata: { version: '1.8.0', product: { name: 'Tines' } },
}
const logon = {
  ...base,
  activity_id: 1,
  activity_name: 'Logon',
  category_uid: 3,
  category_name: 'Identity & Access Management',
  class_uid: 3002,
  class_name: 'Authentication',
  type_uid: 300_201,
  type_name: 'Authentication: Logon',
  user: { uid: '1', email_addr: 'ada@example.com' },
  service: { name: 'Tines' },
  src_endpoint: { ip: '192.0.2.7' },
}
const { user: _, ...withoutUser } = logon
const { service: __, ...withoutService } = logon

describe('the validator of OCSF', () => {
  it('accepts an event of the class Authentication', () => {
    expect(ocsfProblems(logon)).toEqual([])
  })

  it.each<[what: string, event: object, problem: string]>([
    ['an attribute that does not exist', { ...logon, usr: {} }, 'usr: no such attribute'],
    [
      'an attribute that does not exist further down',
      { ...logon, user: { uid: '1', mail: 'x' } },
      'user.mail: no such attribute',
    ],
    ['a missing attribute', withoutUser, 'user: missing'],
    ['a missing alternative', withoutService, 'the event: has none of service,dst_endpoint'],
    ['an object without a name', { ...logon, user: { full_name: 'Ada' } }, 'user: has none of account,name,uid'],
    ['a text as a number', { ...logon, time: '1777630542318' }, 'time: "1777630542318" is no long_t'],
    ['an empty text', { ...logon, message: '' }, 'message: "" is no string_t'],
    ['an array as one', { ...logon, observables: { type_id: 2 } }, 'observables: no array'],
    ['an address that is none', { ...logon, src_endpoint: { ip: 'a' } }, 'src_endpoint.ip: a does not match ip_t'],
    [
      'an address with umlauts',
      { ...logon, user: { uid: '1', email_addr: 'ä@b.de' } },
      'user.email_addr: ä@b.de does not match email_t',
    ],
    [
      'an activity of another class',
      { ...logon, activity_id: 10, type_uid: 300_210 },
      'activity_id: 10 is no such value',
    ],
    ['a type that is not class and activity', { ...logon, type_uid: 300_202 }, 'type_uid: found 300202, wanted 300201'],
    [
      'a name that is not the activity',
      { ...logon, activity_name: 'Logoff' },
      'activity_name: found Logoff, wanted Logon',
    ],
    [
      'another version',
      { ...logon, metadata: { version: '1.7.0', product: { name: 'T' } } },
      'metadata.version: not 1.8.0',
    ],
    [
      'an attribute of a profile that is not declared',
      { ...logon, device: { type_id: 0 } },
      'device: is of the profile host, which is not declared',
    ],
    [
      'an object that the fixture does not have',
      { ...logon, certificate: {} },
      'certificate: the object certificate is not in the fixture',
    ],
    ['a class that the fixture does not have', { ...logon, class_uid: 2004 }, 'class_uid: 2004 is not in the fixture'],
  ])('notices %s', (_what, event, problem) => {
    expect(ocsfProblems(event)).toContain(problem)
  })
})

const document = {
  '@timestamp': '2026-05-01T10:15:42Z',
  ecs: { version: '9.4.0' },
  event: { kind: 'event', category: ['authentication'], type: ['start'] },
  source: { ip: '192.0.2.7' },
  tines: { id: 1 },
}

describe('the validator of ECS', () => {
  it('accepts a document with an object of its own', () => {
    expect(ecsProblems(document, ['tines'])).toEqual([])
  })

  it.each<[what: string, document: object, problem: string]>([
    ['a field that does not exist', { ...document, user: { login: 'ada' } }, 'user.login: no such field'],
    ['an object that nobody declared', { ...document, acme: { a: 'b' } }, 'acme: no such field set'],
    ['a missing time', { ...document, '@timestamp': undefined }, '@timestamp: missing'],
    ['a time in words', { ...document, '@timestamp': 'May 1' }, '@timestamp: no date'],
    ['a number as a keyword', { ...document, user: { id: 7 } }, 'user.id: 7 is no keyword'],
    ['an address that is none', { ...document, source: { ip: 'a' } }, 'source.ip: a is no address'],
    [
      'one value where there may be several',
      { ...document, related: { ip: '192.0.2.7' } },
      'related.ip: must be an array',
    ],
    ['several values where there may be one', { ...document, user: { id: ['1'] } }, 'user.id: must not be an array'],
    [
      'an outcome that does not exist',
      { ...document, event: { type: ['info'], outcome: 'fine' } },
      'event.outcome: fine is not allowed',
    ],
    [
      'a type that does not go with the category',
      { ...document, event: { category: ['web'], type: ['change'] } },
      'event.type: change does not go with web',
    ],
    ['an own object that is none', { ...document, tines: 1 }, 'tines: no object'],
  ])('notices %s', (_what, broken, problem) => {
    expect(ecsProblems(broken, ['tines'])).toContain(problem)
  })
})
