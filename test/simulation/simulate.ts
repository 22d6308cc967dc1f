import type { Mutant } from './mutants.ts'
import { Random } from './random.ts'
import { configOf, type Subject } from './subjects.ts'
import { type Verdict, type Weather, World } from './world.ts'

/** Nothing crashes; the vendor answers badly now and then, and commits late, within what the source allows for. */
export const CALM = {
  ...{ death: 0, pause: 0, lostAnswer: 0, partialFailure: 0, badAnswer: 0.05, late: 0.1 },
  ...{ ledgerLoss: 0, ledgerExpiry: 0, configurationChange: 0, lateRun: 0, skewMs: 0, skewChange: 0 },
} as const

/** Everything at once. */
export const STORM = {
  ...{ death: 0.02, pause: 0.004, lostAnswer: 0.01, partialFailure: 0.02, badAnswer: 0.05, late: 0.1 },
  ...{
    ledgerLoss: 0.01,
    ledgerExpiry: 0.01,
    configurationChange: 0.05,
    lateRun: 0.05,
    skewMs: 7_200_000,
    skewChange: 0.03,
  },
} as const

const MINUTES = 15

/** One schedule, chosen by its seed: every other one with sweeps, every third with a backfill beside the live lane, every fifth from now on. */
export async function simulate(
  subject: Subject,
  seed: number,
  weather: Omit<Weather, 'latestMs'>,
  mutant: Pick<Mutant, 'source' | 'ports'> = {},
): Promise<Verdict> {
  const pageSize = new Random(seed).int(2, 9)
  const config = configOf(subject, pageSize, mutant.source, {
    sweep: seed % 2 === 0 && { every: '5m', back: '20m' },
    ...(seed % 5 === 0 && { startFrom: 'now' }),
  })
  // Half of what reading stays behind the clock may be used up by a difference between the clocks.
  const latestMs = config.overlapMs + config.settleMs / (weather.skewMs === 0 ? 1 : 2)
  const { vendor } = subject
  // Where "now" is by a clock that changes before anything was read, nobody can tell.
  const skewChange = seed % 5 === 0 ? 0 : weather.skewChange
  const all = { ...weather, latestMs, skewChange }
  const world = new World(seed, config, vendor.open(seed), vendor.secrets, all, mutant.ports)
  if (seed % 3 === 0) await world.backfill()
  return world.live(MINUTES)
}
