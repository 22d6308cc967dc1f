import { LocalFunction } from '../../local/functions.ts'

/** Runs the function of the plan in the first argument, and reports the process id that it writes. */
const subject = new LocalFunction({
  plan: JSON.parse(`${process.argv[2]}`),
  clientEnvironment: {},
  maxProcesses: 1,
  onLine: (text) => process.send?.(Number(text)),
  onFailure: () => {},
})
void subject.invoke('{}')
