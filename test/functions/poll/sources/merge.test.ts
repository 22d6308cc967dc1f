import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { merge } from '../../../../functions/poll/sources/merge.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import type { Span } from '../../../../shared/contracts/source.ts'

const config = merge.config.parse({ apiKey: { secret: 'merge/api-key' } }) as Parameters<typeof merge.identity>[0]

const span: Span = {
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:20:00.250Z',
  overlapMs: 600_000,
  bounded: false,
}
const cursor = 'cD0yMDI2LTA1LTAxKzEwJTNBMTUlM0E0Mi4zMTgyMDQlMkIwMCUzQTAw'

function answer(fixture: string, status = 200): HttpResponse {
  const body = readFileSync(new URL(`../../../fixtures/merge/${fixture}`, import.meta.url), 'utf8')
  return { status, headers: { 'content-type': 'application/json' }, body }
}

const at = (
  pager: { cursor?: string; restarts?: number },
  from = '2026-05-01T10:00:00.000Z',
  to = '2026-05-01T10:20:00.250Z',
) => ({
  reached: '2026-05-01T10:00:00.000Z',
  window: { from, to, pager },
})
const done = { reached: '2026-05-01T10:20:00.250Z' }

describe('begin()', () => {
  it('opens a window from the lane’s start when nothing is saved', () => {
    expect(merge.begin(undefined, span, config)).toEqual(at({}))
  })

  it('reaches back by the overlap behind the last window', () => {
    const saved = { reached: '2026-05-01T10:19:00.000Z' }
    expect(merge.begin(saved, span, config).window?.from).toBe('2026-05-01T10:09:00.000Z')
  })

  it('keeps an open window and its cursor', () => {
    const saved = at({ cursor })
    expect(merge.begin(saved, { ...span, to: '2026-05-01T11:00:00.000Z' }, config)).toBe(saved)
  })

  it('reads a backlog in windows of 30 days', () => {
    const old = { ...span, from: '2025-01-01T00:00:00.000Z' }
    expect(merge.begin(undefined, old, config).window?.to).toBe('2025-01-31T00:00:00.000Z')
  })
})

describe('request()', () => {
  it('asks for the window in whole seconds around it', () => {
    expect(merge.request(at({}), config, 100)).toEqual({
      method: 'GET',
      url: 'https://api.merge.dev/api/hris/v1/audit-trail?start_date=2026-05-01T09%3A59%3A59Z&end_date=2026-05-01T10%3A20%3A01Z&page_size=100',
      headers: { accept: 'application/json' },
    })
  })

  it.each([
    ['10:00:00.000', '10:20:00.000', '09:59:59', '10:20:00'],
    ['10:00:00.001', '10:20:00.001', '10:00:00', '10:20:01'],
    ['10:00:00.999', '10:20:00.999', '10:00:00', '10:20:01'],
  ])('leaves out no edge of [%s, %s), strict or not', (from, to, start, end) => {
    const position = at({}, `2026-05-01T${from}Z`, `2026-05-01T${to}Z`)
    const { searchParams } = new URL(merge.request(position, config, 100).url)
    expect([searchParams.get('start_date'), searchParams.get('end_date')]).toEqual([
      `2026-05-01T${start}Z`,
      `2026-05-01T${end}Z`,
    ])
  })

  it('keeps every filter with a cursor', () => {
    const filtered = { ...config, eventType: 'CHANGED_SCOPES', userEmail: 'ada+audit@example.com' }
    const [first, second] = [at({}), at({ cursor })].map((position) => merge.request(position, filtered, 100).url)
    expect(second).toBe(`${first}&cursor=${cursor}`)
    expect(first).toMatch(/&event_type=CHANGED_SCOPES&user_email=ada%2Baudit%40example.com$/)
  })

  it.each([
    [{ region: 'eu' }, 'https://api-eu.merge.dev/api/hris/v1/audit-trail?'],
    [{ region: 'ap', category: 'ats' }, 'https://api-ap.merge.dev/api/ats/v1/audit-trail?'],
    [{ baseUrl: 'https://api-sandbox.merge.dev/' }, 'https://api-sandbox.merge.dev/api/hris/v1/audit-trail?'],
  ] as const)('with %o goes to %s', (fields, address) => {
    expect(merge.request(at({}), { ...config, ...fields }, 100).url).toContain(address)
  })
})

it('authorize() sends the key as a bearer and no account token', () => {
  const request = merge.request(at({}), config, 100)
  expect(merge.authorize(request, config, ({ secret }) => `value of ${secret}`, new Date(0))).toEqual({
    authorization: 'Bearer value of merge/api-key',
  })
})

