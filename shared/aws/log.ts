/** What may stand in a log line: no object, so that a secret, a body or an event does not get in by accident. */
type LogValue = string | number | boolean | null | undefined

/** Writes one line. No field may hold a secret, a body, an event, or the path or query of a URL. */
export type WriteLog = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, LogValue>>,
) => void

/**
 * Logs as one JSON line per event on standard output: `{"at":…,"level":…,"event":…,…fields}`. A field that is undefined is left
 * out.
 */
export function createLog(now: () => Date = () => new Date(), write: (line: string) => void = toStdout): WriteLog {
  return (level, event, fields) => {
    const head = { at: now().toISOString(), level, event }
    write(`${JSON.stringify({ ...head, ...fields, ...head })}\n`)
  }
}

/** Not console.log, which Lambda wraps into a line of its own making. */
export function toStdout(line: string): void {
  process.stdout.write(line)
}
