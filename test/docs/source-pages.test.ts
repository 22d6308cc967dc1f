import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SOURCES } from '../../functions/poll/sources/registry.ts'
import { parseSource } from '../../shared/config/source-config.ts'

const folder = new URL('../../docs/sources/', import.meta.url)

/** Every configuration that a page shows, with the name of its page. */
const examples = readdirSync(folder).flatMap((name) =>
  [...readFileSync(new URL(name, folder), 'utf8').matchAll(/```json\n(.*?)```/gs)]
    .map(([, text = '']) => [name, text] as const)
    .filter(([, text]) => text.includes('"destinations"')),
)

test.each(examples)('a configuration of docs/sources/%s can be used as it stands', (_name, text) => {
  expect(parseSource('/pollhook/sources/example', text, SOURCES).destinations).not.toEqual([])
})

test.each(Object.keys(SOURCES))('docs/sources/%s.md names every field of its own', (type) => {
  const page = readFileSync(new URL(`${type}.md`, folder), 'utf8')
  const fields = Object.keys(SOURCES[type]?.config.shape ?? {})
  expect(fields.filter((field) => !new RegExp(`^\\| \`${field}\` +\\|`, 'm').test(page))).toEqual([])
})