describe('a page', () => {
  it.each([
    ['with a cursor goes on', {}, '01-events.json', ['b5ceea2a-7171-47ce-8090-165cfce5572c'], at({ cursor }), true],
    [
      'without a cursor ends the window',
      { cursor: 'x' },
      '02-last.json',
      ['1c9d7f0e-52b3-4e8a-8f60-3b7a9e2d4c15'],
      done,
      false,
    ],
    ['with an empty cursor ends the window', { cursor: 'x' }, '03-last-with-empty-cursor.json', [], done, false],
    [
      'that is empty and has a cursor is not the end',
      {},
      '04-empty-page-with-cursor.json',
      [],
      at({ cursor: 'cD0yMDI2LTA1LTAxKzEwJTNBMDA=' }),
      true,
    ],
    [
      'with the cursor that led to it moves nothing',
      { cursor },
      '01-events.json',
      ['b5ceea2a-7171-47ce-8090-165cfce5572c'],
      at({ cursor }),
      true,
    ],
    [
      'after a restart remembers it',
      { restarts: 2 },
      '01-events.json',
      ['b5ceea2a-7171-47ce-8090-165cfce5572c'],
      at({ cursor, restarts: 2 }),
      true,
    ],
  ])('%s', (_name, pager, fixture, ids, position, more) => {
    const step = merge.advance(at(pager), merge.parse(answer(fixture), config), 100)
    expect({ ...step, events: step.events.map(({ id }) => id) }).toEqual({ events: ids, position, more })
  })
})

describe('parse()', () => {
  it('names events by the vendor’s type and keeps the text of each record', () => {
    const { events } = merge.parse(answer('01-events.json'), config)
    expect(events).toMatchObject([{ type: 'CHANGED_SCOPES', time: '2026-05-01T10:15:42.318204Z' }])
    expect(answer('01-events.json').body).toContain(events[0]?.raw)
  })

  it('sets records without id or time aside and changes nothing in the others', () => {
    const { events, malformed } = merge.parse(answer('08-malformed-records.json'), config)
    expect(malformed.map(({ problem }) => problem.split(':')[0])).toEqual(['id', 'created_at'])
    expect(events).toMatchObject([{ id: '9d0a1c3e-0002-4c55-8d2e-91a6f0b4c833', type: 'event' }])
    expect(events[0]?.raw).toContain('"number":9007199254740993,"ratio":1.50,"event_description":"\\"C:\\\\temp\\""')
  })

  it.each(['05-cursor-is-the-word-null.json', '06-null-list.json', '07-no-next.json', '09-maintenance.html'])(
    'refuses %s',
    (fixture) => {
      expect(() => merge.parse(answer(fixture), config)).toThrow(expect.objectContaining({ kind: 'unexpected-answer' }))
    },
  )
})

describe('an error answer', () => {
  it.each([400, 404])('%i to a cursor is a rejected position', (status) => {
    expect(merge.classify?.(answer('10-error-invalid-cursor.json', status), at({ cursor }))).toBe('position-rejected')
  })

  it.each([
    [404, {}],
    [403, { cursor }],
    [500, { cursor }],
  ])('%i otherwise is what its status says', (status, pager) => {
    expect(merge.classify?.(answer('10-error-invalid-cursor.json', status), at(pager))).toBeUndefined()
  })
})

describe('rewind()', () => {
  it('begins the same window again, three times', () => {
    expect(merge.rewind(at({ cursor }))).toEqual(at({ restarts: 1 }))
    expect(merge.rewind(at({ cursor, restarts: 2 }))).toEqual(at({ restarts: 3 }))
  })

  it('then leaves it to an operator', () => {
    expect(merge.rewind(at({ cursor, restarts: 3 }))).toBeUndefined()
  })

  it('counts for one window only', () => {
    const { position } = merge.advance(at({ cursor, restarts: 3 }), merge.parse(answer('02-last.json'), config), 100)
    expect(merge.begin(position, { ...span, to: '2026-05-01T10:21:00.000Z' }, config).window?.pager).toEqual({})
  })
})

describe('the configuration', () => {
  it.each([
    ['an unknown region', { region: 'us-east-1' }],
    ['an unknown category', { category: 'weather' }],
    ['a key in plain text', { apiKey: 'xpnZ' }],
    ['an account token', { accountToken: { secret: 'x' } }],
  ])('refuses %s', (_name, fields) => {
    expect(merge.config.safeParse({ apiKey: { secret: 'k' }, ...fields }).success).toBe(false)
  })

  it('is another log with another host, category or filter, and not with another key', () => {
    const identity = (more = {}) => JSON.stringify(merge.identity({ ...config, ...more }))
    expect(identity({ apiKey: { secret: 'new' } })).toBe(identity())
    expect(identity({ baseUrl: 'https://api.merge.dev' })).toBe(identity())
    const others = [{ region: 'eu' }, { category: 'ats' }, { eventType: 'x' }, { userEmail: 'x' }].map(identity)
    expect(new Set([identity(), ...others]).size).toBe(5)
  })
})

it('a saved position survives being stored', () => {
  const saved = at({ cursor, restarts: 1 })
  expect(merge.position.parse(JSON.parse(JSON.stringify(saved)))).toEqual(saved)
  expect(merge.position.safeParse({ ...saved, more: 1 }).success).toBe(false)
})
