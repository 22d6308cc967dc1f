import { describe, expect, test } from 'vitest'
import { tines } from '../../../../functions/poll/sources/tines.ts'
import type { Span } from '../../../../shared/contracts/source.ts'
import { fixture } from './fixture.ts'

type At = Parameters<typeof tines.advance>[0]
type Config = Parameters<typeof tines.request>[1]

const own = { baseUrl: 'https://acme-1234.tines.com', apiKey: { secret: 'tines/api-key' } }
const events: Config = { ...own, feed: 'events' }
const auditLogs: Config = { ...own, feed: 'audit_logs' }

const live: Span = {
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:20:00.000Z',
  overlapMs: 300_000,
  bounded: false,
}
const sweep: Span = { ...live, overlapMs: 0, bounded: true }

const saved = {
  reached: '2026-05-01T10:12:00.000Z',
  trail: [{ at: '2026-05-01T10:06:00.000Z', id: '1785421700' }],
}

/** A walk from an id, as of 10:20. */
function walking(unread: { after?: string; upTo?: string }[], top?: string, asOf = live.to): At {
  return { ...saved, walk: { asOf, unread, ...(top !== undefined && { top }) } }
}

/** A window of audit logs. */
function reading(skip: number, from = '2026-05-01T10:10:00.250Z', to = '2026-05-01T10:20:00.250Z'): At {
  return { reached: '2026-05-01T10:15:00.000Z', window: { from, to, pager: { skip } } }
}

describe('request()', () => {
  const query = (at: At, config: Config, pageSize = 100) => {
    const { method, url, headers } = tines.request(at, config, pageSize)
    expect({ method, headers }).toEqual({ method: 'GET', headers: { accept: 'application/json' } })
    return decodeURIComponent(url.replace('https://acme-1234.tines.com/api/v1/', ''))
  }

  test('a first start asks by time, a second earlier', () => {
    const at = tines.begin(undefined, live, events)
    expect(query(at, events)).toBe('events?since=2026-05-01T09:59:59.000Z&per_page=100')
  })

  test('a bounded lane asks by time on both sides, a second wider', () => {
    const at = tines.begin(undefined, sweep, events)
    const bounds = 'since=2026-05-01T09:59:59.000Z&until=2026-05-01T10:20:01.000Z'
    expect(query(at, events, 1)).toBe(`events?${bounds}&per_page=1`)
  })

  test('a walk from an id asks by id alone, and never for a page number', () => {
    expect(query(walking([{ after: '1785421700' }]), events)).toBe('events?since_id=1785421700&per_page=100')
    const two = walking([{ upTo: '5' }, { after: '1785421700', upTo: '9007199254740992' }])
    expect(query(two, events)).toBe('events?since_id=1785421700&until_id=9007199254740992&per_page=100')
  })

  test('team, story and groups are passed on', () => {
    const config = { ...events, teamId: 7, storyId: 101, includeGroups: true }
    expect(query(walking([{ after: '5' }]), config)).toBe(
      'events?since_id=5&team_id=7&story_id=101&include_groups=true&per_page=100',
    )
  })

  test('audit logs are asked for in whole seconds, wider than the window', () => {
    expect(query(reading(0), auditLogs)).toBe(
      'audit_logs?after=2026-05-01T10:09:59Z&before=2026-05-01T10:20:01Z&page=1&per_page=100',
    )
  })

  test('users and operations are passed on, one by one', () => {
    const config = { ...auditLogs, userIds: [1, 2], operationNames: ['Login', 'A&B'] }
    expect(query(reading(0), config)).toContain(
      '&user_id[]=1&user_id[]=2&operation_name[]=Login&operation_name[]=A&B&page=1&',
    )
    expect(tines.request(reading(0), config, 100).url).toContain('A%26B')
  })

  test.each([
    [0, 100, 1],
    [100, 100, 2],
    [100, 50, 3],
    [100, 64, 2],
    [100, 500, 1],
  ])('after %i audit logs, with %i a page, the next is on page %i', (skip, pageSize, page) => {
    expect(query(reading(skip), auditLogs, pageSize)).toContain(`&page=${page}&per_page=${pageSize}`)
  })

  test('a tenant behind a path keeps it, with or without a slash at the end', () => {
    for (const baseUrl of ['https://soar.example/tines', 'https://soar.example/tines/']) {
      const { url } = tines.request(walking([{ after: '5' }]), { ...events, baseUrl }, 20)
      expect(url).toBe('https://soar.example/tines/api/v1/events?since_id=5&per_page=20')
    }
  })
})

