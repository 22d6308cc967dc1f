import { describe, expect, it } from 'vitest'
import { bloodhound } from '../../../functions/poll/sources/bloodhound.ts'
import { type BloodhoundOptions, simulatedBloodhound } from '../../../local/vendors/bloodhound.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { CROWD, difference, END, SAME, START, WHOLE, walk, writeThousand } from './walk.ts'

const OPTIONS: BloodhoundOptions[] = (['both', 'skip', 'offset', 'none'] as const).flatMap((offsets) =>
  (['inclusive', 'strict'] as const).flatMap((bounds) =>
    (['microseconds', 'milliseconds'] as const).map((resolution) => ({ offsets, bounds, resolution })),
  ),
)

const now = new Date(END)

function walkThousand(options: BloodhoundOptions, pageSize: number, fields: Record<string, unknown> = {}) {
  const vendor = simulatedBloodhound(options)
  const log = vendor.open(7)
  const emitted = writeThousand(log)
  return { emitted, found: walk(bloodhound, vendor, log, { span: WHOLE, now, pageSize, fields }) }
}

describe('the source finds all of 1,000 records at the simulated BloodHound', () => {
  it.each(OPTIONS)('with offsets: $offsets, $bounds bounds, times in $resolution', (options) => {
    // 300 in one instant are more than a page of 100: by offset that is nothing, by time it takes a bigger page.
    for (const pageSize of [1_000, 100, 37]) {
      const { emitted, found } = walkThousand(options, pageSize)
      expect(difference(found.raws, emitted)).toEqual(SAME)
      expect(found.malformed).toBe(0)
      expect(found.gaps).toEqual([])
    }
  })

  it('when the server shows fewer rows than asked for, and says so', () => {
    const { emitted, found } = walkThousand({ mostRows: 50 }, 1_000)
    expect(difference(found.raws, emitted)).toEqual(SAME)
  })

  it('with a session instead of a signature', () => {
    const { emitted, found } = walkThousand({ auth: 'jwt' }, 1_000)
    expect(difference(found.raws, emitted)).toEqual(SAME)
  })

  it('and only those that match one column, when asked for', () => {
    const { emitted, found } = walkThousand({}, 100, { filter: 'status=eq:failure' })
    expect(
      difference(found.raws, new Map([...emitted].filter(([, raw]) => raw.includes('"status":"failure"')))),
    ).toEqual(SAME)
  })
})

it('an instant that holds more than sixteen pages, at a server without offsets, is a gap', () => {
  const { emitted, found } = walkThousand({ offsets: 'none', resolution: 'milliseconds' }, 10)
  expect(found.gaps).toEqual([
    // Reading goes on below .122999, which a server with strict bounds would leave out: so it is in the gap.
    { from: '2026-05-01T03:00:00.122Z', to: '2026-05-01T03:00:00.124Z', reason: 'saturated' },
  ])
  expect(found.raws.size).toBeGreaterThanOrEqual(700 + 160)
  const missing = [...emitted].filter(([id]) => !found.raws.has(id))
  expect(missing.every(([, raw]) => raw.includes('"created_at":"2026-05-01T03:00:00.123Z"'))).toBe(true)
})

