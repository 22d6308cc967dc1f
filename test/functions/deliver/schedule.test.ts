import { describe, expect, it } from 'vitest'
import {
  holdDelayMs,
  placeDelayMs,
  questionDelayMs,
  repeatDelayMs,
  retryDelayMs,
  throttleDelayMs,
} from '../../../functions/deliver/schedule.ts'

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000]
const LONGEST = 11 * HOUR + 54 * MINUTE

/** The delay after an attempt that began at `ageMs` and took no time, of a message that stood behind no other, without jitter. */
const delayAt = (
  ageMs: number,
  more: { giveUpAfterMs?: number; askedMs?: number; tookMs?: number; isOrdered?: boolean; waitedMs?: number } = {},
  random = 0.5,
) =>
  retryDelayMs(
    {
      ageMs: ageMs + (more.tookMs ?? 0),
      triedMs: ageMs - (more.waitedMs ?? 0),
      giveUpAfterMs: 13 * DAY,
      askedMs: 0,
      isOrdered: false,
      ...more,
    },
    random,
  )

/** All attempts of a message that fails for ever: the age at each, with a fixed jitter. */
function attempts(random: number, giveUpAfterMs = 13 * DAY): number[] {
  const ages: number[] = []
  let ageMs = 0
  for (;;) {
    ages.push(ageMs)
    const delayMs = delayAt(ageMs, { giveUpAfterMs }, random)
    if (delayMs === undefined) return ages
    ageMs += delayMs
  }
}

describe('retryDelayMs()', () => {
  it('waits 5 s, 5 m, 30 m, 2 h, 5 h, 10 h and then as long as SQS hides a message', () => {
    const ages = attempts(0.5)
    const waits = ages.slice(1, 9).map((age, n) => age - (ages[n] ?? 0))
    expect(waits).toEqual([5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, LONGEST, LONGEST])
  })

  it.each([
    [0, 0.8],
    [0.5, 1],
    [0.999_999, 1.2],
  ])('makes the same seven attempts with every jitter: random %d', (random, factor) => {
    const ages = attempts(random)
    const waits = ages.slice(1, 7).map((age, n) => Math.round((age - (ages[n] ?? 0)) / SECOND))
    const wanted = [5, 300, 1_800, 7_200, 18_000, 36_000].map((seconds) =>
      Math.min(Math.round(seconds * factor), LONGEST / SECOND),
    )
    expect(waits).toEqual(wanted)
  })

  it.each([0, 0.5, 0.999_999])('makes the last attempt when the message is to be given up: random %d', (random) => {
    for (const giveUpAfterMs of [MINUTE, 2 * HOUR, 3 * DAY, 13 * DAY]) {
      expect(attempts(random, giveUpAfterMs).at(-1)).toBeCloseTo(giveUpAfterMs, 3)
    }
  })

  it('tries 32 times in 13 days', () => {
    // 17:35:05 h for the first seven attempts, then one each 11:54 h: (312 h − 17.58 h) / 11.9 h = 24.7.
    expect(attempts(0.5)).toHaveLength(7 + 25)
  })

  it('goes by the age at which the attempt began: a first attempt that timed out after 15 s is repeated after 5 s', () => {
    expect(delayAt(0, { tookMs: 15 * SECOND })).toBe(5 * SECOND)
  })

  it('does not come back before the receiver wants it', () => {
    expect(delayAt(0, { askedMs: 2 * HOUR })).toBe(2 * HOUR)
    expect(delayAt(3 * HOUR, { askedMs: 10 * SECOND })).toBe(5 * HOUR)
  })

  it('waits no longer than SQS hides a message, whatever the receiver wants', () => {
    expect(delayAt(0, { askedMs: 24 * HOUR })).toBe(LONGEST)
  })

  it('tries a message that others wait behind once an hour, and has receives left after 14 days', () => {
    const ordered = { isOrdered: true }
    expect([0, 5 * SECOND, 5 * MINUTE, 40 * MINUTE, DAY].map((ageMs) => delayAt(ageMs, ordered))).toEqual([
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      HOUR,
      HOUR,
    ])
    expect(delayAt(DAY, { ...ordered, askedMs: 2 * HOUR })).toBe(2 * HOUR)
    expect(receivesIn14Days((ageMs) => delayAt(ageMs, { ...ordered, giveUpAfterMs: 15 * DAY }, 0) ?? 0)).toBeLessThan(
      450,
    )
  })

  it('begins with 5 s for a message that has stood behind others for a day', () => {
    expect(delayAt(DAY, { isOrdered: true, waitedMs: DAY })).toBe(5 * SECOND)
  })

  it('is undefined once the message is old enough to be given up', () => {
    expect(delayAt(3 * DAY - 1, { giveUpAfterMs: 3 * DAY })).toBe(1)
    expect(delayAt(3 * DAY, { giveUpAfterMs: 3 * DAY })).toBeUndefined()
    expect(delayAt(3 * DAY - SECOND, { giveUpAfterMs: 3 * DAY, tookMs: 2 * SECOND })).toBeUndefined()
  })
})

