import { statSync } from 'node:fs'
import { join } from 'node:path'
import { isQuietInDemo, startDemo } from '../local/demo/demo.ts'
import { EXAMPLE_TYPES } from '../local/demo/example.ts'
import { hints, welcome } from '../local/demo/words.ts'
import { createJsonPrinter, createPrinter, type Printer } from '../local/printer.ts'
import { type LocalRun, startLocal } from '../local/run.ts'
import { untilStopped } from '../local/until-stopped.ts'
import { type Call, type Command, type Result, textOption, UsageError } from './command.ts'

const DEFAULT_DATA_DIR = '.pollhook'
const DEMO_TICK_SECONDS = 1

export const command: Command = {
  usage: 'dev [--config DIR | --example TYPE] [--data DIR] [--tick SECONDS] [--port N]',
  help: [
    'Runs everything on this machine, without AWS: the same functions, against emulators. Ctrl-C ends it.',
    'Without --config it is a demo, with simulated vendors and a receiver that checks every signature.',
    '',
    `  --example TYPE  the demo with a simulated receiver of another kind, as in examples/: ${EXAMPLE_TYPES.join(', ')}`,
    '  --config DIR    a folder with sources/, destinations/ and secrets/; read again when it changes',
    `  --data DIR      where the state is kept; default ${DEFAULT_DATA_DIR}, or ${DEFAULT_DATA_DIR}/demo`,
    '  --tick SECONDS  how often it looks for sources that are due; default 60, in the demo 1',
    '  --port N        of the emulated AWS services on 127.0.0.1; default any free one',
  ],
  options: {
    config: { type: 'string' },
    example: { type: 'string' },
    data: { type: 'string' },
    tick: { type: 'string' },
    port: { type: 'string' },
  },
  words: { least: 0, most: 0 },
  run: dev,
}

interface Settings {
  readonly configDir: string | undefined
  readonly example: string | undefined
  readonly dataDir: string
  readonly tickSeconds: number | undefined
  readonly port: number
}

async function dev(call: Call): Promise<Result> {
  const settings = readSettings(call)
  const { print, complain } = call.terminal
  try {
    const printer = printerOf(call, settings)
    const run =
      settings.configDir === undefined
        ? await demo(settings, printer, call.options.json === true ? () => {} : print)
        : await own(settings, settings.configDir, printer)
    await untilStopped(run, printer)
    return { outcome: 'ok', lines: [], json: { stopped: true } }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    complain(problem)
    return { outcome: 'problem', lines: [], json: { problem } }
  }
}

function printerOf({ options, terminal, env, now }: Call, { configDir }: Settings): Printer {
  if (options.json === true) return createJsonPrinter(terminal.print, now)
  return createPrinter({
    print: terminal.print,
    colours: process.stdout.isTTY === true && env.NO_COLOR === undefined,
    now,
    ...(configDir === undefined && { isQuiet: isQuietInDemo }),
  })
}

/** @throws UsageError */
function readSettings(call: Call): Settings {
  const configDir = textOption(call, 'config')
  if (configDir !== undefined && statSync(configDir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`Cannot read --config ${configDir}: found no such folder`)
  }
  const example = textOption(call, 'example')
  if (example !== undefined && configDir !== undefined) {
    throw new UsageError('Cannot use --example together with --config: found both, wanted one of them')
  }
  if (example !== undefined && !EXAMPLE_TYPES.includes(example)) {
    throw new UsageError(`Cannot use --example ${example}: known are ${EXAMPLE_TYPES.join(', ')}`)
  }
  const demoDir = join(DEFAULT_DATA_DIR, example === undefined ? 'demo' : `demo-${example}`)
  const dataDir = textOption(call, 'data') ?? (configDir === undefined ? demoDir : DEFAULT_DATA_DIR)
  return {
    configDir,
    example,
    dataDir,
    tickSeconds: wholeNumber(call, 'tick', 1, 86_400),
    port: wholeNumber(call, 'port', 1, 65_535) ?? 0,
  }
}

function wholeNumber(call: Call, name: string, least: number, most: number): number | undefined {
  const text = textOption(call, name)
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`Cannot use --${name} ${text}: wanted a whole number from ${least} to ${most}`)
}

async function own(settings: Settings, configDir: string, printer: Printer): Promise<LocalRun> {
  const { dataDir, tickSeconds, port } = settings
  const onNote = printer.note
  const run = await startLocal({ dataDir, configDir, port, onNote, ...(tickSeconds !== undefined && { tickSeconds }) })
  const every = tickSeconds ?? run.plan.schedules[0]?.everySeconds
  printer.say(
    'ready',
    `runs what ${configDir} says: a tick every ${every} s, state in ${dataDir}, AWS at ${run.endpoint}. Ctrl-C ends it`,
    'good',
  )
  return run
}

async function demo(
  { dataDir, example, tickSeconds = DEMO_TICK_SECONDS, port }: Settings,
  printer: Printer,
  print: (line: string) => void,
): Promise<Pick<LocalRun, 'pending' | 'stop'>> {
  const onBegin = () => {
    for (const line of welcome(example)) print(line)
  }
  const onSettled = (demo: { readonly configDir: string; readonly receiverUrl: string }) => {
    for (const line of hints({ ...demo, dataDir })) print(line)
  }
  const run = await startDemo({ dataDir, tickSeconds, port, printer, example, onBegin, onSettled })
  printer.say('ready', `a tick every ${tickSeconds} s, the state is in ${dataDir}. Ctrl-C ends it`, 'good')
  return run
}
