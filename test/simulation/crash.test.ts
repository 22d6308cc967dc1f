import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'
import { CALM, STORM, simulate } from './simulate.ts'
import { configOf, SUBJECTS, UNKIND } from './subjects.ts'

/** Beyond any run seen: a slow machine must not look like a lost event. */
const TIMEOUT_MS = 240_000

const NOTHING = { lost: [], altered: [], miscounted: [] }

/** Schedules for each subject. `npm run soak` tries far more. */
const SEEDS = 150

describe.each([...SUBJECTS, ...UNKIND])('$name', { timeout: TIMEOUT_MS }, (subject) => {
  it('delivers every event exactly once when nothing crashes, whatever the vendor answers', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(subject, seed, CALM)
      const { lost, altered, repeats, miscounted } = verdict
      // What a vendor refuses and takes later was said to be a gap, and is none.
      const gaps = verdict.gaps.filter(({ reason }) => reason !== 'position-rejected')
      expect({ seed, lost, altered, repeats, miscounted, gaps }).toEqual({ seed, ...NOTHING, repeats: 0, gaps: [] })
    }
  })

  it('delivers every event, unaltered, when runs die at any step and overlap', async () => {
    const seen = new Map<string, number>()
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(subject, seed, STORM)
      const { lost, altered, miscounted } = verdict
      expect({ seed, lost, altered, miscounted }).toEqual({ seed, ...NOTHING })
      for (const [kind, count] of Object.entries(verdict.counts)) seen.set(kind, (seen.get(kind) ?? 0) + count)
    }
    expect(seen.get('deaths')).toBeGreaterThan(SEEDS)
    // Everything that may go wrong has gone wrong, many times.
    expect([...seen].filter(([, count]) => count < SEEDS / 10)).toEqual([])
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
  const { lost, altered, miscounted, repeats } = verdict
  return lost.length > 0 || altered.length > 0 || miscounted.length > 0 || repeats > repeatsAllowed
}
