import { describe, expect, it } from 'vitest'
import { tines } from '../../../functions/poll/sources/tines.ts'
import { simulatedTines, type TinesLog, type TinesOptions } from '../../../local/vendors/tines.ts'
import type { Span } from '../../../shared/contracts/source.ts'
import { END, START, WHOLE, walk, writeThousand } from './walk.ts'

const MINUTE_MS = 60_000

const OPTIONS: TinesOptions[] = (['events', 'audit_logs'] as const).flatMap((feed) =>
  (['newest', 'oldest'] as const).flatMap((order) => [false, true].map((oldVersion) => ({ feed, order, oldVersion }))),
)

const PAGE_SIZES = { 100: 100, 7: 7, 'changing sizes': (n: number) => [64, 5, 1, 100, 2][n % 5] ?? 64 }

/** With ids on both sides of 2^53. */
function simulated(options: TinesOptions) {
  return simulatedTines({ ...options, idsAbove: 9_007_199_254_740_000n })
}

/** The live lane from START on, polled at `now`. */
function live(now: number, overlapMs = 300_000): Span {
  return { from: new Date(START).toISOString(), to: new Date(now - 30_000).toISOString(), overlapMs, bounded: false }
}

describe.each(OPTIONS)(
  'the source finds all of 1,000 records of the simulated $feed, $order first, old $oldVersion',
  (options) => {
    it.each(Object.entries(PAGE_SIZES))('on the live lane, %s a page', (_, pageSize) => {
      const vendor = simulated(options)
      const log = vendor.open(7)
      const emitted = writeThousand(log)
      const now = new Date(END + MINUTE_MS)
      const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize })
      expect(found.raws).toEqual(emitted)
      expect(found.malformed).toBe(0)
    })

    it('on a bounded lane, among others before and after', () => {
      const vendor = simulated(options)
      const log = vendor.open(7)
      for (let n = 60; n > 0; n--) log.emit(new Date(START - n * 500))
      const emitted = writeThousand(log)
      for (let n = 0; n < 60; n++) log.emit(new Date(END + n * 500))
      const found = walk(tines, vendor, log, { span: WHOLE, now: new Date(END + 60 * MINUTE_MS), pageSize: 50 })
      expect(found.raws).toEqual(emitted)
    })

    it('of a log that grows while it is polled, some of it committed late', () => {
      const vendor = simulated(options)
      const log = vendor.open(8)
      const emitted = new Map<string, string>()
      const raws = new Map<string, string>()
      let saved: unknown
      for (let minute = 0; minute < 90; minute++) {
        for (let n = 0; n < 12 && minute < 80; n++) {
          const at = START + minute * MINUTE_MS + n * 5_000
          // As late as settle and overlap allow.
          const { id, raw } = log.emit(new Date(at), new Date(at + (n % 5 === 0 ? 330_000 - n : 0)))
          emitted.set(id, raw)
        }
        const now = new Date(START + minute * MINUTE_MS + 59_000)
        const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize: 10, saved })
        for (const [id, raw] of found.raws) raws.set(id, raw)
        saved = found.position
      }
      expect(raws).toEqual(emitted)
    })
  },
)

describe('the source', () => {
  it.each(['newest', 'oldest'] as const)('finds them one by one as well, %s first', (order) => {
    const vendor = simulated({ order })
    const log = vendor.open(7)
    const emitted = writeThousand(log)
    const now = new Date(END + MINUTE_MS)
    const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize: 1 })
    expect(found.raws).toEqual(emitted)
  })

  it('misses nothing when records that it has read are deleted in mid-walk', () => {
    const vendor = simulated({})
    const log = vendor.open(7)
    const emitted = writeThousand(log)
    const [span, now] = [live(END + MINUTE_MS), new Date(END + MINUTE_MS)]
    const found = walk(tines, vendor, deletingBehind(log), { span, now, pageSize: 100 })
    expect(found.raws).toEqual(emitted)
  })

  it('asks once a minute when there is nothing new', () => {
    const vendor = simulated({})
    const log = vendor.open(7)
    writeThousand(log)
    let saved: unknown
    const requests = [10, 11, 12].map((minute) => {
      const now = new Date(END + minute * MINUTE_MS)
      const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize: 100, saved })
      saved = found.position
      return found.requests.length
    })
    expect(requests.slice(1)).toEqual([1, 1])
  })

  it('needs little more than a request a page, ties included', () => {
    const vendor = simulated({})
    const log = vendor.open(7)
    writeThousand(log)
    const now = new Date(END + MINUTE_MS)
    const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize: 100 })
    expect(found.requests.length).toBeLessThan(20)
  })

  it('needs little more than a request a page of a crowd, once it has seen that the order is by id', () => {
    const vendor = simulated({})
    const log = vendor.open(7)
    const jitterMs = [0, 40, -30, 10, -20]
    for (let n = 0; n < 5_000; n++) log.emit(new Date(START + 1_000 + n * 4 + (jitterMs[n % 5] ?? 0)))
    const now = new Date(START + 5 * MINUTE_MS)
    const found = walk(tines, vendor, log, { span: live(now.getTime()), now, pageSize: 100 })
    expect(found.raws.size).toBe(5_000)
    expect(found.requests.length).toBeLessThan(60)
  })

  it('takes the events of one story where it is told to', () => {
    const vendor = simulated({})
    const log = vendor.open(7)
    writeThousand(log)
    const one = (storyId: number) =>
      walk(tines, vendor, log, { span: WHOLE, now: new Date(END), pageSize: 100, fields: { storyId } }).raws.size
    expect(one(101) + one(102) + one(103)).toBe(1000)
    expect(one(104)).toBe(0)
  })
})

