import { describe, expect, it } from 'vitest'
import { merge } from '../../../functions/poll/sources/merge.ts'
import { type MergeOptions, simulatedMerge } from '../../../local/vendors/merge.ts'
import type { HttpRequest } from '../../../shared/contracts/http.ts'
import { CROWD, difference, END, SAME, START, WHOLE, walk, writeThousand } from './walk.ts'

const OPTIONS: MergeOptions[] = (['newest', 'oldest'] as const).flatMap((order) =>
  (['strict', 'inclusive'] as const).flatMap((bounds) =>
    (['microseconds', 'milliseconds'] as const).flatMap((resolution) =>
      [true, false].map((obeysEnd) => ({ order, bounds, resolution, obeysEnd })),
    ),
  ),
)

const now = new Date(END + 60_000)

function walkThousand(options: MergeOptions, pageSize: number, fields: Record<string, unknown> = {}) {
  const vendor = simulatedMerge(options)
  const log = vendor.open(7)
  const emitted = writeThousand(log)
  return { emitted, found: walk(merge, vendor, log, { span: WHOLE, now, pageSize, fields }) }
}

describe('the source finds all of 1,000 events at the simulated Merge', () => {
  it.each(OPTIONS)('with $order first, $bounds bounds, end obeyed $obeysEnd, times in $resolution', (options) => {
    for (const pageSize of [100, 37]) {
      const { emitted, found } = walkThousand(options, pageSize)
      expect(difference(found.raws, emitted)).toEqual(SAME)
      expect(found.malformed).toBe(0)
      expect(found.requests).toHaveLength(Math.ceil(1_000 / pageSize))
    }
  })

  it('when the last page ends with an empty cursor', () => {
    const { emitted, found } = walkThousand({ end: '' }, 100)
    expect(difference(found.raws, emitted)).toEqual(SAME)
  })

  it('when cursors expire, as long as they do not do it again and again', () => {
    const { emitted, found } = walkThousand({ rejects: (nth) => nth % 8 === 0 && nth < 30 }, 100)
    expect(difference(found.raws, emitted)).toEqual(SAME)
    expect(found.rejections).toBe(3)
    expect(() => walkThousand({ rejects: () => true }, 100)).toThrow()
  })

  it('and only those of a user or a type, when asked for', () => {
    for (const [fields, text] of [
      [{ eventType: 'INVITED_USER' }, '"event_type":"INVITED_USER"'],
      [{ userEmail: 'ada@example.com' }, '"user_email":"ada@example.com"'],
    ] as const) {
      const { emitted, found } = walkThousand({}, 100, fields)
      expect(difference(found.raws, new Map([...emitted].filter(([, raw]) => raw.includes(text))))).toEqual(SAME)
    }
  })
})

describe('the simulated Merge', () => {
  const vendor = simulatedMerge()
  const request = (
    query: string,
    headers: Record<string, string> = {},
    path = '/api/hris/v1/audit-trail',
  ): HttpRequest => ({
    method: 'GET',
    url: `https://api.merge.dev${path}${query}`,
    headers: { authorization: `Bearer ${vendor.secrets['merge/api-key']}`, ...headers },
  })
  const thirtyFive = () => {
    const log = vendor.open(1)
    for (let n = 0; n < 35; n++) log.emit(new Date(CROWD + n))
    return log
  }
  const list = (log: ReturnType<typeof thirtyFive>, query: string) =>
    JSON.parse(log.answer(request(query), now).body) as { next: string | null; results: { id: string }[] }

  it('gives the same records for the same seed, of about 500 bytes each', () => {
    const [a, b, c] = [7, 7, 8].map((seed) => simulatedMerge().open(seed).emit(new Date(START)))
    expect(a).toEqual(b)
    expect(a?.id).not.toBe(c?.id)
    expect(a?.raw.length).toBeGreaterThan(400)
    expect(a?.raw.length).toBeLessThan(700)
  })

  it('shows 30 events unless asked for more, 100 at most, newest first', () => {
    const log = thirtyFive()
    expect(list(log, '').results).toHaveLength(30)
    expect(list(log, '?page_size=1000').results).toHaveLength(35)
    for (let n = 0; n < 100; n++) log.emit(new Date(CROWD + 100 + n))
    expect(list(log, '?page_size=1000').results).toHaveLength(100)
    expect(list(log, '?page_size=2').results).toEqual(list(log, '').results.slice(0, 2))
  })

  it('writes cursors as its documents show them', () => {
    const log = simulatedMerge({ resolution: 'milliseconds' }).open(1)
    for (const ms of [1, 2]) log.emit(new Date(Date.parse('2021-01-06T03:24:53.430Z') + ms))
    const { next } = list(log, '?page_size=1')
    expect(Buffer.from(next ?? '', 'base64').toString()).toBe('p=2021-01-06+03%3A24%3A53.432000%2B00%3A00')
    expect(list(log, `?page_size=1&cursor=${next}`).results).toHaveLength(1)
  })

  it.each([
    ['an unreadable cursor', request('?cursor=xyz'), 404, 'Invalid cursor'],
    ['no date', request('?start_date=yesterday'), 400, 'Enter a valid date/time.'],
    ['a wrong key', request('', { authorization: 'Bearer wrong' }), 401, 'Invalid token.'],
    ['an unknown category', request('', {}, '/api/weather/v1/audit-trail'), 404, 'Not found.'],
  ])('answers %s with its error', (_name, wrong, status, detail) => {
    const response = thirtyFive().answer(wrong, now)
    expect(response).toMatchObject({ status, body: JSON.stringify({ detail }) })
  })

  it('blocks a sender after more than 20 failures in 10 seconds', () => {
    const log = thirtyFive()
    const statuses = Array.from({ length: 22 }, (_, n) => log.answer(request('?cursor=xyz'), new Date(END + n)).status)
    expect(statuses.slice(19)).toEqual([404, 404, 403])
    expect(log.answer(request(''), new Date(END + 30)).status).toBe(403)
    expect(log.answer(request(''), new Date(END + 10_030)).status).toBe(200)
  })
})
