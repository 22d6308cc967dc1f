import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { COMMANDS } from '../../cli/commands.ts'
import { synthesize } from '../../infra/app.ts'

test('docs/operations.md has a row for every alarm that a stack can have, and for no other', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'pollhook-docs-'))
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }))
  const everything = { orderedDelivery: true, egress: 'static', encryption: 'customer', alarmEmail: 'a@example.com' }
  const context = { 'aws:cdk:bundling-stacks': [], ...everything }
  const [stack] = synthesize({ outdir, context, checks: false }).stacks
  const resources: Record<string, { Type: string }> = stack?.template.Resources
  const alarms = Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id]) => id.replace(/^PollhookAlarms/, '').replace(/[0-9A-F]{8}$/, ''))

  const page = readFileSync('docs/operations.md', 'utf8')
  const [, section = ''] = /## Alarms\n(.*?)\n## /s.exec(page) ?? []
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name))
  expect(alarms.length).toBeGreaterThan(0)
  expect(named.sort()).toEqual(alarms.sort())
})

test('every command that the documents name exists', () => {
  for (const file of [
    'README.md',
    'CONTRIBUTING.md',
    'docs/operations.md',
    'docs/deploy.md',
    'docs/configuration.md',
  ]) {
    const text = readFileSync(file, 'utf8')
    const commands = [...text.matchAll(/(?:npx |`)pollhook ([a-z]+)/g)].map(([, command]) => command ?? '')
    expect(
      commands.filter((command) => !Object.hasOwn(COMMANDS, command)).map((command) => `${file}: ${command}`),
    ).toEqual([])
  }
})

test('every link between the documents leads somewhere', () => {
  for (const file of [
    'README.md',
    'CONTRIBUTING.md',
    'docs/operations.md',
    'docs/deploy.md',
    'docs/configuration.md',
  ]) {
    const text = readFileSync(file, 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link ?? '')
    const broken = links.filter((link) => !exists(join(file, '..', link)))
    expect(broken.map((link) => `${file}: ${link}`)).toEqual([])
  }
})

function exists(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EISDIR'
  }
}
