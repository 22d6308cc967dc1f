import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const IMPORT = /^(?:import|export|\}).*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

/** What each file imports: packages by name, own files by their path from the top. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')
  .map((path) => {
    const text = readFileSync(path, 'utf8')
    const imports = [...text.matchAll(IMPORT)].map(([, from, bare, dynamic]) => {
      const name = from ?? bare ?? dynamic ?? ''
      return name.startsWith('.') ? normalize(join(dirname(path), name)) : name
    })
    return { path, text, imports }
  })

const under = (...folders: string[]) => files.filter(({ path }) => folders.some((folder) => path.startsWith(folder)))

/** The imports that are not in the list: `path imports name`. */
function strays(of: typeof files, allowed: (name: string, path: string) => boolean): string[] {
  return of.flatMap(({ path, imports }) =>
    imports.filter((name) => !allowed(name, path)).map((name) => `${path} imports ${name}`),
  )
}

describe('the rooms of the house', () => {
  it('sources import the contracts and zod', () => {
    const sources = under('functions/poll/sources/').filter(({ path }) => !path.endsWith('/registry.ts'))
    expect(sources.length).toBeGreaterThanOrEqual(5)
    expect(strays(sources, (name) => name === 'zod' || name.startsWith('shared/contracts/'))).toEqual([])
  })

  it('destinations import the contracts, zod, node:crypto and node:zlib', () => {
    const destinations = under('functions/deliver/destinations/').filter(({ path }) => !path.endsWith('/registry.ts'))
    expect(destinations.length).toBeGreaterThanOrEqual(1)
    const allowed = (name: string) =>
      name === 'zod' ||
      name === 'node:crypto' ||
      name === 'node:zlib' ||
      name.startsWith('shared/contracts/') ||
      name.startsWith('functions/deliver/destinations/')
    expect(strays(destinations, allowed)).toEqual([])
  })

  it('poll and deliver do not know each other', () => {
    expect(strays(under('functions/poll/'), (name) => !name.startsWith('functions/deliver/'))).toEqual([])
    expect(strays(under('functions/deliver/'), (name) => !name.startsWith('functions/poll/'))).toEqual([])
  })

  it('the functions know nothing of the command line, the local run, the infrastructure or the tests', () => {
    const outside = /^(cli|local|infra|test|bench)\//
    expect(strays(under('functions/', 'shared/'), (name) => !outside.test(name))).toEqual([])
  })

  it('what is shared knows no function', () => {
    expect(strays(under('shared/'), (name) => !name.startsWith('functions/'))).toEqual([])
  })

  it('only shared/http and shared/aws, and the handlers, import the network or AWS', () => {
    const inner = under('functions/', 'shared/').filter(
      ({ path }) => !/^shared\/(http|aws)\//.test(path) && !path.endsWith('/handler.ts'),
    )
    const outer = /^(@aws-sdk\/|undici$|node:(http|https|http2|net|tls|dns|fs|child_process|timers))/
    expect(strays(inner, (name) => !outer.test(name))).toEqual([])
  })

  it('only the handlers, shared/http and shared/aws touch the clock, chance and the environment', () => {
    const inner = under('functions/', 'shared/').filter(
      ({ path }) => !/^shared\/(http|aws)\//.test(path) && !path.endsWith('/handler.ts'),
    )
    const touches = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(env|std)|\bsetTimeout\(|\bconsole\./
    expect(inner.filter(({ text }) => touches.test(text)).map(({ path }) => path)).toEqual([])
  })
})

describe('the size of a file', () => {
  it('is about 200 lines at most, and never above 250', () => {
    const code = files.filter(({ path }) => !path.startsWith('test/'))
    const long = code.filter(({ text }) => text.split('\n').length > 250).map(({ path }) => path)
    expect(long).toEqual([])
  })
})
