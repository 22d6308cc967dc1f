import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bloodhound } from '../../../../functions/poll/sources/bloodhound.ts'
import type { HttpResponse } from '../../../../shared/contracts/http.ts'
import type { Span } from '../../../../shared/contracts/source.ts'

type Config = Parameters<typeof bloodhound.identity>[0]
type Pager = NonNullable<ReturnType<typeof bloodhound.begin>['window']>['pager']

const TOKEN_ID = '0d9a6c1e-55d7-4f58-b7c5-7d2c5c3c8a01'
const config = bloodhound.config.parse({
  baseUrl: 'https://acme.bloodhoundenterprise.io',
  tokenId: TOKEN_ID,
  tokenKey: { secret: 'bloodhound/token-key' },
}) as Config

const span: Span = {
  from: '2026-05-01T10:00:00.000Z',
  to: '2026-05-01T10:20:00.000Z',
  overlapMs: 300_000,
  bounded: false,
}

function answer(fixture: string, status = 200): HttpResponse {
  const body = readFileSync(new URL(`../../../fixtures/bloodhound/${fixture}`, import.meta.url), 'utf8')
  return { status, headers: { 'content-type': 'application/json' }, body }
}

const at = (pager: Pager) => ({
  reached: '2026-05-01T10:00:00.000Z',
  window: { from: '2026-05-01T10:00:00.000Z', to: '2026-05-01T10:20:00.000Z', pager },
})
const done = { reached: '2026-05-01T10:20:00.000Z' }
const edge = { first: '90213', last: '90212' }

describe('begin()', () => {
  it('opens a window from the lane’s start when nothing is saved', () => {
    expect(bloodhound.begin(undefined, span, config)).toEqual(at({ skip: 0 }))
  })

  it('reaches back by the overlap behind the last window', () => {
    const saved = { reached: '2026-05-01T10:19:00.000Z' }
    expect(bloodhound.begin(saved, span, config).window?.from).toBe('2026-05-01T10:14:00.000Z')
  })

  it('keeps an open window and its offset', () => {
    const saved = at({ skip: 3_000, last: edge })
    expect(bloodhound.begin(saved, { ...span, to: '2026-05-01T11:00:00.000Z' }, config)).toBe(saved)
  })

  it('reads a backlog in windows of seven days', () => {
    const old = { ...span, from: '2026-01-01T00:00:00.000Z' }
    expect(bloodhound.begin(undefined, old, config).window?.to).toBe('2026-01-08T00:00:00.000Z')
  })
})

describe('request()', () => {
  it('names both ends, both offsets and the order', () => {
    expect(bloodhound.request(at({ skip: 2_000 }), config, 1_000)).toEqual({
      method: 'GET',
      url: 'https://acme.bloodhoundenterprise.io/api/v2/audit?after=2026-05-01T09%3A59%3A59.999Z&before=2026-05-01T10%3A20%3A00.000Z&limit=1000&skip=2000&offset=2000&sort_by=-id',
      headers: { accept: 'application/json', prefer: 'wait=25' },
    })
  })

  it('asks for more pages at once, by time, where an instant fills one', () => {
    const pager = { before: '2026-05-01T10:15:42.301878Z', pages: 4 }
    const { searchParams } = new URL(bloodhound.request(at(pager), config, 1_000).url)
    expect(Object.fromEntries(searchParams)).toEqual({
      after: '2026-05-01T09:59:59.999Z',
      before: '2026-05-01T10:15:42.301878Z',
      limit: '4000',
      skip: '0',
      offset: '0',
      sort_by: '-id',
    })
  })

  it('adds the one filter', () => {
    const filtered = { ...config, filter: 'actor_email=neq:svc@acme.example' }
    expect(bloodhound.request(at({ skip: 0 }), filtered, 1_000).url).toMatch(/&actor_email=neq%3Asvc%40acme\.example$/)
  })

  it('goes below the path of the base URL', () => {
    const proxied = { ...config, baseUrl: 'https://tools.acme.example/bloodhound/' }
    expect(bloodhound.request(at({ skip: 0 }), proxied, 1_000).url).toContain(
      'https://tools.acme.example/bloodhound/api/v2/audit?',
    )
  })
})

