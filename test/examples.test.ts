import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkFolder } from '../cli/check-folder.ts'
import { readConfigFolder } from '../cli/config-folder.ts'
import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import { demoConfig, EXAMPLE_TYPES } from '../local/demo/example.ts'
import { RECEIVERS } from '../local/receivers/registry.ts'
import { parseDestination } from '../shared/config/destination-config.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')
const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())

it('every destination but the webhook has an example and a simulated receiver', () => {
  const types = Object.keys(DESTINATIONS).filter((type) => type !== 'webhook')
  expect(folders.map(({ name }) => name).sort()).toEqual(types.sort())
  expect([...EXAMPLE_TYPES].sort()).toEqual(types)
})

it.each(folders.map(({ name }) => name))(
  'examples/%s can be used as it stands, and says which schema it follows',
  (type) => {
    const { destinations, problems } = checkFolder(readConfigFolder(join(EXAMPLES, type)), false)
    expect(problems).toEqual([])
    expect(destinations.map((destination) => destination.type)).toEqual([type])
    for (const [file, schema] of [
      ['destinations/siem.json', 'destination'],
      ['sources/tines.json', 'source'],
    ]) {
      const { $schema } = JSON.parse(readFileSync(join(EXAMPLES, type, file ?? ''), 'utf8'))
      expect($schema).toBe(`../../../docs/schema/${schema}.schema.json`)
    }
  },
)

it.each(EXAMPLE_TYPES)('the demo can use examples/%s with the simulated receiver', (type) => {
  const receiver = RECEIVERS[type]?.()
  const config = demoConfig(type, receiver?.settings('http://127.0.0.1:8088') ?? {})
  expect(parseDestination('/pollhook/destinations/demo-receiver', JSON.stringify(config), DESTINATIONS).type).toBe(type)
})

it('examples/README.md names every one', () => {
  const page = readFileSync(join(EXAMPLES, 'README.md'), 'utf8')
  expect(folders.filter(({ name }) => !page.includes(`](${name}/destinations/siem.json)`))).toEqual([])
})
