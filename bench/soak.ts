import { parseArgs } from 'node:util'
import { CALM, STORM, simulate } from '../test/simulation/simulate.ts'
import { SUBJECTS, UNKIND } from '../test/simulation/subjects.ts'
import type { Verdict } from '../test/simulation/world.ts'

/**
 * Tries schedules of the crash simulation with random seeds, for `--seconds` (60). `--seed N` replays one. Ends with exit code 1
 * when an event was lost or altered, or repeated although nothing had crashed, or when the evidence counts an hour wrongly.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } })
const endMs = Date.now() + Number(values.seconds) * 1000
const sums: Record<string, number> = { schedules: 0, events: 0, lost: 0, altered: 0, repeats: 0, miscounted: 0 }

do {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
  for (const subject of [...SUBJECTS, ...UNKIND]) {
    for (const [name, weather] of [
      ['calm', CALM],
      ['storm', STORM],
    ] as const) {
      const verdict = await simulate(subject, seed, weather)
      count(verdict)
      const { lost, altered, miscounted, repeats } = verdict
      const wrong = lost.length + altered.length + miscounted.length + (weather === CALM ? repeats : 0)
      if (wrong > 0) complain(`${subject.name}, ${name}`, seed, verdict)
    }
  }
} while (values.seed === undefined && Date.now() < endMs)

const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
console.log(
  Object.entries(sums)
    .map(([name, sum]) => `${sum.toLocaleString('en')} ${words(name)}`)
    .join(', '),
)

function count({ emitted, lost, altered, repeats, miscounted, counts }: Verdict): void {
  const found = { schedules: 1, events: emitted, lost: lost.length, altered: altered.length, repeats }
  for (const [name, number] of Object.entries({ ...found, miscounted: miscounted.length, ...counts })) {
    sums[name] = (sums[name] ?? 0) + number
  }
}

function complain(schedule: string, seed: number, { lost, altered, repeats, miscounted }: Verdict): void {
  process.exitCode = 1
  console.error(
    `${schedule}: lost ${lost.length}, altered ${altered.length}, repeated ${repeats}, miscounted ${miscounted.length}. ` +
      `Replay: npm run soak -- --seed ${seed}`,
  )
}