describe('authorize()', () => {
  // The key, the address and the time of a published example; the signature is the one that the vendor's client computes.
  const request = {
    method: 'GET',
    url: 'https://acme.bloodhoundenterprise.io/api/v2/audit?limit=1000&after=2026-05-01T00%3A00%3A00Z',
    headers: {},
  } as const
  const secrets = ({ secret }: { secret: string }) =>
    ({ 'bloodhound/token-key': 'secretkey==', 'bloodhound/token-id': TOKEN_ID, 'bloodhound/jwt': 'a.b.c' })[secret] ??
    ''
  const now = new Date('2026-05-01T10:15:00.789Z')

  it('signs method, address, hour and body as the vendor does', () => {
    expect(bloodhound.authorize(request, config, secrets, now)).toEqual({
      authorization: `bhesignature ${TOKEN_ID}`,
      requestdate: '2026-05-01T10:15:00Z',
      signature: 'UWazuzQatm6jnRRAe/m+FxlI1mf48bM91oB7fOOVQiw=',
    })
  })

  it('signs another hour, another address and another body differently', () => {
    const signature = (more: object, at = now) =>
      bloodhound.authorize({ ...request, ...more }, config, secrets, at).signature
    const others = [
      signature({}),
      signature({}, new Date('2026-05-01T11:15:00Z')),
      signature({ url: `${request.url}1` }),
      signature({ method: 'POST' }),
      signature({ body: '{}' }),
    ]
    expect(new Set(others).size).toBe(5)
    expect(signature({}, new Date('2026-05-01T10:59:59Z'))).toBe(signature({}))
    expect(signature({ url: request.url.replace('acme.', 'other.') })).toBe(signature({}))
  })

  it('takes the token’s id from a secret', () => {
    const secret = { ...config, tokenId: { secret: 'bloodhound/token-id' } }
    expect(bloodhound.authorize(request, secret, secrets, now).authorization).toBe(`bhesignature ${TOKEN_ID}`)
  })

  it('sends a session as a bearer, unsigned', () => {
    const session = { baseUrl: config.baseUrl, jwt: { secret: 'bloodhound/jwt' } }
    expect(bloodhound.authorize(request, session, secrets, now)).toEqual({ authorization: 'Bearer a.b.c' })
  })
})

describe('a page', () => {
  it.each([
    ['shorter than asked for ends the window, whatever count says', { skip: 0 }, '01-logs.json', 1_000, done, false],
    ['that is full goes on by offset', { skip: 0 }, '01-logs.json', 2, at({ skip: 2, last: edge }), true],
    [
      'as long as the server’s own limit is full',
      { skip: 0 },
      '02-fewer-than-asked.json',
      1_000,
      at({ skip: 2, last: edge }),
      true,
    ],
    [
      'that is full and is another one goes on by offset',
      { skip: 4, last: { first: '90217', last: '90214' } },
      '01-logs.json',
      2,
      at({ skip: 6, last: edge }),
      true,
    ],
    [
      'that begins as the last one and ends elsewhere goes on by offset',
      { skip: 4, last: { first: '90213', last: '90210' } },
      '01-logs.json',
      2,
      at({ skip: 6, last: edge }),
      true,
    ],
    [
      'that repeats the last one goes on by time',
      { skip: 2, last: edge },
      '01-logs.json',
      2,
      at({ before: '2026-05-01T10:15:42.301878Z', pages: 1 }),
      true,
    ],
    [
      'that repeats the last one and is one instant asks for twice as much',
      { skip: 2, last: { first: '90212', last: '90211' } },
      '03-one-instant.json',
      2,
      at({ before: '2026-05-01T10:15:42.301878Z', pages: 2 }),
      true,
    ],
    [
      'by time goes on below its oldest instant',
      { before: '2026-05-01T10:16:00.000000Z', pages: 4 },
      '03-one-instant.json',
      2,
      at({ before: '2026-05-01T10:15:42.301878Z', pages: 1 }),
      true,
    ],
    [
      'by time and not newest first moves nothing',
      { before: '2026-05-01T10:16:00.000000Z', pages: 1 },
      '04-oldest-first.json',
      2,
      at({ before: '2026-05-01T10:16:00.000000Z', pages: 1 }),
      true,
    ],
    ['that is empty ends the window', { skip: 2_000, last: edge }, '05-empty.json', 1_000, done, false],
    ['of null ends the window', { skip: 2_000, last: edge }, '06-null-list.json', 1_000, done, false],
  ] as const)('%s', (_name, pager, fixture, pageSize, position, more) => {
    const page = bloodhound.parse(answer(fixture), config)
    const step = bloodhound.advance(at(pager), page, pageSize)
    expect(step).toEqual({ events: page.events, position, more })
  })

  it('of a single instant that sixteen pages do not hold is a gap, past which it goes on', () => {
    const full = { ...bloodhound.parse(answer('03-one-instant.json'), config), rows: 32, limit: undefined }
    const step = bloodhound.advance(at({ before: '2026-05-01T10:15:42.301878Z', pages: 16 }), full, 2)
    expect(step).toMatchObject({
      position: at({ before: '2026-05-01T10:15:42.301876Z', pages: 1 }),
      more: true,
      gap: { from: '2026-05-01T10:15:42.301Z', to: '2026-05-01T10:15:42.302Z', reason: 'saturated' },
    })
  })
})

