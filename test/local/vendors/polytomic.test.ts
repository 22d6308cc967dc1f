import { describe, expect, it } from 'vitest'
import { polytomic } from '../../../functions/poll/sources/polytomic.ts'
import { type PolytomicOptions, simulatedPolytomic } from '../../../local/vendors/polytomic.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { CROWD, difference, END, SAME, START, WHOLE, walk, writeThousand } from './walk.ts'

const OPTIONS: PolytomicOptions[] = [true, false].flatMap((tokens) =>
  (['newest', 'oldest', 'none'] as const).flatMap((order) =>
    (['microseconds', 'milliseconds', 'seconds'] as const).map((resolution) => ({ tokens, order, resolution })),
  ),
)

const now = new Date(END)

function walkThousand(options: PolytomicOptions, pageSize: number, fields: Record<string, unknown> = {}) {
  const vendor = simulatedPolytomic(options)
  const log = vendor.open(7)
  const emitted = writeThousand(log)
  return { emitted, found: walk(polytomic, vendor, log, { span: WHOLE, now, pageSize, fields }) }
}

describe('the source finds all of 1,000 events at the simulated Polytomic', () => {
  it.each(OPTIONS)('with $order first, tokens $tokens, times in $resolution', (options) => {
    for (const pageSize of [100, 40]) {
      const { emitted, found } = walkThousand(options, pageSize)
      expect(difference(found.raws, emitted)).toEqual(SAME)
      expect(found.gaps).toEqual([])
      expect(found.malformed).toBe(0)
    }
  })

  it('with tokens in a tenth of the requests that a reader of ten events a page would make', () => {
    expect(walkThousand({}, 100).found.requests).toHaveLength(10)
  })

  it('without tokens in some three requests a page', () => {
    expect(walkThousand({ tokens: false }, 100).found.requests.length).toBeLessThan(35)
  })

  it('when tokens expire', () => {
    const { emitted, found } = walkThousand({ rejects: (nth) => nth === 4 }, 40)
    expect(difference(found.raws, emitted)).toEqual(SAME)
    expect(found.rejections).toBe(1)
  })

  it('in some two requests for ten events when every page has a token, and none is taken', () => {
    const { emitted, found } = walkThousand({ tokens: 'always', rejects: () => true, order: 'none' }, 100)
    expect(difference(found.raws, emitted)).toEqual(SAME)
    expect(found.gaps).toEqual([])
    expect(found.requests.length).toBeLessThan(400)
  })

  it('with an event type that the vendor ignores, and nothing else', () => {
    const { emitted, found } = walkThousand({ filters: false }, 100, { eventType: 'sync.failed' })
    const wanted = [...emitted].filter(([, raw]) => raw.includes('"type":"sync.failed"'))
    expect(difference(found.raws, new Map(wanted))).toEqual(SAME)
  })

  it('with the basic scheme', () => {
    const { emitted, found } = walkThousand({ auth: 'basic' }, 100)
    expect(difference(found.raws, emitted)).toEqual(SAME)
  })
})

describe('an instant that holds more than any question can show', () => {
  const gap = { from: '2026-05-01T03:00:00.123Z', to: '2026-05-01T03:00:00.124Z', reason: 'saturated' }

  it('is a gap, and everything else is found', () => {
    const { emitted, found } = walkThousand({ tokens: false, resolution: 'milliseconds', onlyType: 'sync.failed' }, 20)
    expect(new Set(found.gaps.map((gap) => JSON.stringify(gap)))).toEqual(new Set([JSON.stringify(gap)]))
    const missing = [...emitted].filter(([id]) => !found.raws.has(id))
    expect(missing.every(([, raw]) => raw.includes('"created_at":"2026-05-01T03:00:00.123Z"'))).toBe(true)
    expect(found.raws.size).toBeGreaterThanOrEqual(700 + 100)
  })

  const types = ['sync.queued', 'bulk_sync.queued']

  it('is no gap because pages had to be small', () => {
    const { emitted, found } = walkThousand({ tokens: false, resolution: 'milliseconds' }, 20)
    expect(difference(found.raws, emitted)).toEqual(SAME)
    expect(found.gaps).toEqual([])
  })

  it('is asked for in the types that the vendor lists, whether the documents name them or not', () => {
    const { emitted, found } = walkThousand({ tokens: false, resolution: 'milliseconds', moreTypes: types }, 40)
    expect(difference(found.raws, emitted)).toEqual(SAME)
    expect(found.gaps).toEqual([])
    expect(found.requests.filter((url) => url.endsWith('/api/events_types'))).toHaveLength(1)
  })

  it.each(['forbidden', 'list of nothing'] as const)('is a gap when the list of types is a %s', (answer) => {
    const options = { tokens: false, resolution: 'milliseconds', moreTypes: types, types: answer } as const
    const { emitted, found } = walkThousand(options, 40)
    expect(new Set(found.gaps.map((gap) => JSON.stringify(gap)))).toEqual(new Set([JSON.stringify(gap)]))
    const missing = [...emitted].filter(([id]) => !found.raws.has(id))
    expect(missing.every(([, raw]) => types.some((type) => raw.includes(`"type":"${type}"`)))).toBe(true)
    expect(missing.length).toBeLessThan(60)
  })

  it('is one gap, at once, when the vendor ignores types', () => {
    const { found } = walkThousand({ tokens: false, resolution: 'milliseconds', filters: false }, 100)
    expect(found.gaps).toEqual([gap])
    expect(found.requests.length).toBeLessThan(35)
  })
})

