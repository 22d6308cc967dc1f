import { describe, expect, test } from 'vitest'
import { smartsheet } from '../../../../functions/poll/sources/smartsheet.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import type { Span } from '../../../../shared/contracts/source.ts'
import { fixture } from './fixture.ts'

type At = Parameters<typeof smartsheet.advance>[0]
type Config = Parameters<typeof smartsheet.request>[1]

const own = { token: { secret: 'smartsheet/token' } }
const config: Config = { ...own, region: 'us', maxCount: 1000 }

const live: Span = {
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:20:00.000Z',
  overlapMs: 0,
  bounded: false,
}
const sweep: Span = { ...live, from: '2026-05-01T09:45:30.500Z', to: '2026-05-01T10:20:30.500Z', bounded: true }

const FIRST = '2.1.0An4ZapaQaOXPdojlmediSZ1WqMdi5U_3l9gViOW7ic'
const SECOND = '2.1.1Bo5ZbqbRbPYQepkmnfejTA2XrNej6V_4m0hWjPX8jd'
const THIRD = '2.1.2Cp6AcrcScQZRfqlnogfkUB3YsOfk7W_5n1iXkQY9ke'

/** The stream before a page; open as of 10:20. */
const entering: At = {
  reached: live.from,
  from: live.from,
  next: { since: live.from },
  asOf: live.to,
}
const following: At = { ...entering, next: { token: FIRST }, lastEventAt: '2026-05-01T10:15:42.000Z' }

/** A window of a bounded lane. */
function reading(token?: string): At {
  const pager = token === undefined ? {} : { token }
  return { reached: sweep.from, window: { from: sweep.from, to: sweep.to, pager } }
}

describe('request()', () => {
  const query = (at: At, fields: Partial<Config> = {}, pageSize = 1000) =>
    decodeURIComponent(smartsheet.request(at, { ...config, ...fields }, pageSize).url)

  test('a first start asks from the hour before the hour it begins in', () => {
    const at = smartsheet.begin(undefined, { ...live, from: '2026-05-01T10:45:00.000Z' }, config)
    expect(query(at)).toBe('https://api.smartsheet.com/2.0/events?since=2026-05-01T09:00:00Z&maxCount=1000')
  })

  test('the stream is followed by its position alone', () => {
    expect(query(following)).toBe(`https://api.smartsheet.com/2.0/events?streamPosition=${FIRST}&maxCount=1000`)
  })

  test('a window is asked for in whole hours around it, then followed by its position', () => {
    expect(query(reading())).toBe(
      'https://api.smartsheet.com/2.0/events?since=2026-05-01T08:00:00Z&to=2026-05-01T11:00:00Z&maxCount=1000',
    )
    expect(query(reading(FIRST))).toBe(`https://api.smartsheet.com/2.0/events?streamPosition=${FIRST}&maxCount=1000`)
  })

  test('a window that ends on the hour ends at that hour', () => {
    const at = smartsheet.begin(undefined, { ...sweep, to: '2026-05-01T11:00:00.000Z' }, config)
    expect(query(at)).toContain('&to=2026-05-01T11:00:00Z&')
  })

  test('exactly gzip is accepted, and dates are never numbers', () => {
    const { headers, url } = smartsheet.request(following, config, 1000)
    expect(headers).toEqual({ accept: 'application/json', 'accept-encoding': 'gzip' })
    expect(url).not.toContain('numericDates')
  })

  test.each([
    ['us', 'https://api.smartsheet.com/2.0/events'],
    ['eu', 'https://api.smartsheet.eu/2.0/events'],
    ['gov', 'https://api.smartsheetgov.com/2.0/events'],
  ] as const)('region %s is at %s', (region, address) => {
    expect(query(following, { region })).toContain(`${address}?`)
  })

  test('another host, a managed plan and the integration’s name are passed on', () => {
    const fields = { baseUrl: 'https://proxy.example/smart/', managedPlanId: 12, integrationSource: 'SCRIPT,Acme,soc' }
    const { url, headers } = smartsheet.request(following, { ...config, ...fields }, 1000)
    expect(url).toBe(`https://proxy.example/smart/2.0/events?streamPosition=${FIRST}&maxCount=1000&managedPlanId=12`)
    expect(headers).toHaveProperty('smartsheet-integration-source', 'SCRIPT,Acme,soc')
  })

  test.each([
    [5000, 1000, 5000],
    [5000, 500, 500],
    [200, 1000, 200],
    [200, 500, 200],
  ])('with maxCount %i and pages of %i, %i events are asked for', (maxCount, pageSize, asked) => {
    expect(query(following, { maxCount }, pageSize)).toContain(`&maxCount=${asked}`)
  })
})

