import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/guarantees.md', 'utf8')

/** The ways to lose or repeat an event that are known; a new one gets the next number. */
const FAULTS = Array.from({ length: 38 }, (_, index) => `F${index + 1}`)

/** The table's rows, as cells: number, what goes wrong, our answer, proof. */
const rows = page
  .split('\n')
  .filter((line) => /^\| F\d+ +\|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number = '', wrong = '', answer = '', proof = '', ...rest]) => ({ number, wrong, answer, proof, rest }))

/** Every `file › name` of a text. */
function proofsIn(text: string): { file: string; name: string }[] {
  return [...text.matchAll(/`([^`\s]+) › ([^`]+)`/g)].map(([, file = '', name = '']) => ({ file, name }))
}

/** The lines in which a test, or a row of one, gets its name. Templates of `it.each` count as they are written. */
function namesIn(file: string): string {
  const isNamed = /\b(it|test)(\.\w+)*[(<]|^\s*(\](?: as const)?\)\(|'|\['|name: '|\$name)/
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => isNamed.test(line)).join('\n')
}

test('docs/guarantees.md has a row for every fault, each once and whole', () => {
  expect(rows.map(({ number }) => number)).toEqual(FAULTS)
  for (const { number, wrong, answer, rest } of rows) {
    expect({ number, hasWrong: wrong !== '', hasAnswer: answer !== '', rest }).toEqual({
      number,
      hasWrong: true,
      hasAnswer: true,
      rest: [''],
    })
  }
})

test('docs/guarantees.md proves every row, or says why not', () => {
  const unproven = rows.filter(({ proof }) => proofsIn(proof).length === 0 && !/^(not applicable|open): ./.test(proof))
  expect(unproven.map(({ number }) => number)).toEqual([])
})

test('docs/guarantees.md proves every promise', () => {
  const [, promises = ''] = /## The promises\n(.*?)\n## /s.exec(page) ?? []
  const sections = promises.split(/^### /m).slice(1)
  expect(sections.map((section) => section.slice(0, 2))).toEqual(['1.', '2.', '3.', '4.', '5.', '6.'])
  expect(sections.filter((section) => proofsIn(section).length === 0)).toEqual([])
})

test('every test that docs/guarantees.md names exists', () => {
  const proofs = proofsIn(page)
  expect(proofs.length).toBeGreaterThan(FAULTS.length)
  const missing = proofs.filter(({ file, name }) => !existsSync(file) || !namesIn(file).includes(name))
  expect(missing.map(({ file, name }) => `${file} › ${name}`)).toEqual([])
})

test('every file that docs/guarantees.md names exists', () => {
  const files = [...page.matchAll(/\b(?:functions|shared|test)\/[\w/.-]+\.ts\b/g)].map(([file]) => file)
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})
