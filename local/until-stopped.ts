import type { Printer } from './printer.ts'
import type { LocalRun } from './run.ts'

/** npm passes Ctrl-C on to its script, which has had it from the terminal already: that second one is the same. */
const SAME_SIGNAL_MS = 500

/** 128 and the number of SIGINT, as shells count. */
const INTERRUPTED = 130

/**
 * Waits for SIGINT or SIGTERM, then stops the run, which lets what is in flight end. A second signal ends the process at once; what was
 * in flight is then taken up again at the next start.
 */
export async function untilStopped(run: Pick<LocalRun, 'pending' | 'stop'>, printer: Printer): Promise<void> {
  await nextSignal()
  const firstMs = Date.now()
  const again = () => {
    if (Date.now() - firstMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED)
  }
  process.on('SIGINT', again).on('SIGTERM', again)
  const pending = run.pending()
  const wait = pending === 0 ? '' : `, waiting for ${pending} in flight; Ctrl-C again ends them`
  printer.say('stopping', `no further tick${wait}`)
  await run.stop()
  process.off('SIGINT', again).off('SIGTERM', again)
  printer.say('stopped', 'the next start goes on from here')
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
  })
}
