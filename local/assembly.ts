import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Plan } from './plan.ts'
import { readTemplate } from './template.ts'

const assets = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
})

/**
 * Reads the one stack of a synthesized assembly.
 *
 * @param assembly the folder that CDK wrote
 * @param endpoint where SQS is: queue URLs begin with it
 * @throws Error naming the place, when the assembly holds something that a local run does not understand
 */
export function readAssembly(assembly: string, endpoint: string): Plan {
  const stack = onlyStack(assembly)
  const read = (file: string) => readFileSync(join(assembly, file), 'utf8')
  const { files } = assets.parse(JSON.parse(read(`${stack}.assets.json`)))
  const folders = new Map<string, string>()
  for (const { source, destinations } of Object.values(files)) {
    for (const { objectKey } of Object.values(destinations)) folders.set(objectKey, join(assembly, source.path ?? ''))
  }
  return readTemplate(read(`${stack}.template.json`), folders, endpoint)
}

function onlyStack(assembly: string): string {
  const stacks = readdirSync(assembly).filter((file) => file.endsWith('.template.json'))
  const [first] = stacks
  if (first === undefined || stacks.length > 1) {
    throw new Error(`Cannot read ${assembly}: found ${stacks.length} stacks, wanted one`)
  }
  return first.slice(0, -'.template.json'.length)
}
