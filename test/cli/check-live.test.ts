import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServedVendor, serveVendor } from '../../local/vendors/serve.ts'
import { simulatedTines } from '../../local/vendors/tines.ts'
import { folderOf, SOC } from './folder.ts'
import { pollhook } from './surroundings.ts'

const tines = simulatedTines()
let vendor: ServedVendor
beforeAll(async () => {
  const log = tines.open(1)
  for (let minutes = 1; minutes <= 3; minutes++) log.emit(new Date(Date.now() - minutes * 60_000))
  vendor = await serveVendor(log, { port: 0 })
})
afterAll(() => vendor.close())

const folder = (secrets: Readonly<Record<string, string>>) =>
  folderOf({
    'sources/live.json': { type: 'tines', baseUrl: vendor.url, ...tines.settings, destinations: ['soc'] },
    'destinations/soc.json': { ...SOC, signing: undefined },
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`secrets/${name}`, value])),
  })

describe('pollhook check --live', () => {
  test('asks each source for one page and says what came', async () => {
    const { code, out } = await pollhook(['check', folder(tines.secrets), '--local', '--live'])
    expect(out).toContain('sources/live answered: 3 events on its first page of the last hour')
    expect(code).toBe(0)
  })

  test('says why there is no answer, and not which credential was used', async () => {
    const wrong = Object.fromEntries(Object.keys(tines.secrets).map((name) => [name, 'wrong-credential']))
    const { code, out } = await pollhook(['check', folder(wrong), '--local', '--live'])
    expect(code).toBe(1)
    expect(out).toContainEqual(expect.stringMatching(/^Cannot read source live: .*found status 401/))
    expect(out.join()).not.toContain('wrong-credential')
  })

  test('asks nothing without the secret', async () => {
    const { code, out } = await pollhook(['check', folder({}), '--local', '--live'])
    expect(code).toBe(1)
    expect(out).toContainEqual(
      expect.stringMatching(/^Cannot read source live: Cannot read the secret .*: wanted .*\/secrets\//),
    )
  })
})
