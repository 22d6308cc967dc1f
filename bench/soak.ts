import { parseArgs } from 'node:util'
import { CALM, STORM, simulate } from '../test/simulation/simulate.ts'
import { SUBJECTS } from '../test/simulation/subjects.ts'
import type { Verdict } from '../test/simulation/world.ts'

/**
 * Tries schedules of the crash simulation with random seeds, for `--seconds` (60). `--seed N` replays one. Ends with exit code 1
 * when an event was lost or altered, or repeated although nothing had crashed.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })
const endMs = Date.now() + Number(values.seconds) * 1000
const sums = {
  schedules: 0,
  events: 0,
  requests: 0,
  deaths: 0,
  pauses: 0,
  lostAnswers: 0,
  badAnswers: 0,
  lost: 0,
  altered: 0,
  repeats: 0,
}

do {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  for (const subject of SUBJECTS) {
    for (const [name, weather] of [
      ['calm', CALM],
      ['storm', STORM],
    ] as const) {
      const verdict = await simulate(subject, seed, weather)
      count(verdict)
      const wrong = verdict.lost.length + verdict.altered.length + (weather === CALM ? verdict.repeats : 0)
      if (wrong > 0) complain(`${subject.name}, ${name}`, seed, verdict)
    }
  }
} while (values.seed === undefined && Date.now() < endMs)

console.log(
  Object.entries(sums)
    .map(([name, sum]) => `${sum.toLocaleString('en')} ${name}`)
    .join(', '),
)

function count(verdict: Verdict): void {
  sums.schedules++
  sums.events += verdict.emitted
  sums.lost += verdict.lost.length
  sums.altered += verdict.altered.length
  for (const name of ['requests', 'deaths', 'pauses', 'lostAnswers', 'badAnswers', 'repeats'] as const)
    sums[name] += verdict[name]
}

function complain(schedule: string, seed: number, { lost, altered, repeats }: Verdict): void {
  process.exitCode = 1
  console.error(
    `${schedule}: lost ${lost.length}, altered ${altered.length}, repeated ${repeats}. Replay: npm run soak -- --seed ${seed}`,
  )
}
