import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Span } from '../../../shared/contracts/source.ts'
import { fromMs, toMs } from '../../../shared/contracts/time.ts'
import {
  closeWindow,
  cutWindow,
  endWindow,
  openOf,
  openWindow,
  turnPage,
  type Windowed,
  windowed,
} from '../../../shared/contracts/window.ts'

const DAY_MS = 86_400_000
const START = '2026-05-01T00:00:00.000Z'
const span: Span = { from: START, to: '2026-05-01T10:00:00.000Z', overlapMs: 300_000, bounded: false }
const first = () => ({ page: 1 })

describe('openWindow()', () => {
  test('begins a new lane at its start, without an overlap', () => {
    expect(openWindow(undefined, span, first, DAY_MS)).toEqual({
      reached: START,
      window: { from: START, to: '2026-05-01T10:00:00.000Z', pager: { page: 1 } },
    })
  })

  test('begins the next window an overlap behind the last', () => {
    expect(openWindow({ reached: '2026-05-01T09:00:00.000Z' }, span, first, DAY_MS)).toEqual({
      reached: '2026-05-01T09:00:00.000Z',
      window: { from: '2026-05-01T08:55:00.000Z', to: '2026-05-01T10:00:00.000Z', pager: { page: 1 } },
    })
  })

  test('keeps an open window, whatever the clock says', () => {
    const open = openWindow(undefined, span, first, DAY_MS)
    expect(openWindow(open, { ...span, to: '2026-06-01T00:00:00.000Z' }, first, DAY_MS)).toBe(open)
  })

  test('cuts a backlog to the longest window', () => {
    const { window } = openWindow(undefined, { ...span, to: '2026-06-01T00:00:00.000Z' }, first, DAY_MS)
    expect(window?.to).toBe('2026-05-02T00:00:00.000Z')
  })

  test('gives the bounds to the first pager', () => {
    const { window } = openWindow(undefined, span, (from, to) => ({ todo: [from, to] }), DAY_MS)
    expect(window?.pager).toEqual({ todo: [START, '2026-05-01T10:00:00.000Z'] })
  })
})

describe('turnPage() and closeWindow()', () => {
  test('a turned page moves nothing but the pager', () => {
    const open = openWindow(undefined, span, first, DAY_MS)
    expect(turnPage(open, { page: 2 })).toEqual({
      reached: START,
      window: { from: START, to: '2026-05-01T10:00:00.000Z', pager: { page: 2 } },
    })
  })

  test('a closed window is reached up to its end', () => {
    expect(closeWindow(openWindow(undefined, span, first, DAY_MS))).toEqual({ reached: '2026-05-01T10:00:00.000Z' })
  })

  test('reached never goes back, not even when the clock did', () => {
    const at = openWindow({ reached: '2026-05-01T11:00:00.000Z' }, span, first, DAY_MS)
    expect(closeWindow(at)).toEqual({ reached: '2026-05-01T11:00:00.000Z' })
  })

  test('without an open window they refuse', () => {
    for (const use of [openOf, closeWindow, (at: Windowed<unknown>) => turnPage(at, {})]) {
      expect(() => use({ reached: START })).toThrow(TypeError)
    }
  })
})

test('whatever the polls and settings, the windows leave no instant out and each begins an overlap behind the last', () => {
  const polls = fc.array(fc.integer({ min: 1, max: 3 * DAY_MS }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      polls,
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 1, max: DAY_MS }),
      (gaps, overlapMs, longestMs) => {
        const startMs = toMs(START)
        let clockMs = startMs
        let saved: Windowed<object> | undefined
        let coveredMs = startMs
        for (const gap of gaps) {
          clockMs += gap
          const to = fromMs(clockMs)
          const at = openWindow(
            saved,
            { from: START, to, overlapMs, bounded: false },
            () => ({}),
            longestMs + overlapMs,
          )
          const { window } = at
          expect(toMs(window?.from ?? '')).toBe(saved === undefined ? startMs : coveredMs - overlapMs)
          saved = closeWindow(at)
          expect(toMs(saved.reached)).toBeGreaterThan(coveredMs)
          expect(toMs(saved.reached)).toBeLessThanOrEqual(clockMs)
          coveredMs = toMs(saved.reached)
        }
      },
    ),
  )
})

describe('cutWindow()', () => {
  const SECOND_MS = 1_000
  const window = (from: string, to: string): Windowed<{ page: number }> => ({
    reached: START,
    window: { from: `2026-05-01T${from}Z`, to: `2026-05-01T${to}Z`, pager: { page: 3 } },
  })

  test('halves a window, and the second half comes after the first, from its first page on', () => {
    const { position, more, gap } = cutWindow(window('09:00:00.000', '10:00:00.000'), first, SECOND_MS)
    const half = { from: '2026-05-01T09:30:00.000Z', to: '2026-05-01T10:00:00.000Z' }
    expect([more, gap]).toEqual([true, undefined])
    expect(position.window).toEqual({
      from: '2026-05-01T09:00:00.000Z',
      to: half.from,
      pager: { page: 1 },
      rest: [half],
    })
    const after = endWindow(position, first)
    expect(after).toEqual({ position: { reached: START, window: { ...half, pager: { page: 1 } } }, more: true })
    expect(endWindow(after.position, first)).toEqual({ position: { reached: half.to }, more: false })
  })

  test('a record is the same gap whichever window it was found in', () => {
    const inside = toMs('2026-05-01T09:10:00.700Z')
    const edges = fc.integer({ min: 1, max: 9_000_000 })
    fc.assert(
      fc.property(edges, edges, (before, behind) => {
        let at: Windowed<{ page: number }> = {
          reached: START,
          window: { from: fromMs(inside - before - 700), to: fromMs(inside + behind + 300), pager: { page: 1 } },
        }
        const gaps: unknown[] = []
        for (let more = true, steps = 0; more; steps++) {
          const { from, to } = openOf(at)
          const isHere = toMs(from) <= inside && inside < toMs(to)
          const step = isHere ? cutWindow(at, first, SECOND_MS) : endWindow(at, first)
          if ('gap' in step && step.gap !== undefined) gaps.push(step.gap)
          ;({ position: at, more } = step)
          expect(steps).toBeLessThan(60)
        }
        expect(gaps).toEqual([
          { from: '2026-05-01T09:10:00.000Z', to: '2026-05-01T09:10:01.000Z', reason: 'too-large' },
        ])
      }),
    )
  })

  test('leaves out the page alone where it can be told what comes behind it', () => {
    const at = window('09:00:00.000', '09:00:01.000')
    const gap = { from: '2026-05-01T09:00:00.000Z', to: '2026-05-01T09:00:01.000Z', reason: 'too-large' }
    expect(cutWindow(at, first, SECOND_MS, { page: 4 })).toEqual({
      position: turnPage(at, { page: 4 }),
      more: true,
      gap,
    })
    expect(cutWindow(at, first, SECOND_MS)).toEqual({ position: { reached: gap.to }, more: false, gap })
  })
})

test('windowed() takes what openWindow() makes, and nothing with another key or pager', () => {
  const schema = windowed(z.strictObject({ page: z.number() }))
  const open = openWindow(undefined, span, first, DAY_MS)
  for (const good of [open, closeWindow(open), cutWindow(open, first, 1).position])
    expect(schema.parse(JSON.parse(JSON.stringify(good)))).toEqual(good)
  const bad = [{}, { reached: 'now' }, { ...open, extra: 1 }, turnPage<unknown>(open, { offset: 1 }), null]
  for (const value of bad) expect(schema.safeParse(value).success).toBe(false)
})
