import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FunctionPlan } from '../../local/plan.ts'
import { temporaryFolder } from './temporary.ts'

/** A built bundle whose handler is `code`, a function of the event and the context, and the plan to run it. */
export function bundle(code: string, plan: Partial<FunctionPlan> = {}): FunctionPlan {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'index.mjs'), `export const handler = ${code}\n`)
  return {
    name: 'fixture',
    logicalId: 'Fixture',
    folder,
    handler: 'index.handler',
    timeoutMs: 20_000,
    memoryMb: 128,
    environment: {},
    maximumEventAgeMs: 60_000,
    ...plan,
  }
}
