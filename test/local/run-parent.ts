import { startLocal } from '../../local/run.ts'

/** Runs the assembly in the second argument on the folder in the first, and reports what its functions write. */
const [, , dataDir = '', assembly = ''] = process.argv
const run = await startLocal({
  dataDir,
  assembly,
  tickSeconds: 1,
  onNote: (note) => process.send?.(note.kind === 'line' ? note.text : note),
})
process.send?.({ environment: run.environment, queueUrl: run.plan.queues[0]?.url })