describe('the simulated Polytomic', () => {
  const vendor = simulatedPolytomic()
  const request = (query: string, headers: Record<string, string> = {}): HttpRequest => ({
    method: 'GET',
    url: `https://app.polytomic.com/api/events${query}`,
    headers: { authorization: `Bearer ${vendor.secrets['polytomic/api-key']}`, ...headers },
  })
  const log = vendor.open(1)
  for (let n = 0; n < 12; n++) log.emit(new Date(CROWD + n))
  const ids = (query: string, at = now) => {
    const { data } = JSON.parse(log.answer(request(query), at).body) as { data: { id: string }[] | null }
    return data?.map(({ id }) => id) ?? data
  }

  it('gives the same records for the same seed, of about 700 bytes each', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => simulatedPolytomic().open(seed).emit(new Date(START)))
    expect(a).toEqual(b)
    expect(a?.id).not.toBe(c?.id)
    expect(a?.raw.length).toBeGreaterThan(400)
    expect(a?.raw.length).toBeLessThan(900)
  })

  it('shows ten events unless asked for more, newest first', () => {
    expect(ids('')).toHaveLength(10)
    expect(ids('?limit=100')).toHaveLength(12)
    expect(ids('?limit=1')).toEqual([ids('?limit=100')?.[0]])
  })

  it('takes both bounds strictly', () => {
    const quiet = simulatedPolytomic({ resolution: 'milliseconds' }).open(1)
    const { id } = quiet.emit(new Date('2026-05-01T10:00:00.001Z'))
    const body = (after: string, before: string) =>
      quiet.answer(request(`?starting_after=2026-05-01T10:00:${after}Z&ending_before=2026-05-01T10:00:${before}Z`), now)
        .body
    expect(body('00.000', '00.002')).toContain(id)
    expect(body('00.001', '00.002')).toBe('{"data":null}')
    expect(body('00.000', '00.001')).toBe('{"data":null}')
  })

  it('keeps events for 48 hours', () => {
    expect(ids('', new Date(CROWD + 48 * 3_600_000))).not.toBeNull()
    expect(ids('', new Date(CROWD + 48 * 3_600_000 + 20))).toBeNull()
  })

  it('shows an event once it is visible, in its place', () => {
    const slow = simulatedPolytomic().open(1)
    slow.emit(new Date(START), new Date(START + 5_000))
    slow.emit(new Date(START + 1_000))
    const count = (at: number) => slow.answer(request('?limit=5'), new Date(at)).body.split('"created_at"').length - 1
    expect([count(START + 999), count(START + 1_000), count(START + 4_999), count(START + 5_000)]).toEqual([0, 1, 1, 2])
  })

  it.each([
    ['?limit=101', 422],
    ['?limit=0', 422],
    ['?starting_after=yesterday', 422],
    ['?page_token=abc', 422],
  ])('answers %s with %i and its error body', (query, status) => {
    const response = log.answer(request(query), now)
    expect(response.status).toBe(status)
    expect(JSON.parse(response.body)).toMatchObject({ status, key: expect.any(String), message: expect.any(String) })
  })

  it('refuses a token with other filters', () => {
    const { pagination } = JSON.parse(log.answer(request('?limit=5'), now).body)
    expect(ids(`?limit=5&page_token=${encodeURIComponent(pagination.next_page_token)}`)).toHaveLength(5)
    const other = request(`?limit=5&type=sync.failed&page_token=${encodeURIComponent(pagination.next_page_token)}`)
    expect(log.answer(other, now).status).toBe(422)
  })

  it('refuses a wrong key with 401 and an unknown version with 400', () => {
    expect(log.answer(request('', { authorization: 'Bearer wrong' }), now).status).toBe(401)
    expect(log.answer(request('', { 'x-polytomic-version': '1999-01-01' }), now).status).toBe(400)
  })
})
