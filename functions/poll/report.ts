import type { Fault } from '../../shared/contracts/fault.ts'
import type { Job } from './job.ts'
import type { Report, Skipped } from './run.ts'

type Fields = Readonly<Record<string, string | number | boolean | undefined>>
type Log = (level: 'info' | 'warn' | 'error', event: string, fields: Fields) => void

/** One wide line for the run. */
export function report({ config }: Job, result: Report, durationMs: number, log: Log): void {
  const source = { source: config.id, type: config.type }
  if (isSkipped(result)) {
    log('info', 'poll.finished', { ...source, outcome: result.outcome, durationMs })
    return
  }
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
  if (isSkipped(result)) return {}
  return {
    EventsPolled: result.found,
    EventsEnqueued: result.enqueued,
    PollFaults: result.fault === undefined ? 0 : 1,
    RecordsQuarantined: result.quarantined,
  }
}

/** A defect of pollhook, which has to fail the invocation, too; undefined when there was none. */
export function defectOf(result: Report): Fault | undefined {
  return !isSkipped(result) && result.fault?.kind === 'internal' ? result.fault : undefined
}

function isSkipped(result: Report): result is Skipped {
  return !('pages' in result)
}