describe('parse()', () => {
  it('keeps ids as digits, times as microseconds and the text of each record', () => {
    const { events, limit, rows } = bloodhound.parse(answer('01-logs.json'), config)
    expect(events).toMatchObject([
      { id: '90213', type: 'CreateAuthToken', time: '2026-05-01T10:15:42.318204Z' },
      { id: '90212', type: 'CreateAuthToken', time: '2026-05-01T10:15:42.301877Z' },
    ])
    expect(answer('01-logs.json').body).toContain(events[0]?.raw)
    expect([limit, rows]).toEqual([1_000, 2])
  })

  it('sets malformed records aside, changes nothing in the others, and counts both', () => {
    const { events, malformed, rows } = bloodhound.parse(answer('08-malformed-records.json'), config)
    expect(malformed.map(({ problem }) => problem.split(':')[0])).toEqual(['id', 'created_at'])
    expect(events).toMatchObject([
      { id: '9007199254740993', type: 'POST /api/v2/clients' },
      { id: '9007199254740992', type: 'event' },
    ])
    expect(events[0]?.raw).toContain('"big":9223372036854775807,"ratio":1.50,"text":"\\"C:\\\\temp\\" ☃"')
    expect(rows).toBe(4)
  })

  it.each(['07-no-list.json', '09-sign-in.html'])('refuses %s', (fixture) => {
    expect(() => bloodhound.parse(answer(fixture), config)).toThrow(
      expect.objectContaining({ kind: 'unexpected-answer' }),
    )
  })
})

describe('an error answer', () => {
  it.each([
    ['10-error-timed-out.json', 500, 'timed-out'],
    ['11-error-token-not-found.json', 404, 'unauthorized'],
    ['12-error-token-malformed.json', 400, 'unauthorized'],
    ['13-error-bad-filter.json', 400, undefined],
    ['11-error-token-not-found.json', 401, undefined],
    ['09-sign-in.html', 404, undefined],
    ['09-sign-in.html', 500, undefined],
  ])('%s with %i is %s', (fixture, status, kind) => {
    expect(bloodhound.classify?.(answer(fixture, status), at({ skip: 0 }))).toBe(kind)
  })

  it('never asks for another position: offsets and times do not expire', () => {
    expect(bloodhound.rewind(at({ skip: 0 }))).toBeUndefined()
  })
})

describe('the configuration', () => {
  const baseUrl = 'https://acme.bloodhoundenterprise.io'
  const [tokenKey, jwt] = [{ secret: 'key' }, { secret: 'jwt' }]
  const problems = (fields: object) =>
    bloodhound.config
      .safeParse({ baseUrl, ...fields })
      .error?.issues.map(({ path, message }) => `${path} ${message}`) ?? []

  it.each([
    [{ tokenId: TOKEN_ID, tokenKey }],
    [{ tokenId: { secret: 'id' }, tokenKey }],
    [{ jwt }],
    [{ jwt, filter: 'status=eq:failure' }],
    [{ jwt, filter: 'id=gt:90213' }],
    [{ jwt, filter: 'actor_email=~eq:acme.example' }],
  ])('takes %o', (fields) => {
    expect(problems(fields)).toEqual([])
  })

  it.each([
    [{}, 'tokenId must be given with tokenKey, or jwt instead of both'],
    [{ tokenKey }, 'tokenId must be given with tokenKey, or jwt instead of both'],
    [{ tokenId: TOKEN_ID }, 'tokenKey must be given with tokenId, or jwt instead of both'],
    [{ tokenId: TOKEN_ID, tokenKey, jwt }, 'jwt must be absent with tokenId and tokenKey'],
    [
      { jwt, filter: 'status=failure' },
      'filter must be one column, a predicate and a value, such as status=eq:failure',
    ],
    [
      { jwt, filter: 'action=eq:POST /api/v2/clients' },
      'filter must be one column, a predicate and a value, such as status=eq:failure',
    ],
    [
      { jwt, filter: 'status=eq:failure&action=eq:x' },
      'filter must be one column, a predicate and a value, such as status=eq:failure',
    ],
    [
      { jwt, filter: 'created_at=gt:2026' },
      'filter must be one column, a predicate and a value, such as status=eq:failure',
    ],
  ])('refuses %o', (fields, problem) => {
    expect(problems(fields)).toEqual([problem])
  })

  it('is another log with another host or filter, and not with another credential', () => {
    const identity = (more = {}) => JSON.stringify(bloodhound.identity({ ...config, ...more }))
    expect(identity({ tokenId: 'other', tokenKey: { secret: 'other' } })).toBe(identity())
    expect(identity({ baseUrl: `${baseUrl}/` })).toBe(identity())
    const others = [{ baseUrl: 'https://b.example' }, { filter: 'status=eq:failure' }].map(identity)
    expect(new Set([identity(), ...others]).size).toBe(3)
  })
})

it('a saved position survives being stored', () => {
  for (const pager of [
    { skip: 5, last: edge },
    { before: '2026-05-01T10:15:42.301878Z', pages: 2 },
  ]) {
    expect(bloodhound.position.parse(JSON.parse(JSON.stringify(at(pager))))).toEqual(at(pager))
  }
  expect(bloodhound.position.safeParse(at({ skip: -1 })).success).toBe(false)
})
