import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'
import { CALM, STORM, simulate } from './simulate.ts'
import { configOf, SUBJECTS } from './subjects.ts'

/** Beyond any run seen: a slow machine must not look like a lost event. */
const TIMEOUT_MS = 240_000

/** Schedules for each subject. `npm run soak` tries far more. */
const SEEDS = 150

describe.each(SUBJECTS)('$name', { timeout: TIMEOUT_MS }, (subject) => {
  it('delivers every event exactly once when nothing crashes, whatever the vendor answers', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(subject, seed, CALM)
      const found = { seed, lost: verdict.lost, altered: verdict.altered, repeats: verdict.repeats }
      expect(found).toEqual({ seed, lost: [], altered: [], repeats: 0 })
    }
  })

  it('delivers every event, unaltered, when runs die at any step and overlap', async () => {
    const seen = { deaths: 0, pauses: 0, lostAnswers: 0, badAnswers: 0 }
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(subject, seed, STORM)
      expect({ seed, lost: verdict.lost, altered: verdict.altered }).toEqual({ seed, lost: [], altered: [] })
      for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += verdict[key]
    }
    expect(seen.deaths).toBeGreaterThan(SEEDS)
    expect(seen.pauses).toBeGreaterThan(SEEDS / 5)
    expect(seen.lostAnswers).toBeGreaterThan(SEEDS / 5)
  })
})

describe('a test of the tests: each deliberate mistake is found', { timeout: TIMEOUT_MS }, () => {
  it.each(MUTANTS)('$name ($subject)', async (mutant) => {
    const subject = SUBJECTS.find(({ name }) => name === mutant.subject)
    if (subject === undefined) throw new TypeError(`There is no subject ${mutant.subject}`)
    expect(configOf(subject, 3, mutant.source).type).toBe(subject.vendor.type)
    for (let seed = 1; seed <= SEEDS; seed++) {
      if (await isFound(() => simulate(subject, seed, CALM, mutant), 0)) return
      if (await isFound(() => simulate(subject, seed, STORM, mutant), Number.POSITIVE_INFINITY)) return
    }
    expect.unreachable(`${SEEDS} schedules did not find it`)
  })
})

async function isFound(run: () => ReturnType<typeof simulate>, repeatsAllowed: number): Promise<boolean> {
  const verdict = await run()
  return verdict.lost.length > 0 || verdict.altered.length > 0 || verdict.repeats > repeatsAllowed
}
