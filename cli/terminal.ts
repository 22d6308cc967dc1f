import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Terminal } from './command.ts'

const [ENTER, LINE_FEED, END, CANCEL, BACKSPACE, DELETE] = ['\r', '\n', '\u0004', '\u0003', '\b', '\u007f']

/** The terminal of the process. Answers go to `output`, complaints and questions for secrets to `errors`. */
export function processTerminal(input: ReadStream, output: WriteStream, errors: WriteStream): Terminal {
  return {
    print: (line) => output.write(`${line}\n`),
    complain: (line) => errors.write(`${line}\n`),
    interactive: input.isTTY === true && output.isTTY === true,
    ask: async (question) => {
      const lines = createInterface({ input, output })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    secret: (question) => (input.isTTY === true ? readHidden(question, input, errors) : text(input)),
  }
}

/** One line from a terminal that does not show what is typed. Ctrl-C ends the process, as everywhere. */
async function readHidden(question: string, input: ReadStream, errors: WriteStream): Promise<string> {
  // Before the question, so that not even a quick answer is shown.
  input.setRawMode(true)
  input.setEncoding('utf8')
  errors.write(question)
  let typed = ''
  try {
    for await (const chunk of input) {
      for (const key of String(chunk)) {
        if (key === ENTER || key === LINE_FEED || key === END) return typed
        if (key === CANCEL) process.kill(process.pid, 'SIGINT')
        else typed = key === BACKSPACE || key === DELETE ? typed.slice(0, -1) : typed + key
      }
    }
    return typed
  } finally {
    input.setRawMode(false)
    errors.write('\n')
  }
}
