import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import metadata from '../package.json' with { type: 'json' }
import { nearest } from '../shared/config/nearest.ts'
import { Fault } from '../shared/contracts/fault.ts'
import { type Call, type Command, type Result, type Terminal, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { table } from './table.ts'

/** 0 ok, 1 found a problem, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** What the command line is run with. */
export type Surroundings = Pick<Call, 'terminal' | 'env' | 'now'>

/** Runs one command. Whatever is expected to go wrong ends in one line on standard error and an exit code. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { terminal } = surroundings
  try {
    return await runCommand(args, surroundings)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.complain(`${error.message} (see pollhook help)`)
      return 2
    }
    terminal.complain(error instanceof Fault ? error.message : unexpected(error))
    return 1
  }
}

async function runCommand([name, ...rest]: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { terminal } = surroundings
  if (name === undefined) throw new UsageError('Cannot run pollhook without a command')
  if (name === '--version' || name === '-v') return show(terminal, [metadata.version])
  if (name === 'help' || name === '--help' || name === '-h') return show(terminal, await help(rest[0]))
  if (rest.includes('--help') || rest.includes('-h')) return show(terminal, await help(name))

  const command = await commandOf(name)
  const { words, options } = parse(name, command, rest)
  const result = await command.run({ words, options, ...surroundings })
  print(terminal, result, options.json === true)
  return result.outcome === 'ok' ? 0 : 1
}

async function commandOf(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry !== undefined) return entry.load()
  const near = nearest(name, Object.keys(COMMANDS))
  throw new UsageError(
    `Cannot run pollhook ${name}, which is no command${near === undefined ? '' : `: did you mean ${near}?`}`,
  )
}

function parse(name: string, command: Command, args: readonly string[]): Pick<Call, 'words' | 'options'> {
  const known: ParseArgsOptionsConfig = { ...command.options, json: { type: 'boolean' } }
  for (const token of parseArgs({ args: [...args], options: known, strict: false, tokens: true }).tokens) {
    if (token.kind === 'option') checkOption(name, token.name, token.rawName, token.value, known)
  }
  const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true })
  const { least, most } = command.words
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(
      `Cannot run pollhook ${name} with ${positionals.length} words: wanted pollhook ${command.usage}`,
    )
  }
  return { words: positionals, options: values as Call['options'] }
}

function checkOption(
  command: string,
  name: string,
  raw: string,
  value: string | undefined,
  known: ParseArgsOptionsConfig,
): void {
  const option = Object.hasOwn(known, name) ? known[name] : undefined
  if (option === undefined) {
    const near = nearest(name, Object.keys(known))
    const advice = near === undefined ? '' : `: did you mean --${near}?`
    throw new UsageError(`Cannot run pollhook ${command} with ${raw}, which it does not know${advice}`)
  }
  if (option.type === 'string' && (value === undefined || value.startsWith('--'))) {
    throw new UsageError(`Cannot run pollhook ${command} with ${raw} as its value is missing`)
  }
  if (option.type === 'boolean' && value !== undefined) {
    throw new UsageError(`Cannot run pollhook ${command} with a value for ${raw}, which takes none`)
  }
}

function print(terminal: Terminal, { lines, json }: Result, asJson: boolean): void {
  if (asJson) terminal.print(JSON.stringify(json))
  else for (const line of lines) terminal.print(line)
}

async function help(name: string | undefined): Promise<string[]> {
  if (name !== undefined) {
    const command = await commandOf(name)
    return [`pollhook ${command.usage}`, '', ...command.help]
  }
  const rows = Object.entries(COMMANDS).map(([command, { summary }]) => [`  ${command}`, summary])
  return [
    'pollhook <command> [options]',
    '',
    ...table(rows),
    '',
    'pollhook help <command> says more. Every command takes --json.',
    'Exit codes: 0 ok, 1 found a problem, 2 wrong usage.',
  ]
}

function show(terminal: Terminal, lines: readonly string[]): 0 {
  for (const line of lines) terminal.print(line)
  return 0
}

const WITHOUT_AWS = 'what the AWS command line would use; for a run on this machine --local'

/** Nobody expected it, so its first line is all that is known; the SDK's errors have telling names. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return 'Cannot go on: found something that is not an error'
  const [first = ''] = error.message.split('\n')
  if (first === 'Region is missing') return `Cannot reach AWS: found no Region, wanted AWS_REGION or ${WITHOUT_AWS}`
  if (error.name === 'CredentialsProviderError') {
    return `Cannot reach AWS: found no credentials (${first}), wanted ${WITHOUT_AWS}`
  }
  return `Cannot go on: found ${error.name}: ${first}`
}