describe('holdDelayMs()', () => {
  it.each([
    [0, MINUTE],
    [4 * MINUTE, MINUTE],
    [8 * MINUTE, 2 * MINUTE],
    [2 * HOUR, 30 * MINUTE],
    [4 * HOUR, HOUR],
    [10 * DAY, HOUR],
  ])('waits a quarter of %i ms, between a minute and an hour', (onHoldMs, delayMs) => {
    expect(holdDelayMs(onHoldMs, 0.5)).toBe(delayMs)
    expect(holdDelayMs(onHoldMs, 0)).toBe(delayMs * 0.8)
    expect(holdDelayMs(onHoldMs, 0.999_999)).toBeCloseTo(delayMs * 1.2, -2)
  })

  it('uses up fewer than the 500 receives of a message in 14 days, even when every jitter is the shortest', () => {
    // 5 in the first 4 minutes, 4 h / 4 min = 60 times the time at a factor of 1.2 each, then 332 h at 48 min each.
    const arithmetic = 5 + Math.log(60) / Math.log(1.2) + (14 * 24 - 4) / 0.8
    expect(arithmetic).toBeLessThan(450)
    expect(receivesIn14Days((onHoldMs) => holdDelayMs(onHoldMs, 0))).toBeLessThan(450)
  })
})

describe('throttleDelayMs()', () => {
  it('waits until the receiver is free again, and up to a fifth longer so that not all come at once', () => {
    expect(throttleDelayMs(10 * MINUTE, 0, 0)).toBe(10 * MINUTE)
    expect(throttleDelayMs(10 * MINUTE, 0, 0.5)).toBe(11 * MINUTE)
  })

  it('waits longer the older the message is, because others go first', () => {
    expect(throttleDelayMs(10 * SECOND, 20 * MINUTE, 0)).toBe(5 * MINUTE)
    expect(throttleDelayMs(10 * SECOND, 9 * HOUR, 0)).toBe(HOUR)
  })

  it('waits no longer than SQS hides a message', () => {
    expect(throttleDelayMs(LONGEST, 0, 0.999)).toBe(LONGEST)
  })

  it('uses up fewer than 500 receives in 14 days behind a receiver that asks for a second each time', () => {
    expect(receivesIn14Days((ageMs) => throttleDelayMs(SECOND, ageMs, 0))).toBeLessThan(400)
  })
})

describe('repeatDelayMs()', () => {
  const standing = { ageMs: 0, ageAtAttemptMs: 0, giveUpAfterMs: 3 * DAY }

  it.each([
    ['the first, 5 minutes later', 0, 5 * MINUTE, 0],
    ['one at 5 minutes, 5 minutes later', 5 * MINUTE, 10 * MINUTE, 25 * MINUTE],
    ['one at 5 minutes, 31 minutes later', 5 * MINUTE, 36 * MINUTE, 0],
    ['one at 20 hours, 5 minutes later', 20 * HOUR, 20 * HOUR + 5 * MINUTE, 12 * HOUR - 5 * MINUTE],
  ])('counts from the attempt by which events were accepted: %s', (_, ageAtAttemptMs, ageMs, delayMs) => {
    expect(repeatDelayMs({ ...standing, ageAtAttemptMs, ageMs })).toBe(delayMs)
  })

  it('is undefined when they were accepted by the last attempt, which is made when they are old enough to be given up', () => {
    const late = { ageAtAttemptMs: 3 * DAY - 6 * HOUR, ageMs: 3 * DAY - 5 * HOUR }
    expect(repeatDelayMs({ ...standing, ...late })).toBe(5 * HOUR)
    expect(repeatDelayMs({ ...standing, ...late, ageMs: 3 * DAY + MINUTE })).toBe(0)
    expect(repeatDelayMs({ ...standing, ageAtAttemptMs: 3 * DAY, ageMs: 3 * DAY + 1 })).toBeUndefined()
  })
})

describe('questionDelayMs()', () => {
  it('is what the receiver wants, and doubles with every 25 receives', () => {
    expect([1, 24, 25, 49, 50].map((receives) => questionDelayMs(10 * SECOND, receives))).toEqual(
      [10, 10, 20, 20, 40].map((seconds) => seconds * SECOND),
    )
    expect(questionDelayMs(10 * SECOND, 499)).toBe(HOUR)
  })
})

describe('placeDelayMs()', () => {
  it('uses up fewer than 400 receives in 14 days when there is never a place', () => {
    let receives = 1
    for (let ms = 0; ms < 14 * DAY; receives++) ms += placeDelayMs(0, receives)
    expect(receives).toBeLessThan(400)
  })
})

function receivesIn14Days(delayAfter: (ms: number) => number): number {
  let receives = 0
  for (let ms = 0; ms < 14 * DAY; ms += delayAfter(ms)) receives++
  return receives
}
