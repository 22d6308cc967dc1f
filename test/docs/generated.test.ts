import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generated } from '../../docs/generate.ts'

test.each([...generated()])('docs/%s is what the schemas say; `npm run docs` writes it', (path, text) => {
  expect(readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8')).toBe(text)
})
