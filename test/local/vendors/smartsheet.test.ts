import { describe, expect, it } from 'vitest'
import { smartsheet } from '../../../functions/poll/sources/smartsheet.ts'
import { type SmartsheetOptions, simulatedSmartsheet } from '../../../local/vendors/smartsheet.ts'
import type { Span } from '../../../shared/contracts/source.ts'
import { END, START, WHOLE, walk, writeThousand } from './walk.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const OPTIONS: SmartsheetOptions[] = (['floor', 'round'] as const).flatMap((hours) =>
  [true, false].map((positionKeepsTo) => ({ hours, positionKeepsTo })),
)

const PAGE_SIZES = {
  1000: 1000,
  100: 100,
  7: 7,
  1: 1,
  'changing sizes': (n: number) => [64, 5, 1, 100, 2][n % 5] ?? 64,
}

/** The live lane from START on, polled at `now`. */
function live(now: number): Span {
  return { from: new Date(START).toISOString(), to: new Date(now - 60_000).toISOString(), overlapMs: 0, bounded: false }
}

describe.each(OPTIONS)('the source finds all of 1,000 events at the simulated Smartsheet: %j', (options) => {
  it.each(Object.entries(PAGE_SIZES))('on the live lane, %s a page', (_, pageSize) => {
    const vendor = simulatedSmartsheet(options)
    const log = vendor.open(7)
    const emitted = writeThousand(log)
    const now = new Date(END + MINUTE_MS)
    const found = walk(smartsheet, vendor, log, { span: live(now.getTime()), now, pageSize })
    expect(found.raws).toEqual(emitted)
    expect(found.malformed).toBe(0)
  })

  it('on a bounded lane, among others before and after', () => {
    const vendor = simulatedSmartsheet(options)
    const log = vendor.open(7)
    const [from, to] = [START + 45 * MINUTE_MS, START + 50 * HOUR_MS + 10 * MINUTE_MS]
    const emitted = new Map<string, string>()
    for (let at = START; at < START + 60 * HOUR_MS; at += 5 * MINUTE_MS) {
      const { id, raw } = log.emit(new Date(at))
      if (at >= from && at < to) emitted.set(id, raw)
    }
    const span = { ...WHOLE, from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    const found = walk(smartsheet, vendor, log, { span, now: new Date(START + 100 * HOUR_MS), pageSize: 50 })
    expect(found.raws).toEqual(emitted)
  })

  it('of a stream that grows while it is polled, some of it late', () => {
    const vendor = simulatedSmartsheet(options)
    const log = vendor.open(8)
    const emitted = new Map<string, string>()
    const raws = new Map<string, string>()
    let saved: unknown
    for (let minute = 0; minute < 120; minute++) {
      // Every other minute is silent, and shows only what is late.
      for (let n = 0; n < 6 && minute < 100 && minute % 2 === 0; n++) {
        const at = START + minute * MINUTE_MS + n * 10_000
        const { id, raw } = log.emit(new Date(at), new Date(at + (n % 3 === 0 ? 90_000 : 0)))
        emitted.set(id, raw)
      }
      const now = new Date(START + (minute + 1) * MINUTE_MS + 1_000)
      const found = walk(smartsheet, vendor, log, { span: live(now.getTime()), now, pageSize: 4, saved })
      for (const [id, raw] of found.raws) raws.set(id, raw)
      saved = found.position
    }
    expect(raws).toEqual(emitted)
  })
})

/** Polls once an hour, from the first hour after END to the last. */
function pollHourly(vendor: ReturnType<typeof simulatedSmartsheet>, hours: number) {
  const log = vendor.open(7)
  const emitted = writeThousand(log)
  const raws = new Map<string, string>()
  let saved: unknown
  let rejections = 0
  const gaps: unknown[] = []
  const poll = (hour: number) => {
    const now = new Date(END + hour * HOUR_MS)
    const found = walk(smartsheet, vendor, log, { span: live(now.getTime()), now, pageSize: 100, saved })
    for (const [id, raw] of found.raws) raws.set(id, raw)
    rejections += found.rejections
    gaps.push(...found.gaps)
    saved = found.position
    return found.requests.length
  }
  const requests = Array.from({ length: hours }, (_, hour) => poll(hour + 1))
  return { log, emitted, raws, poll, requests, gaps, rejections: () => rejections }
}

describe('the source', () => {
  it('asks once a poll when there is nothing new', () => {
    expect(pollHourly(simulatedSmartsheet(), 4).requests).toEqual([10, 1, 1, 1])
  })

  it('renews its position through an idle week, and misses nothing of what follows', () => {
    const { log, emitted, raws, poll, rejections } = pollHourly(
      simulatedSmartsheet({ positionsExpireMs: 51 * HOUR_MS }),
      170,
    )
    const late = log.emit(new Date(END + 169 * HOUR_MS), new Date(END + 171 * HOUR_MS))
    poll(171)
    expect(raws).toEqual(emitted.set(late.id, late.raw))
    expect(rejections()).toBe(0)
  })

  it('goes back by time when its position was refused, and misses nothing', () => {
    const { log, emitted, raws, poll, rejections } = pollHourly(simulatedSmartsheet({ positionsExpireMs: HOUR_MS }), 3)
    const next = log.emit(new Date(END + 3.5 * HOUR_MS))
    poll(30)
    expect(raws).toEqual(emitted.set(next.id, next.raw))
    expect(rejections()).toBeGreaterThan(0)
  })

  it('says what it missed when its position was refused for longer than events are kept', () => {
    const { log, poll, gaps } = pollHourly(
      simulatedSmartsheet({ positionsExpireMs: HOUR_MS, keepsMs: 20 * HOUR_MS }),
      3,
    )
    log.emit(new Date(END + 4 * HOUR_MS))
    log.emit(new Date(END + 12 * HOUR_MS))
    poll(30)
    const [gap] = gaps
    expect(gaps).toHaveLength(1)
    expect(gap).toMatchObject({ to: new Date(END + 12 * HOUR_MS).toISOString(), reason: 'retention' })
    expect(Date.parse((gap as { from: string }).from)).toBeLessThan(END + HOUR_MS)
  })
})

describe('the simulated Smartsheet', () => {
  const headers = { authorization: 'Bearer smartsheet-demo-token', 'accept-encoding': 'gzip' }
  const open = (options: SmartsheetOptions = {}) => {
    const log = simulatedSmartsheet(options).open(1)
    const ids = Array.from({ length: 20 }, (_, n) => log.emit(new Date(START + n * 15 * MINUTE_MS)).id)
    const get = (query: string, more: Record<string, string> = headers) =>
      log.answer(
        { method: 'GET', url: `https://api.smartsheet.com/2.0/events?${query}`, headers: more },
        new Date(START + 10 * HOUR_MS),
      )
    const idsOf = (query: string) => JSON.parse(get(query).body).data.map(({ eventId }: { eventId: string }) => eventId)
    return { ids, get, idsOf }
  }
  const start = '2026-05-01T00:00:00Z'

  it('resolves since and to to the hour, down or to the nearest', () => {
    const [down, nearest] = [open({ hours: 'floor' }), open({ hours: 'round' })]
    expect(down.idsOf('since=2026-05-01T01:45:00Z')).toEqual(down.ids.slice(4))
    expect(nearest.idsOf('since=2026-05-01T01:45:00Z')).toEqual(nearest.ids.slice(8))
    expect(down.idsOf(`since=${start}&to=2026-05-01T01:45:00Z`)).toEqual(down.ids.slice(0, 5))
    expect(nearest.idsOf(`since=${start}&to=2026-05-01T01:45:00Z`)).toEqual(nearest.ids.slice(0, 9))
  })

  it('shows nothing when to is since, and begins at the oldest event for a since before it', () => {
    const { ids, idsOf } = open()
    expect(idsOf(`since=${start}&to=${start}`)).toEqual([])
    expect(idsOf('since=2010-01-01T00:00:00Z')).toEqual(ids)
  })

  it('says whether there is more, and goes on from there', () => {
    const { ids, get, idsOf } = open()
    const first = JSON.parse(get(`since=${start}&maxCount=15`).body)
    expect([first.data.length, first.moreAvailable]).toEqual([15, true])
    expect(idsOf(`streamPosition=${first.nextStreamPosition}`)).toEqual(ids.slice(15))
  })

  it.each([
    [`since=${start}&streamPosition=x`, headers, 400, 1227],
    ['', headers, 400, 1228],
    [`since=${start}&maxCount=0`, headers, 400, 1229],
    [`since=${start}&maxCount=10001`, headers, 400, 1229],
    ['streamPosition=XyzAb1234', headers, 400, 1018],
    ['since=yesterday', headers, 400, 1018],
    [`since=${start}&numericDates=true`, headers, 400, 1018],
    [`since=${start}&to=2026-04-30T00:00:00Z`, headers, 400, 1018],
    [`since=${start}`, { ...headers, 'accept-encoding': 'gzip, deflate, br' }, 400, 1011],
    [`since=${start}`, {}, 401, 1001],
    [`since=${start}`, { authorization: 'Bearer another' }, 401, 1002],
  ])('answers "%s" with %j by status %i and code %i', (query, sent, status, errorCode) => {
    const response = open().get(query, sent)
    expect([response.status, JSON.parse(response.body).errorCode]).toEqual([status, errorCode])
  })

  it('writes the same records for the same seed, and what it shows is what it wrote', () => {
    const { id, raw } = simulatedSmartsheet().open(1).emit(new Date(START))
    const { ids, get } = open()
    expect(id).toBe(ids[0])
    expect(get(`since=${start}&maxCount=1`).body).toContain(raw)
  })
})