test('authorize() sends the key as a bearer token', () => {
  const request = tines.request(reading(0), auditLogs, 100)
  const headers = tines.authorize(request, auditLogs, ({ secret }) => `the value of ${secret}`, new Date(0))
  expect(headers).toEqual({ authorization: 'Bearer the value of tines/api-key' })
})

interface Row {
  readonly name: string
  readonly at: At
  readonly page: string
  readonly pageSize: number
  readonly ids: readonly string[]
  readonly next: At
  readonly more: boolean
}

const rows: Row[] = [
  {
    name: 'newest first: what is below the page is left to read, its last instant included',
    at: walking([{ after: '1785421700' }]),
    page: '01-events-newest-page.json',
    pageSize: 3,
    ids: ['1785421735', '1785421731', '1785421720'],
    next: walking([{ after: '1785421700', upTo: '1785421730' }], '1785421735'),
    more: true,
  },
  {
    name: 'the last page closes the range, and only then the position moves',
    at: walking([{ after: '1785421700', upTo: '1785421730' }], '1785421735'),
    page: '02-events-last-page.json',
    pageSize: 3,
    ids: ['1785421716', '1785421702'],
    next: {
      reached: '2026-05-01T10:20:00.000Z',
      trail: [...saved.trail, { at: '2026-05-01T10:20:00.000Z', id: '1785421735' }],
    },
    more: false,
  },
  {
    name: 'oldest first: what is above the page is left to read, its last instant included',
    at: walking([{ after: '1785421700' }]),
    page: '07-events-oldest-page.json',
    pageSize: 3,
    ids: ['1785421702', '1785421716', '1785421720'],
    next: walking([{ after: '1785421716' }], '1785421720'),
    more: true,
  },
  {
    name: 'a single record shows no order: both its sides are left to read',
    at: walking([{ after: '1785421700' }]),
    page: '08-events-one-of-many.json',
    pageSize: 1,
    ids: ['1785421720'],
    next: walking([{ after: '1785421720' }, { after: '1785421700', upTo: '1785421719' }], '1785421720'),
    more: true,
  },
  {
    name: 'without any order, both halves are left to read, the narrower first',
    at: walking([{ after: '1785421700' }]),
    page: '09-events-no-order.json',
    pageSize: 4,
    ids: ['1785421720', '1785421735', '1785421702', '1785421731'],
    next: walking([{ after: '1785421720' }, { after: '1785421700', upTo: '1785421720' }], '1785421735'),
    more: true,
  },
  {
    name: 'nothing new: the range is closed, the last known id stays',
    at: walking([{ after: '1785421700' }]),
    page: '03-events-none.json',
    pageSize: 3,
    ids: [],
    next: {
      reached: '2026-05-01T10:20:00.000Z',
      trail: [...saved.trail, { at: '2026-05-01T10:20:00.000Z', id: '1785421700' }],
    },
    more: false,
  },
  {
    name: 'events later than the walk are taken, but do not become its end',
    at: walking([{ after: '1785421715' }], undefined, '2026-05-01T10:15:00.000Z'),
    page: '01-events-newest-page.json',
    pageSize: 4,
    ids: ['1785421735', '1785421731', '1785421720'],
    next: walking([{ after: '1785421715', upTo: '1785421730' }], '1785421720', '2026-05-01T10:15:00.000Z'),
    more: true,
  },
  {
    name: 'a bounded lane takes what lies in [from, until)',
    at: {
      reached: '2026-05-01T10:14:03.001Z',
      trail: [],
      walk: {
        asOf: '2026-05-01T10:15:42.479Z',
        from: '2026-05-01T10:14:03.001Z',
        until: '2026-05-01T10:15:42.479Z',
        unread: [{}],
      },
    },
    page: '01-events-newest-page.json',
    pageSize: 3,
    ids: ['1785421720'],
    next: {
      reached: '2026-05-01T10:14:03.001Z',
      trail: [],
      walk: {
        asOf: '2026-05-01T10:15:42.479Z',
        from: '2026-05-01T10:14:03.001Z',
        until: '2026-05-01T10:15:42.479Z',
        unread: [{ upTo: '1785421730' }],
        top: '1785421735',
      },
    },
    more: true,
  },
  {
    name: 'a bare list shorter than any page is the end',
    at: walking([{ after: '1785421700' }]),
    page: '04-events-bare-list.json',
    pageSize: 100,
    ids: ['1785421735', '1785421731'],
    next: {
      reached: '2026-05-01T10:20:00.000Z',
      trail: [...saved.trail, { at: '2026-05-01T10:20:00.000Z', id: '1785421735' }],
    },
    more: false,
  },
  {
    name: 'a bare list as long as the page goes on; within one instant, by halves',
    at: walking([{ after: '1785421700' }]),
    page: '04-events-bare-list.json',
    pageSize: 2,
    ids: ['1785421735', '1785421731'],
    next: walking([{ after: '1785421731' }, { after: '1785421700', upTo: '1785421731' }], '1785421735'),
    more: true,
  },
  {
    name: 'ids beyond 2^53 are exact',
    at: walking([{ after: '1785421700' }]),
    page: '06-events-beyond-2-53.json',
    pageSize: 2,
    ids: ['9007199254740995', '9007199254740993'],
    next: walking(
      [{ after: '9007199254740993' }, { after: '1785421700', upTo: '9007199254740993' }],
      '9007199254740995',
    ),
    more: true,
  },
  {
    name: 'broken records of a page do not end it',
    at: walking([{ after: '1785421700' }]),
    page: '05-events-malformed.json',
    pageSize: 5,
    ids: ['1785421735'],
    next: walking([{ after: '1785421735' }, { after: '1785421700', upTo: '1785421734' }], '1785421735'),
    more: true,
  },
  {
    name: 'audit logs: the next page, as records to skip',
    at: reading(0),
    page: '21-audit-logs-first-page.json',
    pageSize: 2,
    ids: ['3717060', '3716936'],
    next: reading(2),
    more: true,
  },
  {
    name: 'audit logs: the last page closes the window; "null" as text is no page',
    at: reading(2),
    page: '22-audit-logs-last-page.json',
    pageSize: 2,
    ids: ['3716915'],
    next: { reached: '2026-05-01T10:20:00.250Z' },
    more: false,
  },
  {
    name: 'audit logs: what the wider bounds show beyond the window is not taken',
    at: reading(0, '2026-05-01T10:12:00.001Z', '2026-05-01T10:15:42.000Z'),
    page: '21-audit-logs-first-page.json',
    pageSize: 2,
    ids: [],
    next: reading(2, '2026-05-01T10:12:00.001Z', '2026-05-01T10:15:42.000Z'),
    more: true,
  },
]

