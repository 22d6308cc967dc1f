import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { polytomic } from '../../../../functions/poll/sources/polytomic.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import type { Span } from '../../../../shared/contracts/source.ts'

const config = polytomic.config.parse({ apiKey: { secret: 'polytomic/api-key' } }) as Parameters<
  typeof polytomic.identity
>[0]
const secrets = ({ secret }: { secret: string }) => ({ 'polytomic/api-key': '8e5dcfdd-d23d' })[secret] ?? ''

const span: Span = {
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:20:00.000Z',
  overlapMs: 300_000,
  bounded: false,
}
const ids = ['6f0f2f1e-7a54-4a0e-9d0a-1f2b7f3a9c11', '1b0c4c0e-2b2f-4f2a-a6c8-0c9a3f2d7e55']
const token = 'AmkYh8v0jR5B3kls2Qcc9y8MjrPmvR4CvaK7H0F4rEwqvg76K=='

function answer(fixture: string, status = 200): HttpResponse {
  const body = readFileSync(new URL(`../../../fixtures/polytomic/${fixture}`, import.meta.url), 'utf8')
  return { status, headers: { 'content-type': 'application/json' }, body }
}

type Pager = NonNullable<ReturnType<typeof polytomic.begin>['window']>['pager']

const at = (pager: Pager) => ({
  reached: '2026-05-01T10:00:00.000Z',
  window: { from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T10:20:00.000Z', pager },
})
const whole = { from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T10:20:00.000Z' }
const instant = { from: '2026-05-01T10:05:00.250Z', to: '2026-05-01T10:05:00.251Z' }
const other = { from: '2026-05-01T10:05:00.251Z', to: '2026-05-01T10:20:00.000Z' }
const done = { reached: '2026-05-01T10:20:00.000Z' }

describe('begin()', () => {
  it('opens a window from the lane’s start when nothing is saved', () => {
    expect(polytomic.begin(undefined, span, config)).toEqual(at({ unread: [whole] }))
  })

  it('reaches back by the overlap behind the last window', () => {
    const saved = { reached: '2026-05-01T10:10:00.000Z' }
    expect(polytomic.begin(saved, span, config).window?.pager.unread).toEqual([
      { from: '2026-05-01T10:05:00.000Z', to: '2026-05-01T10:20:00.000Z' },
    ])
  })

  it('keeps an open window, its pieces and its token', () => {
    const saved = at({ unread: [instant, other], token })
    expect(polytomic.begin(saved, { ...span, to: '2026-05-01T11:00:00.000Z' }, config)).toBe(saved)
  })

  it('remembers the event type for as long as the window is open', () => {
    const wanted = { ...config, eventType: 'sync.failed' }
    expect(polytomic.begin(undefined, span, wanted).window?.pager.eventType).toBe('sync.failed')
  })
})

describe('request()', () => {
  const query = (pager: Pager, more = {}) => polytomic.request(at(pager), { ...config, ...more }, 100)

  it('asks for a piece, from a millisecond before its start because the bound is strict', () => {
    expect(query({ unread: [whole, other] })).toEqual({
      method: 'GET',
      url: 'https://app.polytomic.com/api/events?starting_after=2026-05-01T09%3A59%3A59.999Z&ending_before=2026-05-01T10%3A20%3A00.000Z&limit=100',
      headers: { accept: 'application/json', 'x-polytomic-version': '2025-09-18' },
    })
  })

  it.each([
    [
      'a microsecond before a piece that is cut that fine',
      { unread: [{ ...instant, fine: true as const }] },
      {},
      'starting_after=2026-05-01T10%3A05%3A00.249999Z',
    ],
    ['the type of a piece', { unread: [{ ...instant, type: 'sync.running' }] }, {}, '&type=sync.running'],
    ['the configured type', { unread: [whole], eventType: 'sync.failed' }, {}, '&type=sync.failed'],
    [
      'the token, with the same filters',
      { unread: [whole], token },
      {},
      `09%3A59%3A59.999Z&ending_before=2026-05-01T10%3A20%3A00.000Z&limit=100&page_token=${encodeURIComponent(token)}`,
    ],
    [
      'the organization',
      { unread: [whole] },
      { organizationId: 'c3b1a7d2-0f4e-4d6c-8a57-5b0b6f1f7e90' },
      '&organization_id=c3b1a7d2-0f4e-4d6c-8a57-5b0b6f1f7e90',
    ],
    [
      'another host',
      { unread: [whole] },
      { baseUrl: 'https://polytomic.acme.example/eu/' },
      'https://polytomic.acme.example/eu/api/events?',
    ],
  ])('takes %s', (_name, pager, more, text) => {
    expect(query(pager, more).url).toContain(text)
  })

  it('takes another version', () => {
    expect(query({ unread: [whole] }, { version: '2024-02-08' }).headers['x-polytomic-version']).toBe('2024-02-08')
  })
})

describe('authorize()', () => {
  const request = { method: 'GET', url: 'https://app.polytomic.com/api/events', headers: {} } as const
  const header = (auth: 'bearer' | 'basic', key: string) =>
    polytomic.authorize(request, { ...config, auth }, () => key, new Date(0)).authorization

  it('sends the key as a bearer', () => {
    expect(polytomic.authorize(request, config, secrets, new Date(0))).toEqual({
      authorization: 'Bearer 8e5dcfdd-d23d',
    })
  })

  it('sends user and password, or the key as the user, with the basic scheme', () => {
    expect(header('basic', 'Aladdin:open sesame')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    expect(header('basic', '8e5dcfdd-d23d')).toBe('Basic OGU1ZGNmZGQtZDIzZDo=')
  })
})

describe('a page', () => {
  it.each([
    ['that is not full ends the window', { unread: [whole] }, '01-events.json', 100, ids, done, false],
    [
      'that is not full ends its piece',
      { unread: [whole, other] },
      '01-events.json',
      100,
      ids,
      at({ unread: [other] }),
      true,
    ],
    [
      'with a token is followed by it',
      { unread: [whole] },
      '02-events-with-token.json',
      100,
      ids,
      at({ unread: [whole], token }),
      true,
    ],
    [
      'of a token without another one ends the piece, full or not',
      { unread: [whole, other], token: 'x' },
      '01-events.json',
      2,
      ids,
      at({ unread: [other] }),
      true,
    ],
    [
      'with an empty token has none',
      { unread: [whole] },
      '04-empty-token.json',
      100,
      ['248df4b7-aa70-47b8-a036-33ac447e668d'],
      done,
      false,
    ],
    ['of null is an empty one', { unread: [whole] }, '03-null.json', 100, [], done, false],
    [
      'that is full is cut, among the events it showed',
      { unread: [whole, other] },
      '01-events.json',
      2,
      ids,
      at({
        unread: [
          { from: '2026-05-01T10:14:03.001001Z', to: '2026-05-01T10:20:00.000000Z', fine: true },
          { from: '2026-05-01T10:00:00.000000Z', to: '2026-05-01T10:14:03.001001Z', fine: true },
          other,
        ],
      }),
      true,
    ],
    [
      'with a token, after one was rejected, is complete when it is shorter than any page of the vendor’s',
      { unread: [whole], tokenless: true as const },
      '02-events-with-token.json',
      100,
      ids,
      done,
      false,
    ],
    [
      'with a token, after one was rejected, is cut',
      { unread: [whole], tokenless: true as const },
      '02-events-with-token.json',
      2,
      ids,
      at({
        tokenless: true,
        unread: [
          { from: '2026-05-01T10:14:03.001001Z', to: '2026-05-01T10:20:00.000000Z', fine: true },
          { from: '2026-05-01T10:00:00.000000Z', to: '2026-05-01T10:14:03.001001Z', fine: true },
        ],
      }),
      true,
    ],
    [
      'of another type than the configured one is not delivered',
      { unread: [whole], eventType: 'bulk_sync.failed' },
      '01-events.json',
      100,
      ids.slice(1),
      done,
      false,
    ],
  ] as const)('%s', (_name, pager, fixture, pageSize, delivered, position, more) => {
    const page = polytomic.parse(answer(fixture), config)
    const step = polytomic.advance(at(pager as unknown as Pager), page, pageSize)
    expect({ ids: step.events.map(({ id }) => id), position: step.position, more: step.more, gap: step.gap }).toEqual({
      ids: delivered,
      position,
      more,
      gap: undefined,
    })
  })
})

describe('an instant that fills a page', () => {
  const crowd = polytomic.parse(answer('09-one-instant.json'), config)
  const piece = (type: string) => ({ ...instant, type })

  const asked = { ...instant, shown: ['sync.running'] }
  const list = (body: string) => polytomic.parse({ status: 200, headers: {}, body }, config, at({ unread: [asked] }))

  it('has the vendor list its types first', () => {
    const step = polytomic.advance(at({ unread: [instant, other] }), crowd, 2)
    expect(step.position).toEqual(at({ unread: [asked, other] }))
    expect(step).toMatchObject({ more: true, events: [{ type: 'sync.running' }, { type: 'sync.running' }] })
    const { url, headers } = polytomic.request(at({ unread: [asked, other] }), config, 100)
    expect(url).toBe('https://app.polytomic.com/api/events_types')
    expect(headers).toMatchObject({ 'x-polytomic-version': '2025-09-18' })
  })

  it('is then asked for type by type, those that were not on the page first', () => {
    const step = polytomic.advance(at({ unread: [asked, other] }), list('{"data":["sync.running","sync.queued"]}'), 2)
    expect(step).toMatchObject({ more: true, events: [] })
    const types = step.position.window?.pager.unread.map(({ type }) => type)
    expect(types).toEqual([
      'sync.failed',
      'sync.canceled',
      'sync.completed',
      'sync.completed_with_errors',
      'bulk_sync.running',
      'bulk_sync.completed',
      'bulk_sync.canceled',
      'bulk_sync.failed',
      'bulk_sync.completed_with_error',
      'sync.queued',
      'sync.running',
      undefined,
    ])
  })

  it('does not have the types listed twice for one window', () => {
    const types = ['sync.running', 'sync.queued']
    const step = polytomic.advance(at({ unread: [instant], types }), crowd, 2)
    expect(step.position.window?.pager.unread).toHaveLength(11)
  })

  it.each(['{"data":null}', '{"data":[{"id":"x"}]}'])(
    'is a gap when the list is %s, as there may be types that nobody knows',
    (body) => {
      const step = polytomic.advance(at({ unread: [asked, other] }), list(body), 100)
      const unread = step.position.window?.pager.unread ?? []
      expect(unread).toHaveLength(11)
      expect(unread[9]).toEqual({ ...instant, type: 'sync.running', doubtful: true })
      const last = polytomic.advance(at({ unread: unread.slice(9) }), crowd, 100)
      expect(last).toMatchObject({ gap: { ...instant, reason: 'saturated' }, position: at({ unread: [other] }) })
    },
  )

  it('asks again when the list is no answer of the vendor at all', () => {
    expect(() => list('<html>')).toThrow(expect.objectContaining({ kind: 'unexpected-answer' }))
  })

  it.each([400, 401, 403, 404, 405, 422])('goes on without the list when that is refused with %i', (status) => {
    const saved = at({ unread: [asked, other] })
    expect(polytomic.classify?.(answer('10-error-422.json', status), saved)).toBe('position-rejected')
    expect(polytomic.rewind(saved)?.window?.pager.unread[9]).toMatchObject({ type: 'sync.running', doubtful: true })
  })

  it('is a gap when it holds events without a type, which cannot be asked for alone', () => {
    const saved = at({ unread: [{ ...instant, shown: ['event'] }], types: ['sync.running'] })
    const step = polytomic.advance(saved, { events: [], malformed: [], rows: 0, token: undefined, types: ['x'] }, 100)
    expect(step.position.window?.pager.unread.at(-1)).toEqual({ ...instant, type: 'event', doubtful: true })
  })

  it('is asked for without being asked for alone, as the page was its own', () => {
    const unread = polytomic.advance(at({ unread: [whole] }), crowd, 2).position.window?.pager.unread
    expect(unread).toEqual([asked, { from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T10:05:00.250Z' }, other])
  })

  const many = { ...crowd, rows: 100 }

  it('is asked for once more in the largest page before it is called a gap', () => {
    const step = polytomic.advance(at({ unread: [piece('sync.running'), other] }), crowd, 2)
    expect(step.gap).toBeUndefined()
    const full = { ...piece('sync.running'), full: true as const }
    expect(step.position).toEqual(at({ unread: [full, other] }))
    expect(polytomic.request(step.position, config, 2).url).toContain('limit=100')
    expect(polytomic.advance(step.position, crowd, 2)).toMatchObject({ position: at({ unread: [other] }) })
    expect(polytomic.advance(step.position, many, 2).gap).toEqual({ ...instant, reason: 'saturated' })
  })

  it('is a gap when it fills the page of one type, and the other types are still asked for', () => {
    const step = polytomic.advance(at({ unread: [piece('sync.running'), piece('sync.failed'), other] }), many, 100)
    expect(step.gap).toEqual({ ...instant, reason: 'saturated' })
    expect(step.position).toEqual(at({ unread: [piece('sync.failed'), other] }))
    expect(step.events).toHaveLength(2)
  })

  it('is a gap at once when the vendor ignores types', () => {
    const step = polytomic.advance(at({ unread: [piece('sync.failed'), piece('sync.running'), other] }), many, 100)
    expect(step.gap).toEqual({ ...instant, reason: 'saturated' })
    expect(step.position).toEqual(at({ unread: [other] }))
  })

  it('is a gap when only one type is wanted anyway', () => {
    const step = polytomic.advance(at({ unread: [instant], eventType: 'sync.running' }), many, 100)
    expect(step).toMatchObject({ gap: { ...instant, reason: 'saturated' }, position: done, more: false })
  })
})

describe('reached()', () => {
  it('is the start of the oldest piece that is left', () => {
    expect(polytomic.reached(at({ unread: [other, instant] }))).toBe(instant.from)
  })

  it('is not before the end of the last window, into which a window reaches back', () => {
    expect(polytomic.reached({ ...at({ unread: [whole] }), reached: '2026-05-01T10:03:00.000Z' })).toBe(
      '2026-05-01T10:03:00.000Z',
    )
  })

  it('is what was reached when no window is open', () => {
    expect(polytomic.reached(done)).toBe('2026-05-01T10:20:00.000Z')
  })
})

describe('parse()', () => {
  it('names events by the vendor’s type and keeps the text of each record', () => {
    const { events } = polytomic.parse(answer('01-events.json'), config)
    expect(events[1]).toMatchObject({ id: ids[1], type: 'bulk_sync.failed', time: '2026-05-01T10:14:03.001Z' })
    expect(answer('01-events.json').body).toContain(events[1]?.raw)
  })

  it('sets malformed records aside, changes nothing in the others, and counts both', () => {
    const page = polytomic.parse(answer('06-malformed-records.json'), config)
    expect(page.malformed.map(({ problem }) => problem.split(':')[0])).toEqual([
      'id',
      'created_at',
      'its time is not a date',
    ])
    expect(page.events).toMatchObject([{ id: '8b0b55c3-3f0e-4b0a-9d5c-2f1e7a64c0d3', type: 'event' }])
    expect(page.events[0]?.raw).toContain('"record_count":9007199254740993,"ratio":1.50,"name":"\\"zwölf\\" \\u2028"')
    expect(page.rows).toBe(4)
  })

  it.each(['05-token-is-the-word-null.json', '07-no-list.json', '08-maintenance.html'])('refuses %s', (fixture) => {
    expect(() => polytomic.parse(answer(fixture), config)).toThrow(
      expect.objectContaining({ kind: 'unexpected-answer' }),
    )
  })
})

describe('an error answer', () => {
  it.each([400, 404, 422])('%i to a token is a rejected position, which goes on without tokens', (status) => {
    const saved = at({ unread: [whole, other], token })
    expect(polytomic.classify?.(answer('10-error-422.json', status), saved)).toBe('position-rejected')
    expect(polytomic.rewind(saved)).toEqual(at({ unread: [whole, other], tokenless: true }))
  })

  it.each([
    [422, { unread: [whole] }],
    [401, { unread: [whole], token }],
    [500, { unread: [whole], token }],
  ])('%i otherwise is what its status says', (status, pager) => {
    expect(polytomic.classify?.(answer('10-error-422.json', status), at(pager))).toBeUndefined()
  })
})

describe('the configuration', () => {
  it.each([
    ['a version that is no date', { version: 'latest' }],
    ['an organization that is no UUID', { organizationId: 'acme' }],
    ['an unknown scheme', { auth: 'digest' }],
    ['a key in plain text', { apiKey: '8e5dcfdd' }],
    ['an unknown field', { event_type: 'sync.failed' }],
  ])('refuses %s', (_name, fields) => {
    expect(polytomic.config.safeParse({ apiKey: { secret: 'k' }, ...fields }).success).toBe(false)
  })

  it('is another log with another host, organization or type, and not with another key or version', () => {
    const identity = (more = {}) => JSON.stringify(polytomic.identity({ ...config, ...more }))
    expect(identity({ apiKey: { secret: 'new' }, version: '2024-02-08', auth: 'basic' })).toBe(identity())
    expect(identity({ baseUrl: 'https://app.polytomic.com/' })).toBe(identity())
    const others = [{ baseUrl: 'https://p.example' }, { organizationId: 'x' }, { eventType: 'x' }].map(identity)
    expect(new Set([identity(), ...others]).size).toBe(4)
  })
})

it('a saved position survives being stored', () => {
  const saved = at({
    unread: [
      { ...instant, fine: true, type: 'sync.failed', doubtful: true },
      { ...other, shown: ['x'] },
    ],
    token,
    tokenless: true,
    eventType: 'x',
    types: ['sync.running'],
  })
  expect(polytomic.position.parse(JSON.parse(JSON.stringify(saved)))).toEqual(saved)
  expect(polytomic.position.safeParse({ reached: 'yesterday' }).success).toBe(false)
})
