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