/** The times beside a range matter only around records that are too large. */
function withoutTimes(position: unknown): unknown {
  return JSON.parse(JSON.stringify(position, (key, value) => (key === 'between' ? undefined : value)))
}

describe('advance()', () => {
  test.each(rows)('$name', ({ at, page, pageSize, ids, next, more }) => {
    const config = 'trail' in at ? events : auditLogs
    const step = tines.advance(at, tines.parse(fixture(`tines/${page}`), config), pageSize)
    expect(step.events.map(({ id }) => id)).toEqual(ids)
    expect(withoutTimes(step.position)).toEqual(next)
    expect(step.more).toBe(more)
    expect(tines.position.parse(JSON.parse(JSON.stringify(step.position)))).toEqual(step.position)
  })

  test('a first start ends at a page that is older than it', () => {
    const at = tines.begin(
      undefined,
      { ...live, from: '2026-05-01T10:30:00.000Z', to: '2026-05-01T10:31:00.000Z' },
      events,
    )
    expect(tines.advance(at, tines.parse(fixture('tines/01-events-newest-page.json'), events), 3)).toEqual({
      events: [],
      position: { reached: '2026-05-01T10:31:00.000Z', trail: [{ at: '2026-05-01T10:31:00.000Z', id: '1785421735' }] },
      more: false,
    })
  })

  test('a bare list as long as the default page may be one of many, whatever was asked for', () => {
    const list = (length: number) => ({
      events: Array.from({ length }, (_, n) => ({
        id: String(100 - n),
        type: 'event',
        time: `2026-05-01T10:15:${59 - n}.000Z`,
        raw: '{}',
      })),
      malformed: [],
      next: undefined,
    })
    expect(tines.advance(walking([{ after: '5' }]), list(20), 100).more).toBe(true)
    expect(tines.advance(walking([{ after: '5' }]), list(19), 100).more).toBe(false)
  })

  test('an empty page that names a next one leaves the position where it is: the poller’s fault "stuck"', () => {
    const at = walking([{ after: '5' }])
    const step = tines.advance(at, { events: [], malformed: [], next: true }, 3)
    expect(step).toEqual({ events: [], position: at, more: true })
  })

  test('an empty page of audit logs that names a next one is passed over', () => {
    const step = tines.advance(reading(0), { events: [], malformed: [], next: true }, 100)
    expect(step).toEqual({ events: [], position: reading(100), more: true })
  })
})