describe('the simulated BloodHound', () => {
  const vendor = simulatedBloodhound({ auth: 'jwt' })
  const authorization = `Bearer ${vendor.secrets['bloodhound/session']}`
  const request = (query: string, headers: Record<string, string> = {}, path = '/api/v2/audit'): HttpRequest => ({
    method: 'GET',
    url: `https://acme.bloodhoundenterprise.io${path}${query}`,
    headers: { authorization, ...headers },
  })
  const log = vendor.open(1)
  for (let n = 0; n < 20; n++) log.emit(new Date(CROWD + n))
  const list = (query: string, at = now) =>
    JSON.parse(log.answer(request(query), at).body) as { count: number; limit: number; data: { logs: unknown[] } }

  it('gives the same records for the same seed, of about 500 bytes each, with ids beyond 2^53', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => simulatedBloodhound().open(seed).emit(new Date(START)))
    expect(a).toEqual(b)
    expect(a?.raw).not.toBe(c?.raw)
    const ids = Array.from({ length: 200 }, () => log.emit(new Date(START)).id)
    expect(ids.filter((id) => BigInt(id) > 9_007_199_254_740_992n).length).toBeGreaterThan(50)
    const bytes = Array.from({ length: 20 }, () => log.emit(new Date(START)).raw.length)
    expect(bytes.reduce((sum, size) => sum + size) / 20).toBeGreaterThan(450)
    expect(bytes.reduce((sum, size) => sum + size) / 20).toBeLessThan(750)
  })

  it('counts the whole log whatever the interval', () => {
    const { count, data } = list('?after=2026-05-01T03:00:00.123Z&before=2026-05-01T03:00:00.124Z')
    expect([count > 200, data.logs.length]).toEqual([true, 1])
  })

  it('shows what is older than a year only when asked for it', () => {
    const old = vendor.open(1)
    old.emit(new Date(START))
    const later = new Date(START + 400 * 86_400_000)
    const count = (query: string) => JSON.parse(old.answer(request(query), later).body).data.logs.length
    expect([count(''), count('?after=2026-04-30T00:00:00Z')]).toEqual([0, 1])
  })

  it.each([
    ['a column that sorts nothing', request('?sort_by=fields'), 400, 'column format does not support sorting'],
    ['a column that filters nothing', request('?foo=gt:0'), 400, 'the specified column cannot be filtered: foo'],
    [
      'an unknown predicate',
      request('?actor_name=is:ada'),
      400,
      'there are errors in the query parameter filters specified',
    ],
    [
      'a predicate of other columns',
      request('?actor_name=gte:0'),
      400,
      'the specified filter predicate is not supported for this column: actor_name gte',
    ],
    [
      'two filters',
      request('?status=eq:failure&action=eq:UpdateUser'),
      500,
      'an internal error has occurred that is preventing the service from servicing this request',
    ],
    ['a skip that is no number', request('?skip=invalid'), 400, 'query parameter "skip" is malformed'],
    ['a time that is none', request('?before=now'), 400, 'query parameter "before" is malformed'],
    ['a wrong session', request('', { authorization: 'Bearer wrong' }), 401, 'Token Authorization failed.'],
    [
      'three words of authorization',
      request('', { authorization: 'Bearer a b' }),
      400,
      'Expected only two components for the Authorization header.',
    ],
    ['another path', request('', {}, '/api/v2/users'), 404, 'resource not found'],
  ])('answers %s with its error', (_name, wrong, status, message) => {
    const response = log.answer(wrong, now)
    expect(response.status).toBe(status)
    expect(JSON.parse(response.body)).toMatchObject({ http_status: status, errors: [{ message }] })
  })

  /** The vector of the vendor's signature scheme: SHA-256 HMACs over operation, hour and body. */
  it('checks the signature, its hour included', () => {
    const signing = simulatedBloodhound()
    const url = 'https://acme.bloodhoundenterprise.io/api/v2/audit?limit=10'
    const config = bloodhound.config.parse({ baseUrl: 'https://acme.bloodhoundenterprise.io', ...signing.settings })
    const headers = bloodhound.authorize(
      { method: 'GET', url, headers: {} },
      config as never,
      ({ secret }) => signing.secrets[secret] ?? '',
      now,
    )
    const signed = signing.open(1)
    const status = (more: Record<string, string>, at = now, address = url) =>
      signed.answer({ method: 'GET', url: address, headers: { ...headers, ...more } }, at).status
    expect(status({})).toBe(200)
    expect(status({}, new Date(END + 3_599_000))).toBe(200)
    expect(status({}, new Date(END + 3_601_000))).toBe(401)
    expect(status({}, new Date(END - 3_601_000))).toBe(401)
    expect(status({ requestdate: '2026-05-01T11:59:59Z' })).toBe(401)
    expect(status({ signature: Buffer.from('no').toString('base64') })).toBe(401)
    expect(status({}, now, `${url}1`)).toBe(401)
    expect(status({ authorization: 'bhesignature 00000000-0000-4000-8000-000000000000' })).toBe(404)
    expect(status({ authorization: 'bhesignature acme' })).toBe(400)
  })

  it('answers the pages of a log of 300,000 records without delay', () => {
    const big = simulatedBloodhound({ auth: 'jwt' }).open(1)
    for (let n = 0; n < 300_000; n++) big.emit(new Date(START + n * 100))
    const bodies = [0, 150_000, 299_500].map((skip) => {
      const query = `?after=2026-05-01T00:00:00Z&before=2026-05-03T00:00:00Z&limit=1000&skip=${skip}&sort_by=-id`
      return JSON.parse(big.answer(request(query), new Date(START + 86_400_000)).body).data.logs.length
    })
    expect(bodies).toEqual([1_000, 1_000, 500])
  })
})
