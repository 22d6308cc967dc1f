import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../../cli/run.ts'
import { DataDir } from '../../local/data-dir.ts'
import { temporaryFolder } from './temporary.ts'

async function pollhook(...args: string[]) {
  const [printed, complaints]: [string[], string[]] = [[], []]
  const code = await run(args, {
    terminal: {
      print: (line) => void printed.push(line),
      complain: (line) => void complaints.push(line),
      interactive: false,
      ask: async () => '',
      secret: async () => '',
    },
    env: {},
    now: () => new Date(),
  })
  return { code, printed, complaints }
}

describe('pollhook dev', () => {
  it.each([
    [['--tick', '0'], 'Cannot use --tick 0: wanted a whole number from 1 to 86400'],
    [['--tick', '1.5'], 'Cannot use --tick 1.5: wanted a whole number from 1 to 86400'],
    [['--port', '70000'], 'Cannot use --port 70000: wanted a whole number from 1 to 65535'],
    [['--config', '/no/such/folder'], 'Cannot read --config /no/such/folder: found no such folder'],
    [['--confg', 'x'], 'did you mean --config?'],
    [['extra'], 'with 1 words'],
  ])('takes %j as wrong usage, in one line', async (args, text) => {
    const { code, complaints } = await pollhook('dev', ...args)
    expect(code).toBe(2)
    expect(complaints).toEqual([expect.stringContaining(text)])
  })

  it.each([
    ['its own configuration', (data: string) => ['--config', data], '.'],
    ['the demo', () => [], 'world'],
  ])('says in one line that another run has the folder: %s', async (_, more, held) => {
    const data = temporaryFolder()
    const other = DataDir.take(join(data, held))
    onTestFinished(() => other.release())
    const { code, printed, complaints } = await pollhook('dev', '--data', data, ...more(data))
    expect(code).toBe(1)
    expect(printed).toEqual([])
    expect(complaints).toEqual([expect.stringMatching(/^Cannot use .*: found another run on it/)])
  })
})
