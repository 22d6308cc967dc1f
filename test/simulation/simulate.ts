import type { Mutant } from './mutants.ts'
import { Random } from './random.ts'
import { configOf, type Subject } from './subjects.ts'
import { type Verdict, type Weather, World } from './world.ts'

/** Nothing crashes; the vendor answers badly now and then, and commits late, within what the source allows for. */
export const CALM = { death: 0, pause: 0, lostAnswer: 0, badAnswer: 0.05, late: 0.1 } as const

/** Everything at once. */
export const STORM = { death: 0.02, pause: 0.004, lostAnswer: 0.01, badAnswer: 0.05, late: 0.1 } as const

const MINUTES = 15

/** One schedule, chosen by its seed. */
export function simulate(
  subject: Subject,
  seed: number,
  weather: Omit<Weather, 'latestMs'>,
  mutant: Pick<Mutant, 'source' | 'ports'> = {},
): Promise<Verdict> {
  const pageSize = new Random(seed).int(2, 9)
  const config = configOf(subject, pageSize, mutant.source)
  const latestMs = config.settleMs + config.overlapMs
  const { vendor } = subject
  const world = new World(seed, config, vendor.open(seed), vendor.secrets, { ...weather, latestMs }, mutant.ports)
  return world.live(MINUTES)
}
