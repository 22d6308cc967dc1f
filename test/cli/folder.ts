import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder with these files, by path; what is not text is written as JSON. It is removed when the test is over. */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'pollhook-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return dir
}

/** A source and a destination that can be used. */
export const TINES = {
  type: 'tines',
  baseUrl: 'https://acme.tines.com',
  apiKey: { secret: 'sources/tines/api-key' },
  destinations: ['soc'],
}
export const SOC = {
  type: 'webhook',
  url: 'https://soc.example.com/in/9b1c',
  signing: { scheme: 'standard-webhooks', keys: [{ secret: 'destinations/soc/key' }] },
}
export const GOOD = {
  'sources/prod-tines.json': TINES,
  'destinations/soc.json': SOC,
  'secrets/sources/tines/api-key': 'tines-key\n',
  'secrets/destinations/soc/key': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n',
}
