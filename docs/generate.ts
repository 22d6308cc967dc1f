import { writeFileSync } from 'node:fs'
import { DESTINATIONS } from '../functions/deliver/destinations/registry.ts'
import { SOURCES } from '../functions/poll/sources/registry.ts'
import { destinationFields } from '../shared/config/destination-config.ts'
import { sourceFields } from '../shared/config/source-config.ts'
import { configurationPage } from './generator/configuration-page.ts'
import { configurationSchema } from './generator/json-schema.ts'

/** The files that are made from the schemas: path below `docs/` → text. */
export function generated(): ReadonlyMap<string, string> {
  const json = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`
  return new Map([
    ['configuration.md', configurationPage(Object.values(SOURCES), Object.values(DESTINATIONS))],
    ['schema/source.schema.json', json(configurationSchema('A source of pollhook', sourceFields('1s'), SOURCES))],
    [
      'schema/destination.schema.json',
      json(configurationSchema('A destination of pollhook', destinationFields, DESTINATIONS)),
    ],
  ])
}

if (import.meta.main) {
  for (const [path, text] of generated()) writeFileSync(new URL(path, import.meta.url), text)
}
