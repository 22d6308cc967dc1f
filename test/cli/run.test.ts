import { describe, expect, test } from 'vitest'
import metadata from '../../package.json' with { type: 'json' }
import { pollhook } from './surroundings.ts'

describe('pollhook', () => {
  test('says its version', async () => {
    expect(await pollhook(['--version'])).toEqual({ code: 0, out: [metadata.version], err: [] })
  })

  test.each([[['help']], [['--help']], [['-h']]])('%j lists every command', async (args) => {
    const { code, out } = await pollhook(args)
    expect(code).toBe(0)
    const commands = out.flatMap((line) => /^ {2}(\w+) {2}/.exec(line)?.[1] ?? [])
    expect(commands).toEqual([
      'dev',
      'check',
      'push',
      'secret',
      'status',
      'pause',
      'resume',
      'gaps',
      'rewind',
      'backfill',
      'dlq',
    ])
  })

  test.each([[['help', 'check']], [['check', '--help']], [['check', '-h']]])('%j says how it is used', async (args) => {
    const { code, out } = await pollhook(args)
    expect(code).toBe(0)
    expect(out[0]).toBe('pollhook check [DIR | FILE] [--local] [--live]')
  })

  test.each<[args: string[], complaint: string]>([
    [[], 'Cannot run pollhook without a command (see pollhook help)'],
    [['statu'], 'Cannot run pollhook statu, which is no command: did you mean status? (see pollhook help)'],
    [['toString'], 'Cannot run pollhook toString, which is no command (see pollhook help)'],
    [['help', 'nothing'], 'Cannot run pollhook nothing, which is no command (see pollhook help)'],
    [
      ['push', '.', '--prun'],
      'Cannot run pollhook push with --prun, which it does not know: did you mean --prune? (see pollhook help)',
    ],
    [['push', '.', '--prefix'], 'Cannot run pollhook push with --prefix as its value is missing (see pollhook help)'],
    [
      ['push', '.', '--prefix', '--yes'],
      'Cannot run pollhook push with --prefix as its value is missing (see pollhook help)',
    ],
    [['push', '.', '--yes=1'], 'Cannot run pollhook push with a value for --yes, which takes none (see pollhook help)'],
    [
      ['push'],
      'Cannot run pollhook push with 0 words: wanted pollhook push DIR [--prune] [--secrets] [--advanced] [--yes] [--prefix PATH | --local] (see pollhook help)',
    ],
    [
      ['status', 'now'],
      'Cannot run pollhook status with 1 words: wanted pollhook status [--source ID --completeness [--from TIME] [--to TIME]] [--prefix PATH | --local] (see pollhook help)',
    ],
    [
      ['status', '--prefix', 'pollhook'],
      'Cannot use the prefix "pollhook": wanted a path such as /pollhook (see pollhook help)',
    ],
    [['rewind', 'a'], 'Cannot rewind without a time: wanted --to TIME (see pollhook help)'],
    [
      ['rewind', 'a', '--to', 'soon'],
      'Cannot use --to "soon": wanted a time such as 2026-05-01T10:00:00Z, or a duration ago such as 24h (see pollhook help)',
    ],
    [
      ['rewind', 'a', '--to', '2126-01-01T00:00:00Z'],
      'Cannot use --to "2126-01-01T00:00:00Z", which has not come yet (see pollhook help)',
    ],
    [['backfill', 'a'], 'Cannot backfill without a beginning: wanted --from TIME (see pollhook help)'],
    [['backfill', 'a', '--from', '1h', '--to', '2h'], 'wanted an end after the beginning (see pollhook help)'],
    [['dlq', 'purge'], 'Cannot run pollhook dlq purge: wanted list, show, replay or drop (see pollhook help)'],
    [['dlq', 'drop'], 'Cannot drop dead letters without ids: wanted some, or --all (see pollhook help)'],
    [
      ['dlq', 'replay'],
      'Cannot replay dead letters without ids: wanted some, a choice such as --destination, or --all (see pollhook help)',
    ],
    [['dlq', 'list', '--most', '0'], 'Cannot use --most: wanted a whole number above 0 (see pollhook help)'],
    [['secret', 'get', 'a'], 'Cannot run pollhook secret get: wanted pollhook secret set NAME (see pollhook help)'],
    [
      ['secret', 'set', 'a b'],
      'Cannot store a secret under that name: found "a b", wanted letters, digits and any of . _ - / (see pollhook help)',
    ],
    [['check', 'no/such/folder'], 'Cannot check no/such/folder, which does not exist (see pollhook help)'],
    [
      ['check', 'package.json'],
      'Cannot check package.json, which is neither in a folder named sources nor in one named destinations (see pollhook help)',
    ],
  ])('%j is wrong usage: one line and exit code 2', async (args, complaint) => {
    const { code, out, err } = await pollhook(args)
    expect(err).toHaveLength(1)
    expect(err[0]).toContain(complaint)
    expect({ code, out }).toEqual({ code: 2, out: [] })
  })

  test('--local without a local run is a problem: one line and exit code 1', async () => {
    expect(await pollhook(['status', '--local', '--data', '/nowhere'])).toEqual({
      code: 1,
      out: [],
      err: ['Cannot reach the local run on /nowhere: found none, wanted one started with pollhook dev'],
    })
  })
})
