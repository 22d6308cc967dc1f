import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { DemoVendor } from './demo-vendor.ts'

const world = z.object({
  /** Chooses the vendors' records. */
  seed: z.number(),
  signingKey: z.string(),
  startedAt: z.string(),
  /** By source id, and `receiver`. They stay: another port would be another vendor. */
  ports: z.record(z.string(), z.number()),
})

/** What must be the same at every start of the demo. */
export type World = z.infer<typeof world>

export function readWorld(folder: string): World {
  const file = join(folder, 'world.json')
  if (existsSync(file)) return world.parse(JSON.parse(readFileSync(file, 'utf8')))
  return {
    seed: randomInt(1_000_000),
    signingKey: `whsec_${randomBytes(32).toString('base64')}`,
    startedAt: new Date().toISOString(),
    ports: {},
  }
}

export function saveWorld(folder: string, value: World): void {
  writeFileSync(join(folder, 'world.json'), JSON.stringify(value), { mode: 0o600 })
}

/** The demo's destination, and the secrets that it refers to. */
export interface DemoDestination {
  readonly config: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** Writes an ordinary configuration folder, as a user would. Files that are there stay: they may have been edited. */
export function writeConfig(
  folder: string,
  { startedAt }: Pick<World, 'startedAt'>,
  vendors: readonly { readonly vendor: DemoVendor; readonly url: string }[],
  destination: DemoDestination,
): void {
  const writeSecrets = (secrets: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(secrets)) writeNew(join(folder, 'secrets', name), `${value}\n`)
  }
  writeNew(join(folder, 'destinations/demo-receiver.json'), toJson(destination.config))
  writeSecrets(destination.secrets)
  for (const { vendor, url } of vendors) {
    const { type, settings, secrets } = vendor.vendor
    const common = { type, destinations: ['demo-receiver'], every: '1s', settle: '1s', startFrom: startedAt }
    writeNew(join(folder, `sources/${vendor.sourceId}.json`), toJson({ ...common, baseUrl: url, ...settings }))
    writeSecrets(secrets)
  }
}

function toJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function writeNew(file: string, text: string): void {
  if (existsSync(file)) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o600 })
}
