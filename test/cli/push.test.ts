import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { folderOf, GOOD, SOC, TINES } from './folder.ts'
import { type LocalDeployment, openLocalDeployment } from './local-deployment.ts'
import { type Person, pollhook } from './surroundings.ts'

let deployment: LocalDeployment
beforeAll(async () => {
  deployment = await openLocalDeployment()
})
afterAll(() => deployment.close())
beforeEach(() => {
  for (const { name } of deployment.parameters.all()) deployment.parameters.delete(name)
})

const local = (...args: string[]) => [...args, '--local', '--data', deployment.dataDir]
const push = (dir: string, options: string[] = ['--yes'], person: Person = {}) =>
  pollhook(local('push', dir, ...options), person)
const stored = () =>
  Object.fromEntries(deployment.parameters.all().map(({ name, type, value }) => [name, [type, value]]))

describe('pollhook push', () => {
  test('writes sources and destinations, and leaves secrets out', async () => {
    expect(await push(folderOf(GOOD))).toEqual({
      code: 0,
      out: ['added  destinations/soc', 'added  sources/prod-tines', 'Wrote 2, deleted 0'],
      err: [],
    })
    expect(stored()).toEqual({
      '/pollhook/sources/prod-tines': ['String', JSON.stringify(TINES)],
      '/pollhook/destinations/soc': ['String', JSON.stringify(SOC)],
    })
  })

  test('--secrets writes secrets as SecureString, without the line break, and shows no value', async () => {
    const { out } = await push(folderOf(GOOD), ['--secrets', '--yes'])
    expect(out.join('\n')).not.toContain('tines-key')
    expect(stored()['/pollhook/secrets/sources/tines/api-key']).toEqual(['SecureString', 'tines-key'])
    expect(await push(folderOf(GOOD), ['--secrets'])).toMatchObject({
      code: 0,
      out: expect.arrayContaining(['Nothing to write']),
    })
    const changed = await push(folderOf({ ...GOOD, 'secrets/sources/tines/api-key': 'new-key' }), [
      '--secrets',
      '--yes',
    ])
    expect(changed.out).toContain('changed    secrets/sources/tines/api-key')
    expect(stored()['/pollhook/secrets/sources/tines/api-key']).toEqual(['SecureString', 'new-key'])
  })

  test('shows which fields change, never their values', async () => {
    await push(folderOf(GOOD))
    const { out } = await push(
      folderOf({ ...GOOD, 'sources/prod-tines.json': { ...TINES, every: '5m', startFrom: 'earliest' } }),
    )
    expect(out).toEqual([
      'unchanged  destinations/soc',
      'changed    sources/prod-tines  every, startFrom',
      'Wrote 1, deleted 0',
    ])
  })

  test('another layout of the same JSON is no change', async () => {
    await push(folderOf(GOOD))
    const { out } = await push(folderOf({ ...GOOD, 'sources/prod-tines.json': JSON.stringify(TINES, null, 2) }))
    expect(out.at(-1)).toBe('Nothing to write')
  })

  test('deletes what the folder does not have with --prune alone', async () => {
    await push(folderOf({ ...GOOD, 'sources/old.json': TINES }))
    expect((await push(folderOf(GOOD))).out).toContain('kept       sources/old')
    expect(Object.keys(stored())).toContain('/pollhook/sources/old')
    expect((await push(folderOf(GOOD), ['--prune', '--yes'])).out).toContain('removed    sources/old')
    expect(Object.keys(stored())).not.toContain('/pollhook/sources/old')
  })

  test('writes what is named before what names it, and deletes the other way round', async () => {
    const put = vi.spyOn(deployment.parameters, 'put')
    const remove = vi.spyOn(deployment.parameters, 'delete')
    await push(
      folderOf({ ...GOOD, 'sources/old.json': { ...TINES, destinations: ['old'] }, 'destinations/old.json': SOC }),
      ['--secrets', '--yes'],
    )
    const folders = put.mock.calls.map(([{ name }]) => name.split('/')[2])
    expect([...new Set(folders)]).toEqual(['secrets', 'destinations', 'sources'])
    remove.mockClear()
    await push(folderOf(GOOD), ['--prune', '--yes'])
    expect(remove.mock.calls).toEqual([['/pollhook/sources/old'], ['/pollhook/destinations/old']])
    vi.restoreAllMocks()
  })

  test('never deletes a secret', async () => {
    await push(folderOf(GOOD), ['--secrets', '--yes'])
    const { 'secrets/sources/tines/api-key': _, ...rest } = {
      ...GOOD,
      'sources/prod-tines.json': { ...TINES, apiKey: { secret: 'destinations/x' } },
    }
    await push(folderOf(rest), ['--prune', '--secrets', '--yes'])
    expect(Object.keys(stored())).toContain('/pollhook/secrets/sources/tines/api-key')
  })

  test('asks a person, and takes only yes for it', async () => {
    const dir = folderOf(GOOD)
    const no = await push(dir, [], { answer: '' })
    expect(no.out.slice(-2)).toEqual(['Write 2 parameters and delete 0 under /pollhook? [y/N] ', 'Nothing was written'])
    expect(stored()).toEqual({})
    await push(dir, [], { answer: 'y' })
    expect(Object.keys(stored())).toHaveLength(2)
  })

  test('shows the difference and writes nothing when there is nobody to ask', async () => {
    expect(await push(folderOf(GOOD), [])).toEqual({
      code: 2,
      out: ['added  destinations/soc', 'added  sources/prod-tines'],
      err: ['Cannot push without asking, and there is nobody to ask: wanted --yes (see pollhook help)'],
    })
    expect(stored()).toEqual({})
  })

  test('writes nothing at all when one file cannot be used', async () => {
    const { code, out } = await push(folderOf({ ...GOOD, 'sources/bad.json': { ...TINES, every: 'soon' } }))
    expect(code).toBe(1)
    expect(out.at(-1)).toBe('Nothing was written: 1 problem')
    expect(stored()).toEqual({})
  })

  test('says what to do with more than 4 KB, and does it when allowed', async () => {
    const types = Array.from({ length: 200 }, (_, index) => `tines.long_name_of_event_${index}`)
    const dir = folderOf({ ...GOOD, 'destinations/soc.json': { ...SOC, filter: { types } } })
    const { code, err } = await push(dir)
    expect(code).toBe(1)
    expect(err).toEqual([
      expect.stringMatching(
        /^Cannot store \/pollhook\/destinations\/soc as it has \d+ bytes: a Standard parameter holds at most 4096; shorten it, or allow the Advanced tier with --advanced, which AWS charges for$/,
      ),
    ])
    expect(stored()).toEqual({})
    expect((await push(dir, ['--yes', '--advanced'])).code).toBe(0)
  })

  test('uses another prefix', async () => {
    await push(folderOf(GOOD), ['--yes', '--prefix', '/security/pollhook'])
    expect(Object.keys(stored()).sort()).toEqual([
      '/security/pollhook/destinations/soc',
      '/security/pollhook/sources/prod-tines',
    ])
  })

  test('--json says the same to programs', async () => {
    const { out } = await push(folderOf(GOOD), ['--yes', '--json'])
    expect(out).toHaveLength(1)
    expect(JSON.parse(out.join())).toEqual({
      ok: true,
      changes: [
        { name: 'destinations/soc', kind: 'added', fields: [] },
        { name: 'sources/prod-tines', kind: 'added', fields: [] },
      ],
      written: 2,
      removed: 0,
    })
  })
})

describe('pollhook secret set', () => {
  const set = (input: string, name = 'tines/api-key') => pollhook(local('secret', 'set', name), { input })

  test('stores standard input without the line break at its end, and does not show it', async () => {
    expect(await set('a b\n\n')).toEqual({ code: 0, out: ['Stored /pollhook/secrets/tines/api-key'], err: [] })
    expect(stored()).toEqual({ '/pollhook/secrets/tines/api-key': ['SecureString', 'a b\n'] })
  })

  test('overwrites', async () => {
    await set('old')
    await set('new')
    expect(stored()).toEqual({ '/pollhook/secrets/tines/api-key': ['SecureString', 'new'] })
  })

  test('refuses an empty one', async () => {
    expect(await set('\n')).toMatchObject({ code: 2, err: [expect.stringContaining('Cannot store an empty secret')] })
  })
})