test('authorize() sends the token as a bearer token', () => {
  const request = smartsheet.request(following, config, 1000)
  const headers = smartsheet.authorize(request, config, ({ secret }) => `the value of ${secret}`, new Date(0))
  expect(headers).toEqual({ authorization: 'Bearer the value of smartsheet/token' })
})

interface Row {
  readonly name: string
  readonly at: At
  readonly page: string
  /** The first characters of the ids. */
  readonly ids: readonly string[]
  readonly next: At
  readonly more: boolean
}

const rows: Row[] = [
  {
    name: 'events before the start are dropped, the position is taken',
    at: entering,
    page: '01-first-page.json',
    ids: ['5c23', '6d34'],
    next: following,
    more: true,
  },
  {
    name: 'the last page ends the walk and takes its position as well',
    at: following,
    page: '02-last-page.json',
    ids: ['7e45'],
    next: {
      reached: live.to,
      from: live.from,
      next: { token: SECOND },
      lastEventAt: '2026-05-01T10:16:00.000Z',
    },
    more: false,
  },
  {
    name: 'an empty page keeps the position and remembers the one it offers',
    at: following,
    page: '03-empty-page.json',
    ids: [],
    next: {
      reached: live.to,
      from: live.from,
      next: { token: FIRST },
      lastEventAt: '2026-05-01T10:15:42.000Z',
      idle: { since: live.to, offered: THIRD },
    },
    more: false,
  },
  {
    name: 'an empty page at the start keeps the start',
    at: entering,
    page: '03-empty-page.json',
    ids: [],
    next: {
      reached: live.to,
      from: live.from,
      next: { since: live.from },
      idle: { since: live.to, offered: THIRD },
    },
    more: false,
  },
  {
    name: 'a day of empty pages changes nothing yet',
    at: { ...following, idle: { since: '2026-04-30T10:20:00.000Z', offered: SECOND } },
    page: '03-empty-page.json',
    ids: [],
    next: {
      reached: live.to,
      from: live.from,
      next: { token: FIRST },
      lastEventAt: '2026-05-01T10:15:42.000Z',
      idle: { since: '2026-04-30T10:20:00.000Z', offered: SECOND },
    },
    more: false,
  },
  {
    name: 'after more than a day of empty pages, the position that was offered a day ago is taken',
    at: { ...following, idle: { since: '2026-04-30T10:19:59.999Z', offered: SECOND } },
    page: '03-empty-page.json',
    ids: [],
    next: {
      reached: live.to,
      from: live.from,
      next: { token: SECOND },
      lastEventAt: '2026-05-01T10:15:42.000Z',
      idle: { since: live.to, offered: THIRD },
    },
    more: false,
  },
  {
    name: 'events after idle days end the idleness',
    at: { ...following, idle: { since: '2026-04-30T10:20:00.000Z', offered: SECOND } },
    page: '02-last-page.json',
    ids: ['7e45'],
    next: { reached: live.to, from: live.from, next: { token: SECOND }, lastEventAt: '2026-05-01T10:16:00.000Z' },
    more: false,
  },
  {
    name: '"true" as text means more',
    at: following,
    page: '05-text-true.json',
    ids: ['7e45'],
    next: { ...following, next: { token: SECOND }, lastEventAt: '2026-05-01T10:16:00.000Z' },
    more: true,
  },
  {
    name: '"false" as text means no more',
    at: { ...following, from: '2019-01-01T00:00:00.000Z' },
    page: '04-old-sample.json',
    ids: ['4b12'],
    next: {
      reached: live.to,
      from: '2019-01-01T00:00:00.000Z',
      next: { token: 'XyzAb1234cdefghijklmnofpq' },
      lastEventAt: '2026-05-01T10:15:42.000Z',
    },
    more: false,
  },
  {
    name: 'a page of broken records is not an empty page',
    at: following,
    page: '07-malformed.json',
    ids: ['4b12'],
    next: { reached: live.to, from: live.from, next: { token: SECOND }, lastEventAt: '2026-05-01T10:15:42.000Z' },
    more: false,
  },
  {
    name: 'a window goes on by position, with what lies in it',
    at: reading(),
    page: '01-first-page.json',
    ids: ['4b12', '5c23', '6d34'],
    next: reading(FIRST),
    more: true,
  },
  {
    name: 'a window ends when there is no more',
    at: reading(FIRST),
    page: '02-last-page.json',
    ids: ['7e45'],
    next: { reached: sweep.to },
    more: false,
  },
  {
    name: 'a window ends with a page that lies beyond it, whatever the vendor says',
    at: reading(FIRST),
    page: '08-beyond-the-window.json',
    ids: [],
    next: { reached: sweep.to },
    more: false,
  },
]

