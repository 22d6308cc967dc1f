import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DESTINATIONS } from '../../functions/deliver/destinations/registry.ts'
import { parseDestination } from '../../shared/config/destination-config.ts'

const folder = new URL('../../docs/destinations/', import.meta.url)
const readme = readFileSync(new URL('README.md', folder), 'utf8')

/** Every configuration that a page shows, with the name of its page. */
const examples = readdirSync(folder).flatMap((name) =>
  [...readFileSync(new URL(name, folder), 'utf8').matchAll(/```json\n(.*?)```/gs)]
    .map(([, text = '']) => [name, text] as const)
    .filter(([, text]) => /^\s*\{\s*"type": "[a-z0-9-]+"/.test(text)),
)

test.each(examples)('a configuration of docs/destinations/%s can be used as it stands', (name, text) => {
  const { type } = parseDestination('/pollhook/destinations/example', text, DESTINATIONS)
  if (name !== 'README.md') expect(`${type}.md`).toBe(name)
})

test.each(Object.values(DESTINATIONS))(
  'docs/destinations/$type.md names every field of its own',
  ({ type, config }) => {
    const page = readFileSync(new URL(`${type}.md`, folder), 'utf8')
    const fields = Object.keys(config.shape)
    expect(fields.filter((field) => !new RegExp(`^\\| \`${field}\` +\\|`, 'm').test(page))).toEqual([])
  },
)

test.each(Object.values(DESTINATIONS))('the table of limits says what $type takes', ({ type, batch, compression }) => {
  const row = readme.split('\n').find((line) => line.startsWith(`| [\`${type}\`](${type}.md)`))
  const [, , events, bytes, compressed] = (row ?? '').split('|').map((cell) => cell.trim())
  expect([events, bytes, compressed]).toEqual([
    batch.maxEvents.toLocaleString('en-US'),
    batch.maxBytes.toLocaleString('en-US'),
    compression === 'gzip' ? 'gzip' : 'no',
  ])
})

test('a type exists for each page and each row', () => {
  const pages = readdirSync(folder).filter((name) => name !== 'README.md')
  const rows = [...readme.matchAll(/^\| \[`([a-z0-9-]+)`\]/gm)].map(([, type]) => type)
  expect(pages.map((name) => name.replace('.md', '')).sort()).toEqual(Object.keys(DESTINATIONS).sort())
  expect(rows.sort()).toEqual(Object.keys(DESTINATIONS).sort())
})
