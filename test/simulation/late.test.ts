import { expect, it } from 'vitest'
import { configOf, SUBJECTS, type Subject } from './subjects.ts'
import { World } from './world.ts'

const HOUR_MS = 3_600_000
const DAYS = 3

const STEADY = { ledgerLoss: 0, ledgerExpiry: 0, configurationChange: 0, lateRun: 0, skewMs: 0, skewChange: 0 }

/** One event in twenty appears up to 40 h after it happened; nothing else goes wrong, so nothing may be repeated. */
const CALM = { death: 0, pause: 0, lostAnswer: 0, partialFailure: 0 }
const WEATHER = { ...CALM, badAnswer: 0.02, late: 0.05, latestMs: 40 * HOUR_MS, ...STEADY }

/** Three days of a vendor, read every hour. */
function threeDays(subject: Subject, seed: number, sweep: unknown): ReturnType<World['live']> {
  const config = configOf(subject, 40, undefined, { every: '1h', sweep })
  const pace = { tickMs: HOUR_MS, gapMs: HOUR_MS / 6 }
  return new World(seed, config, subject.vendor.open(seed), subject.vendor.secrets, WEATHER, undefined, pace).live(
    DAYS * 24,
  )
}

it.each(SUBJECTS)('$name: events that appear up to 40 h late are delivered, once', async (subject) => {
  for (let seed = 1; seed <= 3; seed++) {
    const { emitted, lost, altered, repeats } = await threeDays(subject, seed, { every: '6h', back: '48h' })
    expect(emitted).toBeGreaterThan(500)
    expect({ seed, lost, altered, repeats }).toEqual({ seed, lost: [], altered: [], repeats: 0 })
  }
})

/** The stream of Smartsheet shows late events by itself. */
it.each(SUBJECTS.filter(({ name }) => name !== 'smartsheet'))(
  '$name: a test of the test: without a sweep, late events are lost',
  async (subject) => {
    expect((await threeDays(subject, 1, false)).lost.length).toBeGreaterThan(10)
  },
)
