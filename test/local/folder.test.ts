import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Parameters } from '../../local/emulators/parameters.ts'
import { loadFolder } from '../../local/folder.ts'
import { FolderWatch } from '../../local/folder-watch.ts'
import type { Note } from '../../local/note.ts'
import { temporaryFolder } from './temporary.ts'

const NOW = new Date('2026-05-01T10:00:00Z')
const NOTHING = { added: [], changed: [], removed: [], problems: [] }

function open(files: Readonly<Record<string, string>>) {
  const dir = temporaryFolder()
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  const parameters = new Parameters(join(temporaryFolder(), 'parameters.json'))
  const load = () => loadFolder(dir, '/pollhook', parameters, NOW)
  const stored = () => parameters.all().map(({ name, type, value }) => [name, type, value])
  return { dir, write, parameters, load, stored, remove: (path: string) => rmSync(join(dir, path)) }
}

describe('loadFolder()', () => {
  it('puts sources and destinations as they are, and secrets without the newline at the end', () => {
    const { load, stored } = open({
      'sources/prod-tines.json': '{ "type": "tines" }\n',
      'destinations/soc.json': 'not even JSON',
      'secrets/tines/api-key': 'key\n',
      'secrets/windows': 'key\r\n',
      'secrets/two-lines': 'one\ntwo\n\n',
    })
    expect(load()).toEqual({
      ...NOTHING,
      added: [
        'sources/prod-tines',
        'destinations/soc',
        'secrets/tines/api-key',
        'secrets/two-lines',
        'secrets/windows',
      ],
    })
    expect(stored()).toEqual([
      ['/pollhook/destinations/soc', 'String', 'not even JSON'],
      ['/pollhook/secrets/tines/api-key', 'SecureString', 'key'],
      ['/pollhook/secrets/two-lines', 'SecureString', 'one\ntwo\n'],
      ['/pollhook/secrets/windows', 'SecureString', 'key'],
      ['/pollhook/sources/prod-tines', 'String', '{ "type": "tines" }\n'],
    ])
  })

  it('writes nothing when nothing is different', () => {
    const { load, parameters } = open({ 'sources/a.json': '{}' })
    load()
    expect(load()).toEqual(NOTHING)
    expect(parameters.get('/pollhook/sources/a')?.version).toBe(1)
  })

  it('follows files that are added, changed and removed', () => {
    const { load, write, remove, stored } = open({ 'sources/a.json': '1', 'sources/b.json': '1' })
    load()
    write('sources/a.json', '2')
    write('sources/c.json', '1')
    remove('sources/b.json')
    expect(load()).toEqual({ ...NOTHING, added: ['sources/c'], changed: ['sources/a'], removed: ['sources/b'] })
    expect(stored()).toEqual([
      ['/pollhook/sources/a', 'String', '2'],
      ['/pollhook/sources/c', 'String', '1'],
    ])
  })

  it('removes what an earlier run had loaded, and leaves what was put in another way', () => {
    const { load, remove, parameters, stored } = open({ 'secrets/from-folder': 'x' })
    parameters.put({ name: '/pollhook/secrets/by-hand', type: 'SecureString', value: 'y' }, NOW)
    load()
    remove('secrets/from-folder')
    expect(load().removed).toEqual(['secrets/from-folder'])
    expect(stored()).toEqual([['/pollhook/secrets/by-hand', 'SecureString', 'y']])
  })

  it.each([
    ['sources/Prod.json', 'found that name, wanted <id>.json with an id of a-z, 0-9 and -'],
    ['sources/prod.yaml', 'found that name, wanted <id>.json with an id of a-z, 0-9 and -'],
    ['destinations/team/soc.json', 'found that name, wanted <id>.json with an id of a-z, 0-9 and -'],
    ['secrets/api key', 'found that name, wanted letters, digits and the characters _.-/'],
  ])('leaves out %s and says so', (path, problem) => {
    const { load, stored } = open({ [path]: 'open sesame', 'sources/good.json': '{}' })
    expect(load()).toEqual({ ...NOTHING, added: ['sources/good'], problems: [`Cannot load ${path}: ${problem}`] })
    expect(stored()).toHaveLength(1)
  })

  it('keeps what it had of a file that is empty for a moment, as editors leave it', () => {
    const { load, write, stored } = open({ 'secrets/key': 'x' })
    load()
    write('secrets/key', '')
    expect(load()).toEqual({
      ...NOTHING,
      problems: ['Cannot load secrets/key: found 0 characters, wanted 1 to 8192'],
    })
    expect(stored()).toEqual([['/pollhook/secrets/key', 'SecureString', 'x']])
  })

  it('leaves out what is too long for Parameter Store', () => {
    const { load } = open({ 'sources/a.json': 'x'.repeat(8193) })
    expect(load().problems).toEqual(['Cannot load sources/a.json: found 8193 characters, wanted 1 to 8192'])
  })

  it("passes over hidden files and an editor's copies", () => {
    const { load } = open({ 'sources/.a.json.swp': '{}', 'sources/a.json~': '{}', 'secrets/.git/x': 'x' })
    expect(load()).toEqual(NOTHING)
  })

  it('follows symbolic links, as a mounted secret is one', () => {
    const { load, dir, stored } = open({ 'secrets/.data/key': 'x' })
    symlinkSync(join(dir, 'secrets/.data/key'), join(dir, 'secrets/key'))
    load()
    expect(stored()).toEqual([['/pollhook/secrets/key', 'SecureString', 'x']])
  })

  it('removes nothing when the folder is gone', () => {
    const { load, dir, stored } = open({ 'sources/a.json': '{}' })
    load()
    rmSync(dir, { recursive: true })
    expect(load).toThrow('ENOENT')
    expect(stored()).toHaveLength(1)
  })
})

describe('FolderWatch', () => {
  it('says a problem once, and again when it came back', () => {
    const { dir, write, remove, parameters } = open({ 'sources/A.json': '{}' })
    const notes: Note[] = []
    const watch = new FolderWatch(dir, '/pollhook', parameters, (note) => notes.push(note))
    watch.look(NOW)
    watch.look(NOW)
    expect(notes).toHaveLength(1)
    remove('sources/A.json')
    watch.look(NOW)
    write('sources/A.json', '{}')
    watch.look(NOW)
    expect(notes).toHaveLength(2)
  })

  it('says that the folder cannot be read, and goes on', () => {
    const { dir, parameters } = open({})
    rmSync(dir, { recursive: true })
    const notes: Note[] = []
    new FolderWatch(dir, '/pollhook', parameters, (note) => notes.push(note)).look(NOW)
    expect(notes).toEqual([{ kind: 'problem', text: expect.stringMatching(/^Cannot read the folder .*ENOENT/) }])
  })
})