describe('begin()', () => {
  test('keeps a walk that is open', () => {
    const at = walking([{ after: '5' }])
    expect(tines.begin(at, { ...live, to: '2026-05-01T11:00:00.000Z' }, events)).toBe(at)
    expect(tines.begin(reading(2), { ...live, to: '2026-05-01T11:00:00.000Z' }, auditLogs)).toEqual(reading(2))
  })

  test('opens the next walk at the id of the overlap ago', () => {
    expect(tines.begin(saved, live, events)).toEqual(walking([{ after: '1785421700' }]))
  })

  test('goes by time while no id of that age is known', () => {
    const young = { reached: '2026-05-01T10:04:00.000Z', trail: [{ at: '2026-05-01T10:04:00.000Z', id: '5' }] }
    expect(tines.begin(young, live, events)).toEqual({
      ...young,
      walk: { asOf: '2026-05-01T10:20:00.000Z', from: '2026-05-01T10:00:00.000Z', unread: [{}] },
    })
  })
})

describe('parse()', () => {
  test('an event has the vendor’s id and time, the type "event", and its own text', () => {
    expect(tines.parse(fixture('tines/06-events-beyond-2-53.json'), events).events).toEqual([
      {
        id: '9007199254740995',
        type: 'event',
        time: '2026-05-01T10:15:42.479Z',
        raw: '{ "id" : 9007199254740995, "agent_id":21, "payload":{"order":9007199254740993,"text":"\\u017dlu\\u0165 \\"]}, {","ratio":1.0e-2,"deep":[[{"a":[]}],{}]}, "created_at":"2026-05-01T10:15:42.479Z" }',
      },
      {
        id: '9007199254740993',
        type: 'event',
        time: '2026-05-01T10:15:42.478Z',
        raw: '{"id":9007199254740993,"payload":null,"created_at":"2026-05-01T10:15:42.478Z"}',
      },
    ])
  })

  test('the type of an audit log is its operation', () => {
    const page = tines.parse(fixture('tines/21-audit-logs-first-page.json'), auditLogs)
    expect(page.events.map(({ id, type, time }) => [id, type, time])).toEqual([
      ['3717060', 'Login', '2026-05-01T10:15:42Z'],
      ['3716936', 'GlobalResourceCreation', '2026-05-01T10:15:42Z'],
    ])
  })

  test('a broken record is set aside, and its page goes on', () => {
    const page = tines.parse(fixture('tines/05-events-malformed.json'), events)
    expect(page.events.map(({ id }) => id)).toEqual(['1785421735'])
    expect(page.malformed.map(({ raw }) => raw)).toEqual([
      '{"user_id":1,"agent_id":21,"payload":{},"created_at":"2026-05-01T10:15:43.000Z"}',
      '{"id":1785421731,"payload":{},"created_at":null}',
      '{"id":1785421730,"payload":{},"created_at":"yesterday"}',
      'null',
    ])
    expect(page.malformed.map(({ problem }) => problem).join()).not.toContain('yesterday')
    expect(tines.parse(fixture('tines/23-audit-logs-malformed.json'), auditLogs).malformed).toHaveLength(1)
  })

  test.each(['31-list-null.json', '32-list-missing.json', '33-sign-in.html', '21-audit-logs-first-page.json'])(
    '%s is not a page of events',
    (name) => {
      const parse = () => tines.parse(fixture(`tines/${name}`), events)
      expect(parse).toThrow(expect.objectContaining({ name: 'Fault', kind: 'unexpected-answer' }))
    },
  )
})

