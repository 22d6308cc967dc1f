import { type ExitCode, run } from '../../cli/run.ts'

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: ExitCode
  readonly out: readonly string[]
  readonly err: readonly string[]
}

export interface Person {
  /** What is on standard input. */
  readonly input?: string
  /** Answers to questions; absent: there is no terminal. */
  readonly answer?: string
  readonly env?: Readonly<Record<string, string>>
  readonly now?: Date
}

/** Runs the command line in this process, with a person who says what is given. */
export async function pollhook(
  args: readonly string[],
  { input = '', answer, env = {}, now }: Person = {},
): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const terminal = {
    print: (line: string) => out.push(line),
    complain: (line: string) => err.push(line),
    interactive: answer !== undefined,
    ask: async (question: string) => {
      out.push(question)
      return answer ?? ''
    },
    secret: async () => input,
  }
  const code = await run(args, { terminal, env, now: () => now ?? new Date() })
  return { code, out, err }
}