describe('advance()', () => {
  test.each(rows)('$name', ({ at, page, ids, next, more }) => {
    const step = smartsheet.advance(at, smartsheet.parse(fixture(`smartsheet/${page}`), config), 1000)
    expect(step.events.map(({ id }) => id.slice(0, 4))).toEqual(ids)
    expect(step.position).toEqual(next)
    expect(step.more).toBe(more)
    expect(smartsheet.position.parse(JSON.parse(JSON.stringify(step.position)))).toEqual(next)
  })

  test('more behind the same position is the fault "stuck", on every lane', () => {
    const page = smartsheet.parse(fixture('smartsheet/05-text-true.json'), config)
    for (const at of [{ ...following, next: { token: SECOND } }, reading(SECOND)]) {
      expect(() => smartsheet.advance(at, page, 1000)).toThrow(expect.objectContaining({ kind: 'stuck' }))
    }
  })

  test('the same position without more is no fault', () => {
    const page = smartsheet.parse(fixture('smartsheet/02-last-page.json'), config)
    const at = { ...following, next: { token: SECOND } }
    expect(smartsheet.advance(at, page, 1000)).toMatchObject({ more: false, position: { next: { token: SECOND } } })
  })
})

describe('begin()', () => {
  test('keeps a walk that is open', () => {
    expect(smartsheet.begin(following, { ...live, to: '2026-05-01T11:00:00.000Z' }, config)).toBe(following)
    expect(smartsheet.begin(reading(FIRST), { ...sweep, to: '2026-05-01T11:00:00.000Z' }, config)).toEqual(
      reading(FIRST),
    )
  })

  test('goes on where the last walk ended', () => {
    const { asOf: _, ...ended } = following
    const span = { ...live, to: '2026-05-01T11:00:00.000Z' }
    expect(smartsheet.begin(ended, span, config)).toEqual({ ...ended, asOf: '2026-05-01T11:00:00.000Z' })
  })

  test('a long way is read in windows of a day', () => {
    const at = smartsheet.begin(undefined, { ...sweep, from: '2026-04-01T00:00:00.000Z' }, config)
    expect(at).toMatchObject({ window: { from: '2026-04-01T00:00:00.000Z', to: '2026-04-02T00:00:00.000Z' } })
  })
})

describe('rewind()', () => {
  test('goes back to the time of the last event', () => {
    const idle = { since: live.from, offered: SECOND }
    const at = smartsheet.rewind({ ...following, idle })
    const last = '2026-05-01T10:15:42.000Z'
    expect(at).toEqual({ ...following, next: { since: last }, known: last })
    expect(at && smartsheet.request(at, config, 1000).url).toContain('?since=2026-05-01T09%3A00%3A00Z&')
  })

  test('goes back to the start when there was no event yet', () => {
    expect(smartsheet.rewind({ ...entering, next: { token: FIRST } })).toEqual(entering)
  })

  test('begins a window again', () => {
    expect(smartsheet.rewind(reading(FIRST))).toEqual(reading())
  })

  test('knows no way when no position was sent', () => {
    expect(smartsheet.rewind(entering)).toBeUndefined()
    expect(smartsheet.rewind(reading())).toBeUndefined()
  })
})

describe('classify()', () => {
  const classify = (response: HttpResponse, at: At = following) => smartsheet.classify?.(response, at)
  const error = (status: number, errorCode: number): HttpResponse => ({
    status,
    headers: {},
    body: JSON.stringify({ errorCode, message: 'text' }),
  })

  test.each([
    [401, 1001, 'unauthorized'],
    [401, 1002, 'unauthorized'],
    [401, 1003, 'unauthorized'],
    [403, 1004, 'forbidden'],
    [403, 1013, 'forbidden'],
    [429, 4003, 'throttled'],
    [503, 4001, 'vendor-error'],
    [500, 4002, 'vendor-error'],
    [400, 4004, 'vendor-error'],
    [500, 4000, undefined],
    [404, 1006, undefined],
    [400, 1018, 'position-rejected'],
    [400, 1008, 'position-rejected'],
    [410, 4005, 'position-rejected'],
    [400, 1011, undefined],
    [400, 1227, undefined],
    [400, 1228, undefined],
    [400, 1229, undefined],
  ])('status %i with code %i is %s', (status, code, kind) => {
    expect(classify(error(status, code))).toBe(kind)
  })

  test('recorded error bodies are read', () => {
    expect(classify(fixture('smartsheet/21-error-1002.json', 401))).toBe('unauthorized')
    expect(classify(fixture('smartsheet/22-error-4003.json', 429))).toBe('throttled')
    expect(classify(fixture('smartsheet/23-error-1018.json', 400))).toBe('position-rejected')
    expect(classify(fixture('smartsheet/24-error-1227.json', 400))).toBeUndefined()
  })

  test('without a position in the request, a 400 is not about it', () => {
    for (const at of [entering, reading()]) expect(classify(error(400, 1018), at)).toBeUndefined()
    expect(classify(error(400, 1018), reading(FIRST))).toBe('position-rejected')
  })

  test('a body that is no JSON leaves it to the status', () => {
    expect(classify(fixture('smartsheet/31-maintenance.html', 503))).toBeUndefined()
    expect(classify({ status: 400, headers: {}, body: '' })).toBe('position-rejected')
  })
})

