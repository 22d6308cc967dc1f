import type { ParseArgsOptionsConfig } from 'node:util'

/** One command of the command line. A file in cli/commands exports one as `command`. */
export interface Command {
  /** What follows `pollhook`, such as `push DIR [--prune]`. */
  readonly usage: string
  /** What it does and what its options mean, for `pollhook help <command>`: lines of up to 100 characters. */
  readonly help: readonly string[]
  readonly options: ParseArgsOptionsConfig
  /** How many words it takes besides its options. */
  readonly words: { readonly least: number; readonly most: number }
  /**
   * @throws UsageError for what the person should have written otherwise
   * @throws Fault for everything else that can be expected; its message is all that is shown
   */
  run(call: Call): Promise<Result>
}

/** What the person wrote, taken apart, and where the command talks to them. */
export interface Call {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly terminal: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}

export interface Result {
  /** `problem` is exit code 1. */
  readonly outcome: 'ok' | 'problem'
  /** For people; printed unless `--json` is given. */
  readonly lines: readonly string[]
  /** For programs; printed as one line with `--json`. */
  readonly json: Readonly<Record<string, unknown>>
}

export interface Terminal {
  print(line: string): void
  complain(line: string): void
  /** True when a person can answer a question. */
  readonly interactive: boolean
  ask(question: string): Promise<string>
  /** All of standard input; on a terminal, one line that is not shown. */
  secret(question: string): Promise<string>
}

/** Something that is not a command of pollhook: exit code 2. The message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** An option's text, when it was given. */
export function textOption(call: Call, name: string): string | undefined {
  const value = call.options[name]
  return typeof value === 'string' ? value : undefined
}

/** The word at `index`. @throws UsageError when it was not given: `words.least` was too small */
export function word(call: Call, index: number): string {
  const found = call.words[index]
  if (found === undefined) throw new UsageError(`A word is missing: wanted ${index + 1}, found ${call.words.length}`)
  return found
}