describe('config', () => {
  const problems = (fields: object) =>
    tines.config.safeParse({ ...own, ...fields }).error?.issues.map(({ path, message }) => `${path}: ${message}`)

  test('the feed is events unless the configuration says otherwise', () => {
    expect(tines.config.parse(own)).toEqual(events)
  })

  test.each([
    [{ feed: 'audit_logs', storyId: 1 }, ['storyId: must be absent with feed audit_logs']],
    [{ feed: 'audit_logs', retention: '1d' }, ['retention: must be absent with feed audit_logs']],
    [{ userIds: [1] }, ['userIds: must be absent with feed events']],
    [{ includeGroups: true }, ['includeGroups: needs storyId']],
    [{ baseUrl: 'http://acme-1234.tines.com' }, ['baseUrl: must be an https URL']],
    [{ apiKey: 'abc' }, ['apiKey: Invalid input: expected object, received string']],
    [{ story: 1 }, [': Unrecognized key: "story"']],
    [{ storyId: 101, includeGroups: true, teamId: 7, retention: '30d' }, undefined],
    [{ feed: 'audit_logs', userIds: [1], operationNames: ['Login'] }, undefined],
  ])('%j: %j', (fields, expected) => {
    expect(problems(fields)).toEqual(expected)
  })

  test('every field has a description', () => {
    for (const field of Object.values(tines.config.shape)) {
      expect(field).toHaveProperty('description', expect.stringMatching(/.{10}/))
    }
  })

  test('events are kept for 7 days unless the configuration says otherwise; for audit logs it is not known', () => {
    expect(tines.retentionMs?.(events)).toBe(604_800_000)
    expect(tines.retentionMs?.({ ...events, retention: 86_400_000 })).toBe(86_400_000)
    expect(tines.retentionMs?.(auditLogs)).toBeUndefined()
  })

  test('what is read is told apart by tenant, feed and filter, not by key or a slash', () => {
    const same = { ...events, baseUrl: 'https://acme-1234.tines.com/', apiKey: { secret: 'another' } }
    expect(tines.identity(same)).toEqual(tines.identity(events))
    for (const field of [
      { teamId: 1 },
      { storyId: 1 },
      { feed: 'audit_logs' as const },
      { baseUrl: 'https://b.tines.com' },
    ]) {
      expect(tines.identity({ ...events, ...field })).not.toEqual(tines.identity(events))
    }
  })
})
