import { expect, it } from 'vitest'
import { configOf, SUBJECTS } from './subjects.ts'
import { World } from './world.ts'

const HOUR_MS = 3_600_000
const DAYS = 3

const STEADY = { ledgerLoss: 0, configurationChange: 0, skewMs: 0 }

/** One event in twenty appears up to 40 h after it happened; nothing else goes wrong, so nothing may be repeated. */
const WEATHER = { death: 0, pause: 0, lostAnswer: 0, badAnswer: 0.02, late: 0.05, latestMs: 40 * HOUR_MS, ...STEADY }

it.each(SUBJECTS)('$name: events that appear up to 40 h late are delivered, once', async (subject) => {
  const config = configOf(subject, 40, undefined, { every: '1h', sweep: { every: '6h', back: '48h' } })
  for (let seed = 1; seed <= 3; seed++) {
    const { vendor } = subject
    const pace = { tickMs: HOUR_MS, gapMs: HOUR_MS / 6 }
    const world = new World(seed, config, vendor.open(seed), vendor.secrets, WEATHER, undefined, pace)
    const { emitted, lost, altered, repeats } = await world.live(DAYS * 24)
    expect(emitted).toBeGreaterThan(500)
    expect({ seed, lost, altered, repeats }).toEqual({ seed, lost: [], altered: [], repeats: 0 })
  }
})