describe('parse()', () => {
  test('an event has the vendor’s id, object and action, time, and its own text', () => {
    const page = smartsheet.parse(fixture('smartsheet/04-old-sample.json'), config)
    expect(page).toEqual({
      events: [
        {
          id: '4b12345abc444def333g149he2b15b3j',
          type: 'SHEET.LOAD',
          time: '2019-04-29T08:28:33Z',
          raw: '{\n    "eventId" : "4b12345abc444def333g149he2b15b3j",\n    "objectType" : "SHEET",\n    "action" : "LOAD",\n    "objectId" : 9007199254740993,\n    "eventTimeStamp" : "2019-04-29T08:28:33Z",\n    "additionalDetails" : { "name" : "tab\\t\\"]}, {", "big" : 9007199254740995, "none" : [ [ ], { } ] }\n  }',
        },
      ],
      malformed: [],
      next: 'XyzAb1234cdefghijklmnofpq',
      more: false,
    })
  })

  test('a time in milliseconds is read as well', () => {
    const page = smartsheet.parse(fixture('smartsheet/06-numeric-dates.json'), config)
    expect(page.events.map(({ time }) => time)).toEqual(['2026-05-01T10:15:42.000Z'])
  })

  test('a broken record is set aside, and its page goes on', () => {
    const page = smartsheet.parse(fixture('smartsheet/07-malformed.json'), config)
    expect(page.events.map(({ id }) => id)).toEqual(['4b12345abc444def333e149fe2b15b3f'])
    expect(page.malformed).toEqual([
      {
        raw: '{"objectType":"SHEET","action":"LOAD","eventTimestamp":"2026-05-01T10:15:42Z"}',
        problem: 'eventId: Invalid input: expected string, received undefined',
      },
      { raw: '{"eventId":"8f","objectType":"SHEET","action":"LOAD"}', problem: 'eventTimestamp: must be there' },
      {
        raw: '{"eventId":"90","objectType":"SHEET","action":"LOAD","eventTimestamp":"soon"}',
        problem: 'its time is not a date',
      },
      { raw: '7', problem: 'the value: Invalid input: expected object, received number' },
    ])
  })

  test.each([
    '09-position-null.json',
    '10-position-missing.json',
    '11-list-null.json',
    '12-more-missing.json',
    '22-error-4003.json',
    '31-maintenance.html',
  ])('%s is not a page of events', (name) => {
    const parse = () => smartsheet.parse(fixture(`smartsheet/${name}`), config)
    expect(parse).toThrow(expect.objectContaining({ name: 'Fault', kind: 'unexpected-answer' }))
  })
})

describe('config', () => {
  test('the region is us and a page has 1000 events unless the configuration says otherwise', () => {
    expect(smartsheet.config.parse(own)).toEqual(config)
  })

  test.each([
    { region: 'au' },
    { maxCount: 0 },
    { maxCount: 10_001 },
    { managedPlanId: 'main' },
    { integrationSource: 'pollhook' },
    { baseUrl: 'http://api.smartsheet.com' },
    { token: 'abc' },
    { numericDates: true },
  ])('%j is refused', (fields) => {
    expect(smartsheet.config.safeParse({ ...own, ...fields }).success).toBe(false)
  })

  test('every field has a description', () => {
    for (const field of Object.values(smartsheet.config.shape)) {
      expect(field).toHaveProperty('description', expect.stringMatching(/.{10}/))
    }
  })

  test('what is read is told apart by host and plan, not by page size', () => {
    const identity = smartsheet.identity(config)
    expect(smartsheet.identity({ ...config, maxCount: 5, baseUrl: 'https://api.smartsheet.com/' })).toEqual(identity)
    expect(smartsheet.identity({ ...config, region: 'eu' })).not.toEqual(identity)
    expect(smartsheet.identity({ ...config, managedPlanId: 12 })).not.toEqual(identity)
  })
})
