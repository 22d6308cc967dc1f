import type { Job } from './job.ts'
import type { Report } from './run.ts'

type Fields = Readonly<Record<string, string | number | boolean | undefined>>
type Log = (level: 'info' | 'warn' | 'error', event: string, fields: Fields) => void

/** One wide line for the run, and one for each gap. */
export function report({ config }: Job, result: Report, durationMs: number, log: Log): void {
  const source = { source: config.id, type: config.type }
  if (result.outcome === 'busy') {
    log('info', 'poll.finished', { ...source, outcome: 'busy', durationMs })
    return
  }
  for (const { from, to, reason } of result.gaps) log('error', 'source.gap', { ...source, from, to, reason })
  const { outcome, pages, requests, found, enqueued, quarantined, unfinished, clockSkewMs, fault } = result
  log(fault === undefined && clockSkewMs === undefined ? 'info' : 'warn', 'poll.finished', {
    ...source,
    outcome,
    pages,
    requests,
    found,
    enqueued,
    quarantined,
    gaps: result.gaps.length,
    unfinished,
    clockSkewMs,
    fault: fault?.kind,
    status: fault?.status,
    message: fault?.message,
    durationMs,
  })
}

export function metricsOf(result: Report) {
  if (result.outcome === 'busy') return {}
  return {
    EventsPolled: result.found,
    EventsEnqueued: result.enqueued,
    PollFaults: result.fault === undefined ? 0 : 1,
    Gaps: result.gaps.length,
    RecordsQuarantined: result.quarantined,
  }
}