describe('the simulated Tines', () => {
  const vendor = simulatedTines()
  const log = vendor.open(1)
  const ids = Array.from({ length: 600 }, (_, n) => log.emit(new Date(START + n * 1_000)).id)
  const get = (query: string, headers: Record<string, string> = { authorization: 'Bearer tines-demo-key' }) =>
    log.answer(
      { method: 'GET', url: `https://acme.tines.com/api/v1/events?${query}`, headers },
      new Date(START + 700_000),
    )
  const idsOf = (query: string) => [...get(query).body.matchAll(/"id":(\d+),"user_id"/g)].map(([, id]) => id)

  it('shows 20 records unless told otherwise, and never more than 500', () => {
    expect([idsOf('').length, idsOf('per_page=100').length, idsOf('per_page=600').length]).toEqual([20, 100, 500])
    expect(idsOf('per_page=500&page=2')).toEqual(ids.slice(0, 100).reverse())
  })

  it('excludes since_id and includes until_id', () => {
    expect(idsOf(`since_id=${ids[3]}&until_id=${ids[6]}`)).toEqual([ids[6], ids[5], ids[4]])
  })

  it('names the next page by number and address', () => {
    expect(JSON.parse(get('per_page=400').body).meta).toEqual({
      current_page: 'https://acme.tines.com/api/v1/events?per_page=400&page=1',
      previous_page: null,
      next_page: 'https://acme.tines.com/api/v1/events?per_page=400&page=2',
      next_page_number: 2,
      per_page: 400,
      pages: 2,
      count: 600,
    })
  })

  it('forgets events after 7 days', () => {
    const week = new Date(START + 7 * 86_400_000 + 500_500)
    const request = {
      method: 'GET',
      url: 'https://acme.tines.com/api/v1/events',
      headers: { 'x-user-token': 'tines-demo-key' },
    } as const
    const later = vendor.open(1)
    for (let n = 0; n < 600; n++) later.emit(new Date(START + n * 1_000))
    expect(JSON.parse(later.answer(request, week).body).meta.count).toBe(99)
  })

  it('knows the time filters, and takes the key in two ways', () => {
    const at = (n: number) => new Date(START + n * 1_000).toISOString()
    expect(idsOf(`since=${at(3)}&until=${at(6)}`)).toEqual([ids[6], ids[5], ids[4]])
    expect(get('', { 'x-user-token': 'tines-demo-key' }).status).toBe(200)
  })

  it.each([
    ['', { authorization: 'Bearer another' }, 401],
    ['', {}, 401],
    ['since_id=abc', undefined, 400],
    ['per_page=0', undefined, 400],
    ['since=yesterday', undefined, 400],
    ['include_groups=true', undefined, 400],
  ])('answers "%s" with %j by an error', (query, headers, status) => {
    expect(get(query, headers).status).toBe(status)
  })

  it('writes the same records for the same seed, and what it shows is what it wrote', () => {
    const again = vendor.open(1)
    const { id, raw } = again.emit(new Date(START))
    expect(id).toBe(ids[0])
    expect(get(`until_id=${id}`).body).toContain(raw)
    expect(vendor.open(2).emit(new Date(START)).raw).not.toBe(raw)
  })
})

/** Before every answer, the records of the answer before it are deleted. */
function deletingBehind(log: TinesLog): Pick<TinesLog, 'emit' | 'answer'> {
  let shown: string[] = []
  return {
    emit: (at, visibleAt) => log.emit(at, visibleAt),
    answer(request, now) {
      for (const id of shown) log.remove(id)
      const response = log.answer(request, now)
      shown = [...response.body.matchAll(/"id":(\d+),"user_id"/g)].map(([, id]) => id ?? '')
      return response
    },
  }
}
